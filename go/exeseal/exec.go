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
	fail := func(errno syscall.Errno, step, where, advice string) error {
		return &Error{Op: "exec", Name: nameOf(f), Errno: errno, Report: Report{
			Strategy: "none", Evidence: "none", Attempts: []Attempt{{Strategy: "none", Step: step, Errno: errno, Where: where}},
			text: step + " (" + where + ")" + advice,
		}}
	}
	if len(argv) == 0 {
		return fail(syscall.EINVAL, "argument", "argv", ": it takes at least the program's name")
	}
	info, err := Inspect(f)
	if err != nil {
		return err
	}
	if info.CloseOnExec && info.Image == "script" {
		return fail(syscall.ENOEXEC, "script", strconv.QuoteToASCII(info.Interpreter),
			": its interpreter would find the descriptor closed: execute the interpreter")
	}
	if closed := withDescriptor(f, func(fd int) {
		err = syscall.Exec("/proc/self/fd/"+strconv.Itoa(fd), argv, env)
	}); closed != nil {
		return closed
	}
	errno, _ := err.(syscall.Errno)
	return fail(errno, "proc-exec", "/proc/self/fd", "")
}
