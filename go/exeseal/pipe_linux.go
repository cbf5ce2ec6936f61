// SPDX-License-Identifier: MIT

package exeseal

import (
	"os"

	"github.com/exeseal/exeseal/go/internal/descriptor"
	"golang.org/x/sys/unix"
)

// pipe is os.Pipe with numbers above 2: a write to a pipe without a reader raises SIGPIPE on 1 and 2.
func pipe() (reader, writer *os.File, err error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	for i, fd := range ends {
		if ends[i], err = descriptor.AboveStandard(fd); err != nil {
			unix.Close(ends[1-i])
			return nil, nil, os.NewSyscallError("fcntl", err)
		}
	}
	return os.NewFile(uintptr(ends[0]), "|0"), os.NewFile(uintptr(ends[1]), "|1"), nil
}
