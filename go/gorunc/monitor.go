// SPDX-License-Identifier: MIT

// Package gorunc makes go-runc start its runtime from a sealed file.
//
//	sealed, err := exeseal.ClonePath("/usr/sbin/runc")
//	runc.Monitor = gorunc.Monitor(runc.Monitor, "sealed-runc", gorunc.Shared(sealed))
//	runtime := &runc.Runc{Command: "sealed-runc"}
//
// Every call of runtime then executes the descriptor; no path of it is needed. It works with go-runc as released (tested with 1.1.0 and
// 1.2.1).
//
// # go-runc's CommandFile
//
// With go-runc's pull request 113 the same can be said without a Monitor:
//
//	runtime := &runc.Runc{Command: "runc", CommandFile: sealed}
//
// It is no replacement where the runtime is crun: the child inherits the descriptor, crun's init holds it between create and start, and if
// LISTEN_FDS is set in the environment the container gets it. A Monitor's child inherits nothing. CommandFile has no PerStart either, and argv[0]
// is Command, not the file's name.
//
// # One copy, or a fresh one for each container
//
// Shared costs nothing per start, but all the processes that are started from it share its pages: a bug in the kernel that lets one container write to
// the page cache reaches the runtime of the next. PerStart keeps them apart, at the price of a copy for each command that starts a process in a
// container.
package gorunc

import (
	"os"
	"os/exec"
	"sync"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/child"
)

// Source gives the file that a start executes.
type Source interface {
	// Open gives the file that cmd is to execute, and what to call once its process has ended or could not be started. cmd.Args is as go-runc
	// has made it.
	Open(cmd *exec.Cmd) (f *os.File, done func(), err error)
}

type shared struct{ file *os.File }

func (s shared) Open(*exec.Cmd) (*os.File, func(), error) { return s.file, func() {}, nil }

// Shared executes the same file each time. It stays the caller's, who closes it when nothing will be started any more.
func Shared(f *os.File) Source { return shared{f} }

type perStart struct {
	clone func() (*os.File, error)

	lock  sync.Mutex
	other *os.File // for the commands that start nothing; nil before the first of them
}

// PerStart executes a file of its own for each command that starts a process in a container: create, run, exec and restore, and whatever is not
// known to start none. clone makes the file, which is closed when Monitor.Wait has returned: a script's interpreter, and what binfmt_misc
// starts, open it only after the start.
//
// The other commands (start, state, kill, delete and so on) share one file. clone makes it at the first of them, and it stays open for as long as the
// Source is in use.
func PerStart(clone func() (*os.File, error)) Source { return &perStart{clone: clone} }

func (p *perStart) Open(cmd *exec.Cmd) (*os.File, func(), error) {
	if startsNothing[commandOf(cmd.Args[1:])] {
		f, err := p.openOther()
		return f, func() {}, err
	}
	f, err := p.clone()
	if err != nil {
		return nil, nil, err
	}
	return f, func() { f.Close() }, nil
}

func (p *perStart) openOther() (*os.File, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.other != nil {
		return p.other, nil
	}
	f, err := p.clone()
	if err == nil {
		p.other = f
	}
	return f, err
}

type monitor struct {
	runc.ProcessMonitor
	command string
	source  Source
	running sync.Map // *exec.Cmd: what to call when it has ended
}

// Monitor executes the source's file wherever a Runc with this Command starts a process, and hands everything to next: runc.Monitor as it was,
// containerd's reaper, or another Monitor for another command. The command need not exist; use a name that cannot be mistaken for a path.
// The runtime sees the file's name as its argv[0] and inherits no descriptor of it. go-runc hands this process's environment on: LISTEN_FDS,
// LISTEN_PID, LISTEN_FDNAMES and LISTEN_PIDFDID are taken out of it unless ExtraFiles are all the descriptors that LISTEN_FDS promises. A Cmd with SysProcAttr.Chroot is EINVAL.
func Monitor(next runc.ProcessMonitor, command string, source Source) runc.ProcessMonitor {
	return &monitor{ProcessMonitor: next, command: command, source: source}
}

func (m *monitor) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	return m.start(cmd, m.ProcessMonitor.Start)
}

func (m *monitor) StartLocked(cmd *exec.Cmd) (chan runc.Exit, error) {
	return m.start(cmd, m.ProcessMonitor.StartLocked)
}

func (m *monitor) Wait(cmd *exec.Cmd, exits chan runc.Exit) (int, error) {
	defer func() {
		if done, isOurs := m.running.LoadAndDelete(cmd); isOurs {
			done.(func())()
		}
	}()
	return m.ProcessMonitor.Wait(cmd, exits)
}

func (m *monitor) start(cmd *exec.Cmd, next func(*exec.Cmd) (chan runc.Exit, error)) (chan runc.Exit, error) {
	if len(cmd.Args) == 0 || cmd.Args[0] != m.command {
		return next(cmd)
	}
	if err := child.CheckRoot(cmd); err != nil {
		return nil, err
	}
	f, done, err := m.source.Open(cmd)
	if err != nil {
		return nil, err
	}
	exits, err := startFrom(f, cmd, next)
	if err != nil {
		done()
		return nil, err
	}
	m.running.Store(cmd, done)
	return exits, nil
}

// startFrom points cmd at the file. os/exec returns once the child has executed it.
func startFrom(f *os.File, cmd *exec.Cmd, next func(*exec.Cmd) (chan runc.Exit, error)) (chan runc.Exit, error) {
	path, err := exeseal.CommandPath(f)
	if err != nil {
		return nil, err
	}
	cmd.Path, cmd.Err = path, nil
	cmd.Env = child.Environment(cmd)
	cmd.Args = append([]string{f.Name()}, cmd.Args[1:]...)
	connection, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	// If somebody closes the file meanwhile, or drops it, it is closed after the start: its number cannot become another file's.
	var exits chan runc.Exit
	if closed := connection.Control(func(uintptr) { exits, err = next(cmd) }); closed != nil {
		return nil, closed
	}
	return exits, err
}
