// SPDX-License-Identifier: MIT

package exeseal

import "os"

// withDescriptor calls use with f's descriptor and keeps the descriptor open during the call. It
// does not call f.Fd, which would make the caller's descriptor blocking.
func withDescriptor(f *os.File, use func(fd int)) error {
	connection, err := f.SyscallConn()
	if err != nil {
		return err
	}
	// its own error is not os.ErrClosed
	if connection.Control(func(fd uintptr) { use(int(fd)) }) != nil {
		return &os.PathError{Op: "use", Path: f.Name(), Err: os.ErrClosed}
	}
	return nil
}
