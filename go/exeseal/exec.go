// SPDX-License-Identifier: MIT

package exeseal

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Exec executes f in place of this process. Like syscall.Exec, it first restores the RLIMIT_NOFILE
// with which this process was started (on 386 from Go 1.24 on). It returns only if it fails.
// Scripts are rejected if f is close-on-exec, because the interpreter would find the descriptor
// closed.
//
// Exec never executes another file. If /proc is a procfs in which /proc/self/fd/N leads to f, Exec
// executes that path; a mount over the path between this check and the execution is not detected.
// Otherwise, Exec uses execveat(2), which requires no /proc. In that case a goroutine that starts a
// thread at the same time may end the process (golang/go#19546).
func Exec(f *os.File, argv []string, env []string) error {
	if !isSupported {
		return errors.ErrUnsupported
	}
	if len(argv) == 0 {
		return execError(f, syscall.EINVAL, abi.StepArgument, "argv", "argv is empty. Pass at least the program's name.")
	}
	info, err := Inspect(f)
	if err != nil {
		return err
	}
	if info.CloseOnExec && info.Image == ImageScript {
		return execError(f, syscall.ENOEXEC, abi.StepScript, strconv.QuoteToASCII(info.Interpreter),
			"The script's interpreter would find the descriptor closed. Execute the interpreter, and pass it the script's path.")
	}
	var step uint32
	if closed := withDescriptor(f, func(fd int) { step, err = executeFile(fd, argv, env) }); closed != nil {
		return closed
	}
	errno, _ := err.(syscall.Errno)
	return execError(f, errno, step, "", "")
}

func execError(f *os.File, errno syscall.Errno, step uint32, where, advice string) error {
	attempt := Attempt{Strategy: StrategyNone, Step: abi.Name(abi.StepNames, step), Errno: errno, Where: where, Advice: advice}
	text := attempt.Step
	if where != "" {
		text += " (" + where + ")"
	}
	if advice != "" {
		text += ": " + advice
	}
	return &Error{Op: "exec", Name: nameOf(f), Errno: errno, Report: Report{
		Strategy: StrategyNone, Evidence: EvidenceNone, Attempts: []Attempt{attempt}, text: text,
	}}
}
