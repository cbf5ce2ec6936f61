// SPDX-License-Identifier: MIT

package exeseal

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipe is os.Pipe with numbers above 2: a write to a pipe without a reader raises SIGPIPE on 1 and 2.
func pipe() (reader, writer *os.File, err error) {
	var low []int
	defer func() {
		for _, fd := range low {
			unix.Close(fd)
		}
	}()
	ends := [2]int{-1, -1}
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	for i, fd := range ends {
		if fd > 2 {
			continue
		}
		low = append(low, fd)
		if ends[i], err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3); err != nil {
			if i == 0 {
				low = append(low, ends[1])
			}
			return nil, nil, os.NewSyscallError("fcntl", err)
		}
	}
	return os.NewFile(uintptr(ends[0]), "|0"), os.NewFile(uintptr(ends[1]), "|1"), nil
}
