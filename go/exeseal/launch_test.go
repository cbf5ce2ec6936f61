// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/ordinary"
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"golang.org/x/sys/unix"
)

// These tests check the statements of docs/go-guide.md.

const (
	netRaw   = 13
	sysAdmin = 21
)

func init() {
	signal := 0 // read in init, which always runs on the initial thread
	unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&signal)), 0, 0, 0)
	children["launched"] = func() {
		directory, _ := os.Getwd()
		session, _ := unix.Getsid(0)
		fmt.Printf("pdeathsig:\t%d\ndirectory:\t%s\nsession:\t%t\nenvironment:\t%d\n", signal, directory, session == os.Getpid(), len(os.Environ()))
		status, _ := os.ReadFile("/proc/self/status")
		os.Stdout.Write(status)
	}
}

// status returns the lines that "launched" prints.
func status(t *testing.T, output []byte, err error) map[string]string {
	t.Helper()
	check(t, err)
	fields := map[string]string{}
	for _, line := range strings.Split(string(output), "\n") {
		if name, value, found := strings.Cut(line, ":\t"); found {
			fields[name] = value
		}
	}
	return fields
}

func holds(t *testing.T, set string, capability int) bool {
	t.Helper()
	var bits uint64
	_, err := fmt.Sscanf(set, "%x", &bits)
	check(t, err)
	return bits>>capability&1 != 0
}

func launched(t *testing.T) *exec.Cmd {
	cmd := exeseal.Command(context.Background(), self(t))
	cmd.Env = []string{child + "=launched"}
	return cmd
}

func TestLaunchAsAnOrdinaryUser(t *testing.T) {
	ordinary.Run(t, "^TestLaunch(BySys|OnASeparateThread|Under|Death|Leaks)")
}

func TestLaunchBySysProcAttr(t *testing.T) {
	runtime.LockOSThread() // the death signal is sent when the thread that started the child ends
	defer runtime.UnlockOSThread()
	cmd := launched(t)
	cmd.Dir = "/usr"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.AmbientCaps = []uintptr{netRaw}
	}
	output, err := cmd.Output()
	got := status(t, output, err)
	equal(t, "directory", got["directory"], "/usr")
	equal(t, "session", got["session"], "true")
	equal(t, "environment", got["environment"], "1")
	equal(t, "death signal", got["pdeathsig"], "15")
	if os.Geteuid() == 0 {
		equal(t, "ambient", holds(t, got["CapAmb"], netRaw), true)
		equal(t, "inheritable", holds(t, got["CapInh"], netRaw), true)
	}
	equal(t, "no_new_privs", got["NoNewPrivs"], "0")
}

func TestLaunchDeathSignalFollowsTheThread(t *testing.T) {
	cmd := exeseal.Command(context.Background(), program(t, "/bin/cat"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	input, err := cmd.StdinPipe() // stays open, so that cat does not end by itself
	check(t, err)
	defer input.Close()
	check(t, filtered.OnAThread(cmd.Start))
	check(t, cmd.Process.Signal(syscall.Signal(0)))
	var ended *exec.ExitError
	if !errors.As(cmd.Wait(), &ended) {
		t.Fatal("the program was not killed")
	}
	equal(t, "signal", ended.Sys().(syscall.WaitStatus).Signal(), syscall.SIGTERM)
}

func TestLaunchLeaksDescriptorsWithoutCloseOnExec(t *testing.T) {
	null, err := os.Open("/dev/null")
	check(t, err)
	defer null.Close()
	// without close-on-exec, as C code may open a descriptor
	leak, err := unix.FcntlInt(null.Fd(), unix.F_DUPFD, 20)
	check(t, err)
	defer unix.Close(leak)
	cmd := exeseal.Command(context.Background(), self(t))
	cmd.Env = []string{child + "=show"}
	output, err := cmd.Output()
	check(t, err)
	equal(t, "a leak", strings.Contains(string(output), fmt.Sprintf("fd %d /dev/null", leak)), true)
	equal(t, "Go's own", strings.Contains(string(output), fmt.Sprintf("fd %d /dev/null", null.Fd())), false)
}

func TestLaunchOnASeparateThread(t *testing.T) {
	before := unix.Umask(022)
	defer unix.Umask(before)
	var output []byte
	cmd := launched(t)
	err := filtered.OnAThread(func() (err error) {
		err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
		if err == nil && os.Geteuid() == 0 {
			err = unix.Prctl(unix.PR_CAPBSET_DROP, sysAdmin, 0, 0, 0)
		}
		if err == nil {
			err = unix.Unshare(unix.CLONE_FS) // until then all threads share the umask
		}
		if err == nil {
			unix.Umask(077)
			output, err = cmd.Output()
		}
		return err
	})
	got := status(t, output, err)
	equal(t, "no_new_privs", got["NoNewPrivs"], "1")
	equal(t, "umask", got["Umask"], "0077")
	if os.Geteuid() == 0 {
		equal(t, "bounding", holds(t, got["CapBnd"], sysAdmin), false)
	}
	own, err := os.ReadFile("/proc/self/status")
	mine := status(t, own, err)
	equal(t, "our own no_new_privs", mine["NoNewPrivs"], "0")
	equal(t, "our own umask", mine["Umask"], "0022")
}

func landlock() error {
	attributes := unix.LandlockRulesetAttr{Access_fs: unix.LANDLOCK_ACCESS_FS_EXECUTE}
	ruleset, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attributes)), 8, 0)
	if errno != 0 {
		return errno
	}
	defer unix.Close(int(ruleset))
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// The program is static: a dynamic one needs a rule for its interpreter. The test uses
// SetCommandFile, because Landlock forbids the child to access /proc/PID/fd of a process outside
// its domain, which Command requires.
func TestLaunchUnderLandlock(t *testing.T) {
	const path = "/bin/busybox"
	f := program(t, path)
	if info, err := exeseal.Inspect(f); err != nil || info.Image != "static" {
		t.Skip("skip: " + path + " is not static")
	}
	sealed, byPath := exec.Command("busybox", "echo", "it runs"), exec.Command(path, "echo", "it runs")
	check(t, exeseal.SetCommandFile(sealed, f))
	var output []byte
	var pathError error
	err := filtered.OnAThread(func() (err error) {
		if err = landlock(); err == nil {
			output, err = sealed.Output()
			_, pathError = byPath.Output()
		}
		return err
	})
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) {
		t.Skipf("skip: no Landlock here: %v", err)
	}
	check(t, err)
	equal(t, "output", string(output), "it runs\n")
	equal(t, "by path", errors.Is(pathError, unix.EACCES), true)
	check(t, exec.Command(path, "true").Run()) // on another thread, which is not restricted
}
