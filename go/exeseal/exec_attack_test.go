// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"golang.org/x/sys/unix"
)

const (
	planted = "#!/bin/sh\necho planted\n"
	mount   = "EXESEAL_TEST_MOUNT" // the directory over which the attacker mounts
)

// cover mounts a tmpfs over a directory of /proc in this mount namespace, and plants a program at
// the descriptor's path.
func cover(f *os.File) string {
	directory := os.Getenv(mount)
	if directory == "self/fd" {
		directory = strconv.Itoa(os.Getpid()) + "/fd"
	}
	must(0, unix.Mount("planted", filepath.Join("/proc", directory), "tmpfs", 0, ""))
	path := "/proc/self/fd/" + strconv.Itoa(int(f.Fd()))
	must(0, os.MkdirAll(filepath.Dir(path), 0755))
	must(0, os.WriteFile(path, []byte(planted), 0755))
	return path
}

func init() {
	arguments := []string{"sh", "-c", "echo sealed $(ulimit -Sn)"}
	children["planted, by its path"] = func() {
		path := cover(must(exeseal.ClonePath("/bin/sh")))
		panic(syscall.Exec(path, arguments, nil))
	}
	children["planted, by Exec"] = func() {
		f := must(exeseal.ClonePath("/bin/sh"))
		cover(f)
		panic(exeseal.Exec(f, arguments, nil))
	}
	children["no proc"] = func() {
		f := must(exeseal.ClonePath("/bin/sh"))
		must(0, unix.Mount("empty", "/proc", "tmpfs", 0, ""))
		panic(exeseal.Exec(f, arguments, nil))
	}
	children["no proc, a file that cannot be executed"] = func() {
		f := must(exeseal.CloneBytes([]byte("text")))
		must(0, unix.Mount("empty", "/proc", "tmpfs", 0, ""))
		fmt.Println(exeseal.Exec(f, arguments, nil))
	}
}

// inOwnMounts runs a child as root in its own mount namespace, with RLIMIT_NOFILE set to 512 by the
// shell.
func inOwnMounts(t *testing.T, what, directory string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root")
	}
	cmd := asChild(exec.Command("/bin/sh", "-c", `ulimit -Sn 512 && exec "$0"`, os.Args[0]), what)
	cmd.Env = append(cmd.Env, mount+"="+directory)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	output, err := cmd.Output()
	if errno, ok := err.(*os.PathError); ok && errno.Err == syscall.EPERM {
		t.Skipf("skip: no mount namespace: %v", err)
	}
	if err != nil {
		t.Errorf("%s: %v: %s", what, err, output)
	}
	return string(output)
}

// The control executes the program by its path and shows that the attack works.
func TestExecIgnoresAProgramMountedOverProc(t *testing.T) {
	for _, directory := range []string{".", "self/fd"} {
		t.Run(directory, func(t *testing.T) {
			equal(t, "control", inOwnMounts(t, "planted, by its path", directory), "planted\n")
			equal(t, "Exec", inOwnMounts(t, "planted, by Exec", directory), "sealed 512\n")
		})
	}
}

func TestExecWithoutProc(t *testing.T) {
	equal(t, "Exec", inOwnMounts(t, "no proc", ""), "sealed 512\n")
	equal(t, "an error", inOwnMounts(t, "no proc, a file that cannot be executed", ""),
		"exeseal: exec exeseal: exec format error: execveat\n")
}
