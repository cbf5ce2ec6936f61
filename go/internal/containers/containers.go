// SPDX-License-Identifier: MIT

//go:build linux

// Package containers is what the tests that run containers share: runtimes, bundles, and a place where they work.
package containers

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const inside = "EXESEAL_OWN_CGROUP2" // tests/containers/bundle.sh uses it as well

// Main is for TestMain: it runs the tests where /sys/fs/cgroup is a pure cgroup2, which crun before 1.9 insists on. Where it is not, that is
// a mount namespace of their own, in a second process of the test program.
func Main(m *testing.M) {
	var fs unix.Statfs_t
	if os.Getuid() != 0 || unix.Statfs("/sys/fs/cgroup", &fs) == nil && fs.Type == unix.CGROUP2_SUPER_MAGIC {
		os.Exit(m.Run())
	}
	if os.Getenv(inside) != "" {
		if err := unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, ""); err != nil {
			fmt.Fprintln(os.Stderr, "cannot mount cgroup2 on /sys/fs/cgroup:", err)
		}
		os.Exit(m.Run())
	}
	runtime.LockOSThread() // Pdeathsig is of the thread
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Args[0] = os.Args[0]
	again.Env = append(os.Environ(), inside+"=1")
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := again.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		fmt.Fprintln(os.Stderr, "no mount namespace for the tests:", err)
		os.Exit(m.Run())
	}
	os.Exit(again.ProcessState.ExitCode())
}

// Runtime is one that Debian has.
type Runtime struct {
	Name, Path string
	Args       []string // that go before its command
}

// Runc and Crun are where Debian puts them.
var (
	Runc = Runtime{"runc", "/usr/sbin/runc", nil}
	Crun = Runtime{"crun", "/usr/bin/crun", []string{"--cgroup-manager=cgroupfs"}}
)

// Need skips the test where the runtime cannot run a container.
func (r Runtime) Need(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skipf("%s: containers need root here", r.Name)
	}
	if _, err := os.Stat(r.Path); err != nil {
		t.Skipf("%s: not installed", r.Name)
	}
	if _, err := exec.LookPath("busybox"); err != nil {
		t.Skipf("%s: busybox, which is the container's root, is not installed", r.Name)
	}
}

// ForEach runs a test for each runtime.
func ForEach(t *testing.T, test func(t *testing.T, r Runtime)) {
	for _, r := range []Runtime{Runc, Crun} {
		t.Run(r.Name, func(t *testing.T) {
			r.Need(t)
			test(t, r)
		})
	}
}

// Root is the directory of go.mod.
func Root(t *testing.T) string {
	t.Helper()
	directory, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; directory != "/"; directory = filepath.Dir(directory) {
		if _, err := os.Stat(filepath.Join(directory, "go.mod")); err == nil {
			return directory
		}
	}
	t.Fatal("no go.mod above")
	return ""
}

// Bundle makes the OCI bundle of tests/containers/bundle.sh, which runs a command of busybox's shell, and lets edits change its config.json.
func Bundle(t *testing.T, command string, edits ...func(*specs.Spec)) string {
	t.Helper()
	bundle := t.TempDir()
	script := `set -e; . "$1"/tests/containers/bundle.sh; make_bundle "$2" "$3"`
	if out, err := exec.Command("bash", "-c", script, "bundle", Root(t), bundle, command).CombinedOutput(); err != nil {
		t.Fatalf("make_bundle: %v: %s", err, out)
	}
	config := filepath.Join(bundle, "config.json")
	text, err := os.ReadFile(config)
	var spec specs.Spec
	if err == nil {
		err = json.Unmarshal(text, &spec)
	}
	for _, edit := range edits {
		edit(&spec)
	}
	if err == nil {
		text, err = json.Marshal(&spec)
	}
	if err == nil {
		err = os.WriteFile(config, text, 0600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// File is what tells one file from another.
type File struct{ Device, Inode uint64 }

// Identity is the file that a path, /proc/PID/exe for one, leads to.
func Identity(path string) (File, error) {
	var s unix.Stat_t
	err := unix.Stat(path, &s)
	return File{uint64(s.Dev), s.Ino}, err
}

// Descriptors lists what a process has open: number to link and file.
func Descriptors(t *testing.T, pid int) map[string]Descriptor {
	t.Helper()
	directory := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]Descriptor{}
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		link, err := os.Readlink(path)
		if err != nil {
			continue // closed meanwhile
		}
		file, _ := Identity(path)
		list[entry.Name()] = Descriptor{link, file}
	}
	return list
}

// Descriptor is one that a process has open.
type Descriptor struct {
	Link string
	File File
}

// Copy copies a program, so that the copy can be deleted.
func Copy(t *testing.T, path string) string {
	t.Helper()
	bytes, err := os.ReadFile(path)
	name := filepath.Join(t.TempDir(), filepath.Base(path))
	if err == nil {
		err = os.WriteFile(name, bytes, 0755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}
