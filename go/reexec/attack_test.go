// SPDX-License-Identifier: MIT

//go:build linux

package reexec_test

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// CVE-2019-5736 as published on oss-security on 2019-02-11: a process in a container opens
// /proc/PID/exe of the runtime that enters the container, and writes to it when the runtime has
// ended. The test runs as root, in namespaces like those that a runtime makes.
func TestCVE20195736(t *testing.T) {
	needRoot(t)
	forEach(t, twoBuilds, "runtime", "plain", func(t *testing.T, b build, path string) {
		t.Run("control", func(t *testing.T) {
			a := attack(t, b, private(t, path))
			equal(t, "the attacker", a.said, "written: true, last: <nil>")
			equal(t, "held program", filepath.Base(a.held), "runtime")
			if a.fileAfter == a.fileBefore {
				t.Error("the attack did not change the runtime on disk")
			}
		})
	})
	forEach(t, builds, "runtime", "sealed", func(t *testing.T, b build, path string) {
		a := attack(t, b, private(t, path))
		equal(t, "the attacker", a.said, "written: false, last: operation not permitted")
		equal(t, "held program", a.held, "/memfd:runtime (deleted)")
		equal(t, "the runtime on disk", a.fileAfter, a.fileBefore)
		equal(t, "the copy that ran", a.copyAfter, a.copyBefore)
		equal(t, "the copy at first", a.copyBefore, a.fileBefore)
	})
}

type attempt struct {
	held, said                                   string
	fileBefore, fileAfter, copyBefore, copyAfter string
}

// attack starts a container whose process is the attacker. The runtime enters the container and
// leaves it; then the attacker gives up.
func attack(t *testing.T, b build, runtime string) attempt {
	t.Helper()
	attacker := newAttacker(t)
	attacker.expect(t, "ready")
	a := attempt{fileBefore: digestOf(t, runtime)}

	enter := exec.Command(runtime, "enter", strconv.Itoa(attacker.cmd.Process.Pid))
	enter.Stderr = os.Stderr
	input, err := enter.StdinPipe()
	check(t, err)
	check(t, enter.Start())
	a.held = attacker.expect(t, "held ")
	// open until the end of the test
	copy, err := os.Open(fmt.Sprintf("/proc/%d/exe", enter.Process.Pid))
	check(t, err)
	defer copy.Close()
	held := fmt.Sprintf("/proc/self/fd/%d", copy.Fd())
	a.copyBefore = digestOf(t, held)
	check(t, input.Close())
	check(t, enter.Wait())

	time.Sleep(100 * time.Millisecond) // the attacker tries every millisecond
	check(t, attacker.input.Close())
	a.said = attacker.expect(t, "")
	check(t, attacker.cmd.Wait())
	a.fileAfter, a.copyAfter = digestOf(t, runtime), digestOf(t, held)
	return a
}

type container struct {
	cmd    *exec.Cmd
	input  io.Closer
	output *bufio.Scanner
}

func newAttacker(t *testing.T) container {
	t.Helper()
	program := build{name: "no cgo", environment: []string{"CGO_ENABLED=0"}}.compile(t, "attacker", "plain")
	root := t.TempDir()
	content, err := os.ReadFile(program)
	check(t, err)
	check(t, os.Mkdir(filepath.Join(root, "proc"), 0755))
	check(t, os.WriteFile(filepath.Join(root, "attacker"), content, 0755))
	c := container{cmd: exec.Command("/attacker")}
	c.cmd.Dir = "/"
	c.cmd.Stderr = os.Stderr
	c.cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot:       root,
		Cloneflags:   syscall.CLONE_NEWPID,
		Unshareflags: syscall.CLONE_NEWNS,
		Pdeathsig:    syscall.SIGKILL,
	}
	c.input, err = c.cmd.StdinPipe()
	check(t, err)
	output, err := c.cmd.StdoutPipe()
	check(t, err)
	c.output = bufio.NewScanner(output)
	if err := c.cmd.Start(); err != nil {
		t.Skipf("skip: no namespaces: %v", err)
	}
	return c
}

// expect reads a line with this beginning and returns the rest of the line.
func (c container) expect(t *testing.T, beginning string) string {
	t.Helper()
	if !c.output.Scan() || !strings.HasPrefix(c.output.Text(), beginning) {
		t.Fatalf("the attacker says %q, want %q: %v", c.output.Text(), beginning, c.output.Err())
	}
	return strings.TrimPrefix(c.output.Text(), beginning)
}

func digestOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	check(t, err)
	return fmt.Sprintf("%x", sha256.Sum256(content))
}
