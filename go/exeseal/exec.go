// SPDX-License-Identifier: MIT

package exeseal

import (
	"errors"
	"os"
	"strconv"
	"syscall"
)

// Exec executes f in place of this process, as syscall.Exec does, which gives the program the RLIMIT_NOFILE that this one was started with. It
// needs /proc. A script cannot be executed so: its interpreter would find the descriptor closed.
func Exec(f *os.File, argv []string, env []string) error {
	if !isSupported {
		return errors.ErrUnsupported
	}
	fail := func(errno syscall.Errno) error { return &Error{Op: "exec", Name: nameOf(f), Errno: errno} }
	if len(argv) == 0 {
		return fail(syscall.EINVAL)
	}
	info, err := Inspect(f)
	if err != nil {
		return err
	}
	if info.CloseOnExec && info.Image == "script" {
		return fail(syscall.ENOEXEC)
	}
	connection, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if controlError := connection.Control(func(fd uintptr) {
		err = syscall.Exec("/proc/self/fd/"+strconv.Itoa(int(fd)), argv, env)
	}); controlError != nil {
		return controlError
	}
	errno, _ := err.(syscall.Errno)
	return fail(errno)
}
