// SPDX-License-Identifier: MIT

// Package gorunc makes go-runc start its runtime from a sealed file.
//
//	sealed, err := exeseal.ClonePath("/usr/sbin/runc")
//	runc.Monitor = gorunc.Monitor(runc.Monitor, "sealed-runc", gorunc.Shared(sealed))
//	runtime := &runc.Runc{Command: "sealed-runc"}
//
// Every call of runtime then executes the descriptor; no path of it is needed. It works with go-runc as released (tested with 1.1.0 and
// 1.2.1). Once go-runc has CommandFile (its pull request 113), this takes the Monitor's place:
//
//	sealed, err := exeseal.ClonePath("/usr/sbin/runc")
//	runtime := &runc.Runc{CommandFile: sealed}
//
// # One copy, or a fresh one for each start
//
// Shared costs nothing per start, but all the processes that are started from it share its pages: a bug in the kernel that lets one container write to
// the page cache reaches the runtime of the next. PerStart keeps them apart and costs a copy each time.
package gorunc

import (
	"errors"
	"os"
	"os/exec"
	"syscall"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
)

// Source gives the file that a start executes.
type Source interface {
	// Open gives the file, and what to call when the process has been started or could not be.
	Open() (f *os.File, done func(), err error)
}

type shared struct{ file *os.File }

func (s shared) Open() (*os.File, func(), error) { return s.file, func() {}, nil }

// Shared executes the same file each time. It stays the caller's, who closes it when nothing will be started any more.
func Shared(f *os.File) Source { return shared{f} }

type perStart func() (*os.File, error)

func (clone perStart) Open() (*os.File, func(), error) {
	f, err := clone()
	if err != nil {
		return nil, nil, err
	}
	// Its interpreter opens it only after the start, when it is closed again.
	if info, err := exeseal.Inspect(f); err != nil || info.Image == "script" {
		f.Close()
		return nil, nil, errors.Join(err, &exeseal.Error{Op: "exec", Name: f.Name(), Errno: syscall.ENOEXEC})
	}
	return f, func() { f.Close() }, nil
}

// PerStart executes what clone makes anew each time, and closes it once the process runs. A script is ENOEXEC.
func PerStart(clone func() (*os.File, error)) Source { return perStart(clone) }

type monitor struct {
	runc.ProcessMonitor
	command string
	source  Source
}

// Monitor executes the source's file wherever a Runc with this Command starts a process, and hands everything to next: runc.Monitor as it was,
// containerd's reaper, or another Monitor for another command. The command need not exist; a name that cannot be mistaken for a path serves
// best. The runtime sees the file's name as its argv[0] and inherits no descriptor of it.
func Monitor(next runc.ProcessMonitor, command string, source Source) runc.ProcessMonitor {
	return &monitor{next, command, source}
}

func (m *monitor) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	return m.start(cmd, m.ProcessMonitor.Start)
}

func (m *monitor) StartLocked(cmd *exec.Cmd) (chan runc.Exit, error) {
	return m.start(cmd, m.ProcessMonitor.StartLocked)
}

// start points cmd at the file. os/exec returns once the child has executed it.
func (m *monitor) start(cmd *exec.Cmd, next func(*exec.Cmd) (chan runc.Exit, error)) (chan runc.Exit, error) {
	if len(cmd.Args) == 0 || cmd.Args[0] != m.command {
		return next(cmd)
	}
	f, done, err := m.source.Open()
	if err != nil {
		return nil, err
	}
	defer done()
	path, err := exeseal.CommandPath(f)
	if err != nil {
		return nil, err
	}
	cmd.Path, cmd.Err = path, nil
	cmd.Args = append([]string{f.Name()}, cmd.Args[1:]...)
	connection, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	// Whoever closes the file meanwhile, or drops it, closes it after the start: its number cannot become another file's.
	var exits chan runc.Exit
	if closed := connection.Control(func(uintptr) { exits, err = next(cmd) }); closed != nil {
		return nil, closed
	}
	return exits, err
}
