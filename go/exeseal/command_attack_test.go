// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
)

// plantedRoot makes a root directory that belongs to an attacker, who has put a program at the
// path.
func plantedRoot(t *testing.T, path string) string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil || os.Getuid() != 0 {
		t.Skip("skip: it needs root and busybox")
	}
	if info, err := exeseal.Inspect(program(t, busybox)); err != nil || info.Image != "static" {
		t.Skip("skip: " + busybox + " is not static")
	}
	content, err := os.ReadFile(busybox)
	check(t, err)
	root := t.TempDir()
	for name, content := range map[string][]byte{"/bin/sh": content, path: []byte(planted)} {
		check(t, os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0755))
		check(t, os.WriteFile(filepath.Join(root, name), content, 0755))
	}
	return root
}

// The child looks up the path in the new root, where it finds the planted program.
func TestCommandFileInANewRoot(t *testing.T) {
	f := program(t, "/bin/echo")
	root := plantedRoot(t, "/proc/self/fd/3")
	t.Run("SetCommandFile", func(t *testing.T) {
		cmd := exec.Command("echo", "sealed")
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		if err := exeseal.SetCommandFile(cmd, f); !errors.Is(err, syscall.EINVAL) || len(cmd.ExtraFiles) != 0 {
			t.Errorf("%v, ExtraFiles %v", err, cmd.ExtraFiles)
		}
	})
	t.Run("control: Chroot is set afterwards", func(t *testing.T) {
		cmd := exec.Command("echo", "sealed")
		check(t, exeseal.SetCommandFile(cmd, f))
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		output, err := cmd.Output()
		check(t, err)
		equal(t, "output", string(output), "planted\n")
	})
}

// The child's mount namespace is a copy of this process's, so the path leads to the same file.
func TestCommandInAMountNamespace(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("skip: it needs root")
	}
	for name, flags := range map[string]uintptr{"mount": syscall.CLONE_NEWNS, "mount and PID": syscall.CLONE_NEWNS | syscall.CLONE_NEWPID} {
		t.Run(name, func(t *testing.T) {
			f := program(t, "/bin/echo")
			inherited := exec.Command("echo", "sealed")
			check(t, exeseal.SetCommandFile(inherited, f))
			for _, cmd := range []*exec.Cmd{exeseal.Command(context.Background(), f, "sealed"), inherited} {
				cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
				output, err := cmd.Output()
				check(t, err)
				equal(t, "output", string(output), "sealed\n")
			}
		})
	}
}
