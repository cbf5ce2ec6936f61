// SPDX-License-Identifier: MIT

package exeseal

import (
	"os"

	"github.com/exeseal/exeseal/go/internal/descriptor"
	"golang.org/x/sys/unix"
)

// pipe is os.Pipe with descriptors above 2: if a pipe has no reader, a Write to descriptor 1 or 2
// raises SIGPIPE.
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
