// SPDX-License-Identifier: MIT

//go:build linux

// Package descriptor keeps descriptors off 0, 1 and 2: whatever a program prints to a closed one of these would go into the file.
package descriptor

import "golang.org/x/sys/unix"

// AboveStandard returns fd if it is above 2. Otherwise it closes fd and returns a copy that is.
func AboveStandard(fd int) (int, error) {
	if fd > 2 {
		return fd, nil
	}
	defer unix.Close(fd)
	moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err == unix.EINVAL { // RLIMIT_NOFILE leaves no number from 3 on
		err = unix.EMFILE
	}
	return moved, err
}
