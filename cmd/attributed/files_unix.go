//go:build unix

package main

import "syscall"

// openFiles returns how many files the process may have open, sockets too; 0 is unknown.
func openFiles() uint64 {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 0
	}
	return uint64(files.Cur)
}
