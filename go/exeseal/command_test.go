// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
)

func asChild(cmd *exec.Cmd, role string) *exec.Cmd {
	cmd.Env = append(os.Environ(), child+"="+role, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

func linesOf(t testing.TB, cmd *exec.Cmd) []string {
	t.Helper()
	output, err := cmd.Output()
	check(t, err)
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}

func has(lines []string, prefix string) bool {
	for _, line := range lines {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

func TestCommandPassesNoDescriptorToTheChild(t *testing.T) {
	f := self(t)
	lines := linesOf(t, asChild(exeseal.Command(context.Background(), f, "a", "b c"), "show"))
	equal(t, "argv", lines[0], "args "+os.Args[0]+"|a|b c")
	equal(t, "exe", lines[1], "exe /memfd:exeseal (deleted)")
	for _, line := range lines {
		if strings.HasPrefix(line, "fd ") && strings.Contains(line, "memfd") {
			t.Errorf("inherited: %s", line)
		}
	}
}

func TestExtraFilesAfterCommand(t *testing.T) {
	f := self(t)
	other, err := os.Open(newFile(t, "other", 0644))
	check(t, err)
	defer other.Close()
	cmd := asChild(exeseal.Command(context.Background(), f), "show")
	cmd.ExtraFiles = []*os.File{other}
	lines := linesOf(t, cmd)
	equal(t, "exe", lines[1], "exe /memfd:exeseal (deleted)")
	equal(t, "the caller's file", has(lines, "fd 3 "+other.Name()), true)
}

func TestCommandKeepsTheFileOpen(t *testing.T) {
	for i := 0; i < 20; i++ {
		cmd := func() *exec.Cmd {
			f, err := exeseal.CloneSelf()
			check(t, err)
			return asChild(exeseal.Command(context.Background(), f), "show")
		}()
		collect()
		equal(t, "exe", linesOf(t, cmd)[1], "exe /memfd:exeseal (deleted)")
	}
}

func TestTheFileIsCollectedWithTheCommand(t *testing.T) {
	collect()
	before := sealedDescriptors(t)
	func() {
		f, err := exeseal.CloneBytes([]byte(script))
		check(t, err)
		exeseal.Command(context.Background(), f)
	}()
	for i := 0; i < 20 && sealedDescriptors(t) > before; i++ {
		collect()
	}
	if after := sealedDescriptors(t); after > before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
}

func TestCommandEndsWithItsContext(t *testing.T) {
	f := program(t, "/bin/sleep")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exeseal.Command(ctx, f, "1000")
	check(t, cmd.Start())
	cancel()
	if err := cmd.Wait(); err == nil {
		t.Error("the program was not killed")
	}
}

func TestCommandOfAClosedOrNilFileFails(t *testing.T) {
	f := self(t)
	f.Close()
	for _, file := range []*os.File{f, nil} {
		cmd := exeseal.Command(context.Background(), file)
		if err := cmd.Run(); err == nil || cmd.Err == nil {
			t.Errorf("Run: %v, Err: %v", err, cmd.Err)
		}
		if path, err := exeseal.CommandPath(file); err == nil {
			t.Errorf("CommandPath gave %s", path)
		}
		if err := exeseal.SetCommandFile(exec.Command("runc"), file); err == nil {
			t.Error("SetCommandFile accepted the file")
		}
	}
}

func TestCommandPath(t *testing.T) {
	f := self(t)
	path, err := exeseal.CommandPath(f)
	check(t, err)
	equal(t, "exe", linesOf(t, asChild(exec.Command(path), "show"))[1], "exe /memfd:exeseal (deleted)")
	equal(t, "pid", strings.HasPrefix(path, fmt.Sprintf("/proc/%d/fd/", os.Getpid())), true)
}

// The next three tests check the properties that go-runc pull request 113 promises.

func TestSetCommandFileExecutesTheFile(t *testing.T) {
	cmd := asChild(exec.Command("runc", "a"), "show")
	check(t, exeseal.SetCommandFile(cmd, self(t)))
	lines := linesOf(t, cmd)
	equal(t, "argv", lines[0], "args runc|a")
	equal(t, "exe", lines[1], "exe /memfd:exeseal (deleted)")
}

func TestSetCommandFileAfterTheFileIsUnlinked(t *testing.T) {
	own, err := os.ReadFile("/proc/self/exe")
	check(t, err)
	path := filepath.Join(t.TempDir(), "runc")
	check(t, os.WriteFile(path, own, 0700))
	f, err := exeseal.ClonePath(path)
	check(t, err)
	defer f.Close()
	check(t, os.Remove(path))
	cmd := asChild(exec.Command(path), "show")
	check(t, exeseal.SetCommandFile(cmd, f))
	equal(t, "exe", linesOf(t, cmd)[1], "exe /memfd:exeseal (deleted)")
}

func TestSetCommandFileKeepsTheNumbers(t *testing.T) {
	for count := 0; count < 4; count++ {
		cmd := asChild(exec.Command("runc"), "show")
		for i := 0; i < count; i++ {
			extra, err := os.Open(newFile(t, "extra", 0644))
			check(t, err)
			defer extra.Close()
			cmd.ExtraFiles = append(cmd.ExtraFiles, extra)
		}
		given := cmd.ExtraFiles
		check(t, exeseal.SetCommandFile(cmd, self(t)))
		lines := linesOf(t, cmd)
		for i, extra := range given {
			equal(t, fmt.Sprint("extra file ", i), has(lines, fmt.Sprintf("fd %d %s", 3+i, extra.Name())), true)
		}
		equal(t, "ours", has(lines, fmt.Sprintf("fd %d /memfd:exeseal", 3+count)), true)
		equal(t, "Path", cmd.Path, fmt.Sprint("/proc/self/fd/", 3+count))
	}
}

func TestSetCommandFileBeforeOtherFiles(t *testing.T) {
	cmd := asChild(exec.Command("runc"), "show")
	check(t, exeseal.SetCommandFile(cmd, self(t)))
	later, err := os.Open(newFile(t, "later", 0644))
	check(t, err)
	defer later.Close()
	cmd.ExtraFiles = append(cmd.ExtraFiles, later)
	lines := linesOf(t, cmd)
	equal(t, "exe", lines[1], "exe /memfd:exeseal (deleted)")
	equal(t, "the number after it", has(lines, "fd 4 "+later.Name()), true)
}

// sockets returns the socket activation variables in a child's environment.
func sockets(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var found []string
	for _, line := range linesOf(t, cmd) {
		if strings.HasPrefix(line, "LISTEN_") {
			found = append(found, line)
		}
	}
	return strings.Join(found, " ")
}

func TestChildHasNoVariablesOfLostSockets(t *testing.T) {
	t.Setenv("LISTEN_PID", fmt.Sprint(os.Getpid()))
	t.Setenv("LISTEN_FDS", "1")
	t.Setenv("LISTEN_FDNAMES", "name")
	t.Setenv("LISTEN_PIDFDID", "7")
	f := program(t, "/usr/bin/env")
	socket, err := os.Open("/dev/null")
	check(t, err)
	defer socket.Close()
	set := func(files ...*os.File) *exec.Cmd {
		cmd := exec.Command("env")
		cmd.ExtraFiles = files
		check(t, exeseal.SetCommandFile(cmd, f))
		return cmd
	}
	command := func() *exec.Cmd { return exeseal.Command(context.Background(), f) }
	equal(t, "control: by the path", strings.Count(sockets(t, exec.Command("/usr/bin/env")), "LISTEN_"), 4)
	equal(t, "Command", sockets(t, command()), "")
	equal(t, "SetCommandFile", sockets(t, set()), "")
	equal(t, "SetCommandFile with the socket", strings.Count(sockets(t, set(socket)), "LISTEN_"), 4)
	equal(t, "SetCommandFile with no file as the socket", sockets(t, set(nil)), "")

	own := command()
	own.Env, own.ExtraFiles = []string{"LISTEN_FDS=1"}, []*os.File{socket}
	equal(t, "Command with an Env", sockets(t, own), "LISTEN_FDS=1")
	own = exec.Command("env")
	own.Env = []string{"LISTEN_FDS=2"}
	check(t, exeseal.SetCommandFile(own, f))
	equal(t, "SetCommandFile with an Env", sockets(t, own), "LISTEN_FDS=2")

	in := exec.Command("env")
	in.Dir = "/usr"
	check(t, exeseal.SetCommandFile(in, f))
	equal(t, "PWD, which os/exec sets to Dir", has(linesOf(t, in), "PWD=/usr"), true)
	check(t, os.Unsetenv("LISTEN_FDS"))
	equal(t, "Env without LISTEN_FDS", command().Env == nil && set().Env == nil, true)
}

// Pull request 113 appends to the caller's slice, so that commands that share an array overwrite
// each other's file.
func TestSetCommandFileDoesNotWriteToTheCallersArray(t *testing.T) {
	extra, err := os.Open("/dev/null")
	check(t, err)
	defer extra.Close()
	shared := make([]*os.File, 1, 8)
	shared[0] = extra
	f := self(t)
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() { // -race detects a write to the shared array
			defer group.Done()
			cmd := exec.Command("runc")
			cmd.ExtraFiles = shared
			if err := exeseal.SetCommandFile(cmd, f); err != nil || cmd.ExtraFiles[1] != f {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	equal(t, "the caller's array", shared[:2][1] == nil, true)
}

func TestSetCommandFileOfAMissingProgram(t *testing.T) {
	cmd := asChild(exec.Command("no-such-program"), "show")
	equal(t, "Err before", errors.Is(cmd.Err, exec.ErrNotFound), true)
	check(t, exeseal.SetCommandFile(cmd, self(t)))
	check(t, cmd.Err)
	linesOf(t, cmd)
}

func TestSetCommandFileOfAStartedCommand(t *testing.T) {
	cmd := exec.Command("true")
	check(t, cmd.Run())
	if err := exeseal.SetCommandFile(cmd, self(t)); err == nil || len(cmd.ExtraFiles) != 0 {
		t.Errorf("%v %v", err, cmd.ExtraFiles)
	}
}

func TestCommandsInManyGoroutines(t *testing.T) {
	f := self(t)
	var group sync.WaitGroup
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			cmd := asChild(exeseal.Command(context.Background(), f), "show")
			if i%2 == 0 {
				cmd = asChild(exec.Command("runc"), "show")
				if err := exeseal.SetCommandFile(cmd, f); err != nil {
					t.Error(err)
				}
			}
			if output, err := cmd.Output(); err != nil || !strings.Contains(string(output), "exe /memfd:exeseal (deleted)") {
				t.Errorf("%v %s", err, output)
			}
		}(i)
	}
	group.Wait()
}

func init() {
	children["exec"] = func() {
		f, err := exeseal.CloneSelf(exeseal.WithName("executed"))
		if err != nil {
			panic(err)
		}
		panic(exeseal.Exec(f, []string{"zero", "one"}, []string{child + "=limit", "EXESEAL_TEST_VALUE=x"}))
	}
	// Go raises the limit at its start, here too. A program that is not a Go program shows the
	// limit that it was given.
	children["limit"] = func() {
		children["show"]()
		shell, err := exeseal.ClonePath("/bin/sh")
		if err != nil {
			panic(err)
		}
		panic(exeseal.Exec(shell, []string{"sh", "-c", "echo limit $(ulimit -Sn)"}, nil))
	}
}

func TestExec(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", `ulimit -Sn 512 && exec "$0"`, os.Args[0])
	lines := linesOf(t, asChild(cmd, "exec"))
	equal(t, "argv", lines[0], "args zero|one")
	equal(t, "exe", lines[1], "exe /memfd:executed (deleted)")
	equal(t, "env", lines[2], "env x")
	equal(t, "limit", lines[len(lines)-1], "limit 512")
	for _, line := range lines {
		if strings.HasPrefix(line, "fd ") && strings.Contains(line, "memfd") {
			t.Errorf("inherited: %s", line)
		}
	}
}

func TestExecRefuses(t *testing.T) {
	wantError(t, exeseal.Exec(self(t), nil, nil), syscall.EINVAL, "argv")
	f, err := exeseal.CloneBytes([]byte(script))
	check(t, err)
	defer f.Close()
	failure := wantError(t, exeseal.Exec(f, []string{"x"}, nil), syscall.ENOEXEC, "script", "/bin/sh", "pass it the script's path")
	equal(t, "Op", failure.Op, "exec")
	text, err := exeseal.CloneBytes([]byte("text"))
	check(t, err)
	defer text.Close()
	wantError(t, exeseal.Exec(text, []string{"x"}, nil), syscall.ENOEXEC)
	text.Close()
	equal(t, "closed", errors.Is(exeseal.Exec(text, []string{"x"}, nil), os.ErrClosed), true)
	equal(t, "nil", errors.Is(exeseal.Exec(nil, []string{"x"}, nil), os.ErrInvalid), true)
}

// The init functions of these tests are the only ones: importing the package makes no system call.
func TestThePackagesHaveNoInit(t *testing.T) {
	for _, pattern := range []string{"*.go", "../internal/*/*.go"} {
		files, err := filepath.Glob(pattern)
		check(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			check(t, err)
			if strings.Contains(string(source), "\nfunc init()") && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s has an init", file)
			}
		}
		if len(files) == 0 {
			t.Errorf("no file matches %s", pattern)
		}
	}
}
