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
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"golang.org/x/sys/unix"
)

// stat returns a command that prints which file it runs from. A Monitor replaces its name by
// busybox.
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
		t.Skip("skip: busybox is not installed")
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

// descriptorsOf counts the descriptors that lead to a file.
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

// oneClone returns a Monitor with PerStart of a program in memory, and the file that PerStart
// makes.
func oneClone(t *testing.T, program string) (runc.ProcessMonitor, **os.File) {
	t.Helper()
	made := new(*os.File)
	clone := func() (f *os.File, err error) {
		f, err = exeseal.CloneBytes([]byte(program))
		*made = f
		return f, err
	}
	return gorunc.Monitor(before, "sealed", gorunc.PerStart(clone)), made
}

func isClosed(f *os.File) bool {
	_, err := f.Stat()
	return errors.Is(err, os.ErrClosed)
}

// An interpreter opens the file only after the start.
func TestPerStartKeepsTheFileOpenUntilTheEnd(t *testing.T) {
	monitor, made := oneClone(t, "#!/bin/sh\nread line; echo $line\n")
	for name, start := range map[string]func(*exec.Cmd) (chan runc.Exit, error){"Start": monitor.Start, "StartLocked": monitor.StartLocked} {
		reader, writer, err := os.Pipe()
		must(t, "pipe", err)
		var output strings.Builder
		cmd := exec.Command("sealed")
		cmd.Stdin, cmd.Stdout = reader, &output
		exits, err := start(cmd)
		must(t, "start", err)
		reader.Close()
		if isClosed(*made) {
			t.Errorf("%s: closed while the script runs", name)
		}
		fmt.Fprintln(writer, "the script ran")
		writer.Close()
		waitForExit(t, monitor, cmd, exits, nil)
		if !isClosed(*made) {
			t.Errorf("%s: still open when the script has ended", name)
		}
		if output.String() != "the script ran\n" {
			t.Errorf("%s: %q", name, output.String())
		}
	}
}

func TestPerStartClosesTheFileIfTheStartFails(t *testing.T) {
	monitor, made := oneClone(t, "no program")
	if _, err := monitor.Start(exec.Command("sealed")); !errors.Is(err, syscall.ENOEXEC) {
		t.Error(err)
	}
	if !isClosed(*made) {
		t.Error("the file is still open")
	}
}

const (
	foreignHelper = "EXESEAL_TEST_FOREIGN"
	foreignImage  = "EXESEAL-FOREIGN an image that binfmt_misc knows\n"
)

// A handler of binfmt_misc, which this test registers in its own user namespace, opens the file
// after the start.
func TestPerStartOfAForeignImage(t *testing.T) {
	if os.Getenv(foreignHelper) == "" {
		const register = "mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && " +
			"echo ':exeseal:M::EXESEAL-FOREIGN::/bin/cat:' >/proc/sys/fs/binfmt_misc/register || exit 77; exec \"$@\""
		helper := exec.Command("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", register, "sh",
			os.Args[0], "-test.v", "-test.run=^TestPerStartOfAForeignImage$")
		helper.Env = append(os.Environ(), foreignHelper+"=yes")
		output, err := helper.CombinedOutput()
		if helper.ProcessState != nil && helper.ProcessState.ExitCode() == 77 {
			t.Skipf("skip: no binfmt_misc in a user namespace (Linux 6.7): %s", output)
		}
		if err != nil || !strings.Contains(string(output), "--- PASS: TestPerStartOfAForeignImage") {
			t.Errorf("%v: %s", err, output)
		}
		return
	}
	for try := 0; try < 20; try++ {
		monitor, _ := oneClone(t, foreignImage)
		var output strings.Builder
		cmd := exec.Command("sealed")
		cmd.Stdout = &output
		exits, err := monitor.Start(cmd)
		waitForExit(t, monitor, cmd, exits, err)
		if output.String() != foreignImage {
			t.Fatalf("the handler read %q", output.String())
		}
	}
}

// Each start gets a new memfd, tmpfs or view.
func TestPerStartWithEachStrategy(t *testing.T) {
	path := busybox(t)
	for strategy, option := range map[exeseal.Strategy]exeseal.Option{
		"memfd": exeseal.WithRequire(exeseal.Sealed), "tmpfs": exeseal.WithMode(exeseal.ModeIndependentDataCopy), "overlay": exeseal.WithMode(exeseal.ModeROSharedPage),
	} {
		t.Run(string(strategy), func(t *testing.T) {
			if report, err := exeseal.Probe(strategy); err != nil {
				t.Skipf("skip: not available here: %v", report)
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

// The child would look up the path in the new root.
func TestMonitorRefusesChroot(t *testing.T) {
	seen := &recorder{ProcessMonitor: before}
	clone := func() (*os.File, error) {
		t.Error("a clone was made")
		return nil, os.ErrInvalid
	}
	monitor := gorunc.Monitor(seen, "sealed-busybox", gorunc.PerStart(clone))
	for name, start := range map[string]func(*exec.Cmd) (chan runc.Exit, error){"Start": monitor.Start, "StartLocked": monitor.StartLocked} {
		cmd := exec.Command("sealed-busybox", "run")
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: t.TempDir()}
		if _, err := start(cmd); !errors.Is(err, syscall.EINVAL) || len(seen.starts) != 0 {
			t.Errorf("%s: %v, starts %v", name, err, seen.starts)
		}
	}
}

// slow is a Monitor that calls a function before each start.
type slow struct {
	runc.ProcessMonitor
	before func()
}

func (s slow) Start(cmd *exec.Cmd) (chan runc.Exit, error) {
	s.before()
	return s.ProcessMonitor.Start(cmd)
}

// TestCloseDuringAStart closes the file after the Monitor has opened it, and opens other files,
// which would get its number.
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
