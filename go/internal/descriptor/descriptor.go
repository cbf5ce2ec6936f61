// SPDX-License-Identifier: MIT

//go:build linux

// Package descriptor keeps files away from the numbers 0, 1 and 2. If a program has closed one of
// these, its output would be written into the file.
package descriptor

import "golang.org/x/sys/unix"

// AboveStandard returns fd if it is above 2. Otherwise it closes fd and returns a duplicate above
// 2.
func AboveStandard(fd int) (int, error) {
	if fd > 2 {
		return fd, nil
	}
	defer unix.Close(fd)
	moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err == unix.EINVAL { // RLIMIT_NOFILE permits no number above 2
		err = unix.EMFILE
	}
	return moved, err
}
