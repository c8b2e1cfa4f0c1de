package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// quotas is the folder of our groups of processes, of which the kernel bounds how much of a processor each
// has (cgroup v1, controller cpu).
const quotas = "/sys/fs/cgroup/cpu/attributed-cluster"

// quotaPeriod is the time, in microseconds, of each of which a group has its part: the shorter, the less it stutters.
const quotaPeriod = 10_000

// limit lets processes, and those that they start from now on, have a part of one processor together.
func limit(name string, part float64, pids ...int) error {
	folder := filepath.Join(quotas, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("this machine has no quotas of processors by cgroup v1: %w", err)
	}
	write := func(file string, value int) error {
		return os.WriteFile(filepath.Join(folder, file), []byte(strconv.Itoa(value)), 0o644)
	}
	if err := errors.Join(write("cpu.cfs_period_us", quotaPeriod), write("cpu.cfs_quota_us", int(part*quotaPeriod))); err != nil {
		return err
	}
	for _, pid := range pids {
		if err := write("cgroup.procs", pid); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// endQuotas removes the groups, whose processes have ended.
func endQuotas() error {
	groups, err := os.ReadDir(quotas)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, one := range groups {
		if one.IsDir() { // the rest are the kernel's files
			err = errors.Join(err, os.Remove(filepath.Join(quotas, one.Name())))
		}
	}
	return errors.Join(err, os.Remove(quotas))
}
