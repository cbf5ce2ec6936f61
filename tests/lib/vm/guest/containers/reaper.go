// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"time"

	"github.com/containerd/go-runc"
	"golang.org/x/sys/unix"
)

// reaper is a runc.ProcessMonitor for a first process, like containerd's. It waits for every child:
// its own, and orphans.
type reaper struct {
	lock  sync.Mutex // held while a process starts, so that its end is not seen before it is known
	exits map[int]*exit
}

type exit struct {
	done   chan struct{}
	status int
}

func startReaper() *reaper {
	r := &reaper{exits: map[int]*exit{}}
	ended := make(chan os.Signal, 32)
	signal.Notify(ended, unix.SIGCHLD)
	go func() {
		for range ended {
			r.reap()
		}
	}()
	return r
}

func (r *reaper) reap() {
	r.lock.Lock()
	defer r.lock.Unlock()
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid == 0 {
			return
		}
		exit := r.exit(pid)
		exit.status = status.ExitStatus()
		if status.Signaled() {
			exit.status = 128 + int(status.Signal())
		}
		close(exit.done)
	}
}

// exit requires the lock. Either the end or the waiter, whichever is first, makes the entry.
func (r *reaper) exit(pid int) *exit {
	if r.exits[pid] == nil {
		r.exits[pid] = &exit{done: make(chan struct{})}
	}
	return r.exits[pid]
}

// status waits for the end of any process that is or becomes a child.
func (r *reaper) status(pid int) (int, error) {
	r.lock.Lock()
	exit := r.exit(pid)
	r.lock.Unlock()
	select {
	case <-exit.done:
		return exit.status, nil
	case <-time.After(patience):
		return -1, fmt.Errorf("process %d has not ended", pid)
	}
}

// Start implements runc.ProcessMonitor.
func (r *reaper) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exit := r.exit(cmd.Process.Pid)
	exits := make(chan runc.Exit, 1)
	go func() {
		<-exit.done
		exits <- runc.Exit{Timestamp: time.Now(), Pid: cmd.Process.Pid, Status: exit.status}
	}()
	return exits, nil
}

// StartLocked implements runc.ProcessMonitor. The thread lives as long as the process, because the
// parent-death signal is sent when the thread ends.
func (r *reaper) StartLocked(cmd *exec.Cmd) (exits chan runc.Exit, err error) {
	started := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		exits, err = r.Start(cmd)
		close(started)
		if err == nil {
			r.lock.Lock()
			exit := r.exit(cmd.Process.Pid)
			r.lock.Unlock()
			<-exit.done
		}
	}()
	<-started
	return exits, err
}

// Wait implements runc.ProcessMonitor. The process has been waited for already; cmd.Wait only
// closes its pipes.
func (r *reaper) Wait(cmd *exec.Cmd, exits chan runc.Exit) (int, error) {
	exit := <-exits
	cmd.Wait()
	return exit.Status, nil
}
