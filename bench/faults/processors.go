package main

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// affinity returns the processors that a process may use.
func affinity(process int) (set unix.CPUSet, err error) {
	err = unix.SchedGetaffinity(process, &set)
	return set, err
}

func only(processor int) (set unix.CPUSet) {
	set.Set(processor)
	return set
}

// pin has all threads of a process use these processors, and those that they start. Where it may
// not, figures are those of processors that are shared.
func pin(process int, set unix.CPUSet) {
	threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", process))
	for _, thread := range threads {
		if id, err := strconv.Atoi(thread.Name()); err == nil {
			_ = unix.SchedSetaffinity(id, &set)
		}
	}
}
