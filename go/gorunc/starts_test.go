// SPDX-License-Identifier: MIT

//go:build linux

package gorunc_test

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
	"github.com/exeseal/exeseal/go/gorunc/internal/containers"
)

const (
	starts = 1000
	atOnce = 200 // each holds three descriptors, and 1,024 must suffice
	extras = 300 // at most; their numbers reach those of the parent's files
)

// churn opens and closes descriptors with low numbers until stop is called. They lead to a program
// that must not be executed.
func churn(t *testing.T, wrong string) (stop func()) {
	t.Helper()
	var done atomic.Bool
	var group sync.WaitGroup
	for range [4]struct{}{} {
		group.Add(1)
		go func() {
			defer group.Done()
			var open [24]int
			for i := range open {
				open[i] = -1
			}
			for !done.Load() {
				slot := &open[rand.Intn(len(open))]
				if *slot >= 0 {
					syscall.Close(*slot)
					*slot = -1
				} else if fd, err := syscall.Open(wrong, syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err == nil {
					*slot = fd
				}
			}
			for _, fd := range open {
				if fd >= 0 {
					syscall.Close(fd)
				}
			}
		}()
	}
	return func() {
		done.Store(true)
		group.Wait()
	}
}

// Each of 1000 starts executes its own clone, with ExtraFiles that lead to another program. Every
// child prints which file it runs from.
func TestStartsExecuteTheRightFile(t *testing.T) {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("skip: busybox is not installed")
	}
	wrong := containers.Copy(t, busybox)
	args := []string{"stat", "-L", "-c", "%d:%i", "/proc/self/exe"}
	prepare := func(f *os.File, path string) *exec.Cmd {
		cmd := exec.Command(path, args...)
		cmd.Args[0] = f.Name()
		return cmd
	}
	// monitored starts cmd like go-runc.
	monitored := func(source gorunc.Source, cmd *exec.Cmd) error {
		monitor := gorunc.Monitor(before, "sealed-busybox", source)
		exits, err := monitor.Start(cmd)
		if err != nil {
			return err
		}
		if status, err := monitor.Wait(cmd, exits); err != nil || status != 0 {
			return fmt.Errorf("status %d, %v", status, err)
		}
		return nil
	}

	ways := []struct {
		name    string
		control bool
		command func(f *os.File) *exec.Cmd
		run     func(f *os.File, cmd *exec.Cmd) error
	}{
		{"Command", false,
			func(f *os.File) *exec.Cmd { return exeseal.Command(context.Background(), f, args...) },
			func(_ *os.File, cmd *exec.Cmd) error { return cmd.Run() }},
		{"SetCommandFile", false,
			func(f *os.File) *exec.Cmd { return prepare(f, "busybox") },
			func(f *os.File, cmd *exec.Cmd) error {
				if err := exeseal.SetCommandFile(cmd, f); err != nil {
					return err
				}
				return cmd.Run()
			}},
		{"Monitor and Shared", false,
			func(f *os.File) *exec.Cmd { return exec.Command("sealed-busybox", args...) },
			func(f *os.File, cmd *exec.Cmd) error { return monitored(gorunc.Shared(f), cmd) }},
		{"control: /proc/self/fd with the parent's number", true,
			func(f *os.File) *exec.Cmd { return prepare(f, fmt.Sprintf("/proc/self/fd/%d", f.Fd())) },
			func(f *os.File, cmd *exec.Cmd) error {
				defer f.Name() // keeps it open
				return cmd.Run()
			}},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			defer churn(t, wrong)()
			extra, err := os.Open(wrong)
			if err != nil {
				t.Fatal(err)
			}
			defer extra.Close()
			var right, other, failed atomic.Int32
			var once sync.Once
			var group sync.WaitGroup
			room := make(chan struct{}, atOnce)
			start := func() {
				defer group.Done()
				defer func() { <-room }()
				f, err := exeseal.ClonePath(busybox)
				if err != nil {
					t.Error(err)
					return
				}
				defer f.Close()
				cmd := way.command(f)
				for n := rand.Intn(extras + 1); n > 0; n-- {
					cmd.ExtraFiles = append(cmd.ExtraFiles, extra)
				}
				var output strings.Builder
				cmd.Stdout = &output
				err = way.run(f, cmd)
				file := identityOf(f)
				switch want := fmt.Sprintf("%d:%d\n", file.Device, file.Inode); {
				case err != nil:
					failed.Add(1)
				case output.String() != want:
					other.Add(1)
				default:
					right.Add(1)
					return
				}
				if !way.control {
					once.Do(func() {
						t.Errorf("descriptor %s, %d ExtraFiles: %q, %v", cmd.Path, len(cmd.ExtraFiles), output.String(), err)
					})
				}
			}
			for range [starts]struct{}{} {
				room <- struct{}{}
				group.Add(1)
				go start()
			}
			group.Wait()
			t.Logf("%d right, %d wrong, %d failed", right.Load(), other.Load(), failed.Load())
			if way.control {
				if right.Load() == starts {
					t.Error("the control had no wrong start")
				}
			} else if right.Load() != starts {
				t.Error("some starts executed another file or failed")
			}
		})
	}
}
