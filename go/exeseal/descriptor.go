// SPDX-License-Identifier: MIT

package exeseal

import "os"

// withDescriptor runs use with f's descriptor, which stays open meanwhile. Not by Fd, which would make the caller's descriptor blocking.
func withDescriptor(f *os.File, use func(fd int)) error {
	connection, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if connection.Control(func(fd uintptr) { use(int(fd)) }) != nil { // its own error is not os.ErrClosed
		return &os.PathError{Op: "use", Path: f.Name(), Err: os.ErrClosed}
	}
	return nil
}
