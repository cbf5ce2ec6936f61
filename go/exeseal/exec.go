// SPDX-License-Identifier: MIT

package exeseal

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Exec executes f in place of this process, with the RLIMIT_NOFILE that this process was started with, as syscall.Exec does. It returns only if it
// fails. A script cannot be executed so: its interpreter would find the descriptor closed.
//
// It runs f or nothing. It executes /proc/self/fd/N if that is a procfs and leads to f; a mount over it in the moment after this comparison is not
// noticed. Else, also without a /proc, it uses execveat(2): a goroutine that starts a thread meanwhile may then end the process (golang/go#19546).
func Exec(f *os.File, argv []string, env []string) error {
	if !isSupported {
		return errors.ErrUnsupported
	}
	if len(argv) == 0 {
		return execError(f, syscall.EINVAL, abi.StepArgument, "argv", "Pass at least the program's name.")
	}
	info, err := Inspect(f)
	if err != nil {
		return err
	}
	if info.CloseOnExec && info.Image == "script" {
		return execError(f, syscall.ENOEXEC, abi.StepScript, strconv.QuoteToASCII(info.Interpreter),
			"Its interpreter would find the descriptor closed. Pass the script to its interpreter by path.")
	}
	var step uint32
	if closed := withDescriptor(f, func(fd int) { step, err = executeFile(fd, argv, env) }); closed != nil {
		return closed
	}
	errno, _ := err.(syscall.Errno)
	return execError(f, errno, step, "", "")
}

func execError(f *os.File, errno syscall.Errno, step uint32, where, advice string) error {
	attempt := Attempt{Strategy: "none", Step: abi.Name(abi.StepNames, step), Errno: errno, Where: where, Advice: advice}
	text := attempt.Step
	if where != "" {
		text += " (" + where + ")"
	}
	if advice != "" {
		text += ": " + advice
	}
	return &Error{Op: "exec", Name: nameOf(f), Errno: errno, Report: Report{
		Strategy: "none", Evidence: "none", Attempts: []Attempt{attempt}, text: text,
	}}
}
