// SPDX-License-Identifier: MIT

//go:build linux

package gorunc_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
	"github.com/exeseal/exeseal/tests/support/filtered"
	"golang.org/x/sys/unix"
)

// stat is a command that says which file it runs from; a Monitor puts busybox in the place of its name.
func stat(name string, output *strings.Builder) *exec.Cmd {
	cmd := exec.Command(name, "-L", "-c", "%d:%i", "/proc/self/exe")
	cmd.Args = append([]string{name, "stat"}, cmd.Args[1:]...)
	cmd.Stdout = output
	return cmd
}

func busybox(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("busybox: it is the child, and is not installed")
	}
	return path
}

func waitForExit(t *testing.T, monitor runc.ProcessMonitor, cmd *exec.Cmd, exits chan runc.Exit, err error) {
	t.Helper()
	must(t, "start", err)
	if status, err := monitor.Wait(cmd, exits); err != nil || status != 0 {
		t.Errorf("status %d, %v", status, err)
	}
}

// descriptorsOf counts those that lead to a file.
func descriptorsOf(t *testing.T, file string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, "descriptors", err)
	count := 0
	for _, entry := range entries {
		var stat syscall.Stat_t
		if syscall.Stat("/proc/self/fd/"+entry.Name(), &stat) == nil && fmt.Sprintf("%d:%d\n", stat.Dev, stat.Ino) == file {
			count++
		}
	}
	return count
}

func TestPerStartRefusesScripts(t *testing.T) {
	for _, script := range []string{"#!/bin/sh\nexit 0\n", "#!/nowhere", "#!"} {
		var made []*os.File
		clone := func() (*os.File, error) {
			f, err := exeseal.CloneBytes([]byte(script))
			made = append(made, f)
			return f, err
		}
		seen := &recorder{ProcessMonitor: before}
		monitor := gorunc.Monitor(seen, "sealed-script", gorunc.PerStart(clone))
		for _, start := range []func(*exec.Cmd) (chan runc.Exit, error){monitor.Start, monitor.StartLocked} {
			_, err := start(exec.Command("sealed-script"))
			var failure *exeseal.Error
			if !errors.Is(err, syscall.ENOEXEC) || !errors.As(err, &failure) || failure.Op != "exec" {
				t.Errorf("%q: %v", script, err)
			}
		}
		if len(seen.starts) != 0 || len(made) != 2 {
			t.Errorf("%q: %d starts of %d clones", script, len(seen.starts), len(made))
		}
		for _, f := range made {
			if _, err := f.Stat(); !errors.Is(err, os.ErrClosed) {
				t.Errorf("%s is still open: %v", f.Name(), err)
			}
		}
	}
}

// TestPerStartByEveryWay has a fresh tmpfs and a fresh view for a start.
func TestPerStartByEveryWay(t *testing.T) {
	path := busybox(t)
	for strategy, option := range map[string]exeseal.Option{
		"memfd": exeseal.WithRequire(exeseal.Sealed), "tmpfs": exeseal.WithMode(exeseal.ModeIndependentDataCopy), "overlay": exeseal.WithMode(exeseal.ModeROSharedPage),
	} {
		t.Run(strategy, func(t *testing.T) {
			if report, err := exeseal.Probe(strategy); err != nil {
				t.Skipf("skip: not to be had here: %v", report)
			}
			var want string
			clone := func() (*os.File, error) {
				var report exeseal.Report
				var f *os.File
				var err error
				clone := func() { f, err = exeseal.ClonePath(path, option, exeseal.WithReport(&report)) }
				if strategy != "tmpfs" {
					clone()
				} else if err := filtered.Call(unix.SYS_MEMFD_CREATE, unix.EPERM, clone); err != nil {
					return nil, err
				}
				if err == nil && report.Strategy != strategy {
					t.Errorf("another strategy: %v", report)
				}
				file := identityOf(f)
				want = fmt.Sprintf("%d:%d\n", file.Device, file.Inode)
				return f, err
			}
			monitor := gorunc.Monitor(before, "sealed-busybox", gorunc.PerStart(clone))
			var output strings.Builder
			cmd := stat("sealed-busybox", &output)
			exits, err := monitor.Start(cmd)
			waitForExit(t, monitor, cmd, exits, err)
			if output.String() != want {
				t.Errorf("it runs from %q, not from %q", output.String(), want)
			}
			if count := descriptorsOf(t, want); count != 0 {
				t.Errorf("%d descriptors are still open", count)
			}
		})
	}
}

// slow is a Monitor that does something before each start.
type slow struct {
	runc.ProcessMonitor
	before func()
}

func (s slow) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	s.before()
	return s.ProcessMonitor.Start(cmd)
}

// TestCloseDuringAStart closes the file once the Monitor has taken it, and opens others, which would get its number.
func TestCloseDuringAStart(t *testing.T) {
	path := busybox(t)
	sealed, err := exeseal.ClonePath(path)
	must(t, "clone", err)
	file := identityOf(sealed)
	want := fmt.Sprintf("%d:%d\n", file.Device, file.Inode)
	closed := make(chan error, 1)
	var others []*os.File
	closeAndReuse := func() {
		go func() { closed <- sealed.Close() }()
		waitFor(t, "closed for everybody else", func() bool {
			_, err := sealed.Stat()
			return errors.Is(err, os.ErrClosed)
		})
		for i := 0; i < 50; i++ {
			other, err := os.Open("/bin/sh")
			must(t, "open", err)
			others = append(others, other)
		}
	}
	monitor := gorunc.Monitor(slow{before, closeAndReuse}, "sealed-busybox", gorunc.Shared(sealed))
	var output strings.Builder
	cmd := stat("sealed-busybox", &output)
	exits, err := monitor.Start(cmd)
	waitForExit(t, monitor, cmd, exits, err)
	must(t, "close", <-closed)
	for _, other := range others {
		other.Close()
	}
	if output.String() != want {
		t.Errorf("it runs from %q, not from %q", output.String(), want)
	}
	if count := descriptorsOf(t, want); count != 0 {
		t.Errorf("%d descriptors are still open", count)
	}
	if _, err := monitor.Start(stat("sealed-busybox", &output)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the next start: %v", err)
	}
}
