// SPDX-License-Identifier: MIT

// Package gorunc makes go-runc start its runtime from a sealed file.
//
//	sealed, err := exeseal.ClonePath("/usr/sbin/runc")
//	if err != nil {
//		return err
//	}
//	runc.Monitor = gorunc.Monitor(runc.Monitor, "sealed-runc", gorunc.Shared(sealed))
//	runtime := &runc.Runc{Command: "sealed-runc"}
//
// Every call of runtime executes the sealed file's descriptor; the path "sealed-runc" does not have
// to exist. The package works with unmodified go-runc (tested with 1.1.0 and 1.2.1).
//
// # One copy, or a new copy for each container
//
// Shared makes no copy per start, but all started processes share the pages of one file. If a
// kernel bug lets a container write to the page cache, it can change the runtime that starts the
// next container. PerStart separates containers from each other: it makes a copy for each command
// that starts a process in a container.
//
// # go-runc's CommandFile
//
// go-runc's pull request 113 adds a field that executes a file without a Monitor:
//
//	runtime := &runc.Runc{Command: "runc", CommandFile: sealed}
//
// With CommandFile, the runtime inherits the descriptor. crun's init holds the descriptor between
// create and start, and if the environment contains LISTEN_FDS, crun passes the descriptor to the
// container. A runtime that is started by this package's Monitor inherits no descriptor of the
// file. CommandFile also has no equivalent of PerStart, and argv[0] is Command instead of the
// file's name.
package gorunc

import (
	"os"
	"os/exec"
	"sync"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/child"
)

// Source provides the file that a start executes.
type Source interface {
	// Open returns the file that cmd is to execute, and a function that Monitor calls after the
	// process has ended or could not be started. cmd.Args is as go-runc has set it.
	Open(cmd *exec.Cmd) (f *os.File, done func(), err error)
}

type shared struct{ file *os.File }

func (s shared) Open(*exec.Cmd) (*os.File, func(), error) { return s.file, func() {}, nil }

// Shared returns a Source that executes the same file at every start. The caller keeps the file
// open until the last start and then closes it.
func Shared(f *os.File) Source { return shared{f} }

type perStart struct {
	clone func() (*os.File, error)

	lock  sync.Mutex
	other *os.File // for the commands that start nothing; nil before the first of them
}

// PerStart returns a Source that makes a new file, by calling clone, for each command that starts a
// process in a container: create, run, exec, restore, and every unknown command. The file is closed
// when Monitor.Wait has returned, because a script's interpreter or a program that binfmt_misc runs
// opens the file only after the start.
//
// All other commands (start, state, kill, delete and so on) share one file, which clone makes when
// the first of them is started. That file stays open as long as the Source is referenced.
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
	running sync.Map // from *exec.Cmd to the function to call after its process has ended
}

// Monitor returns a runc.ProcessMonitor that executes the source's file whenever a runc.Runc with
// this Command starts a process. It passes all calls on to next, which can be the previous
// runc.Monitor, containerd's reaper, or another Monitor for another command. The command does not
// have to exist; choose a name that cannot be mistaken for a path.
//
// The runtime's argv[0] is the file's name. The runtime inherits no descriptor of the file. go-runc
// passes this process's environment to the runtime; Monitor removes LISTEN_FDS, LISTEN_PID,
// LISTEN_FDNAMES and LISTEN_PIDFDID from it unless ExtraFiles holds all descriptors that LISTEN_FDS
// announces. If SysProcAttr.Chroot is set, Start returns EINVAL.
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

// startFrom makes cmd execute the file. os/exec returns after the child has executed it.
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
	// If the file is closed or becomes unreachable meanwhile, its descriptor stays open until next
	// returns, so that no other file can get its number.
	var exits chan runc.Exit
	if closed := connection.Control(func(uintptr) { exits, err = next(cmd) }); closed != nil {
		return nil, closed
	}
	return exits, err
}
