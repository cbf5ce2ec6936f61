// SPDX-License-Identifier: MIT

//go:build linux

package reexec_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	refusedCode  = 126
	refusedText  = "exeseal: this program cannot be sealed, so it was not started\n"
	unsealedText = "exeseal: this program cannot be sealed and runs unsealed\n"
)

// refused starts a program in surroundings in which it cannot be sealed. It must not run and must
// report the reason. With the other policy it must run and report that.
func refused(t *testing.T, b build, prepare func(*testing.T, *exec.Cmd), why ...string) {
	t.Helper()
	ended := startIn(t, b.compile(t, "show", "sealed"), prepare)
	equal(t, "exit code", ended.code, refusedCode)
	equal(t, "output", ended.output, "")
	contains(t, ended.errors, append(why, refusedText)...)

	program := b.compile(t, "show", "unsealed")
	ended = startIn(t, program, prepare)
	shown(t, ended)
	contains(t, ended.errors, append(why, unsealedText)...)
}

func startIn(t *testing.T, path string, prepare func(*testing.T, *exec.Cmd)) outcome {
	t.Helper()
	cmd := exec.Command(path)
	prepare(t, cmd)
	return run(t, cmd)
}

// takenOver starts a program where memfds are not available. Strategy tmpfile replaces memfd and
// executes exactly one copy.
func takenOver(t *testing.T, b build, prepare func(*testing.T, *exec.Cmd)) {
	t.Helper()
	ended := startIn(t, b.compile(t, "show", "sealed"), prepare)
	fields := shown(t, ended)
	link := fields["exe"].(string)
	if strings.HasPrefix(link, directory) || strings.HasPrefix(link, "/memfd:") || !strings.HasSuffix(link, " (deleted)") {
		t.Errorf("program: %s, want an unlinked file", link)
	}
	equal(t, "standard error", ended.errors, "")
}

func inBoth(t *testing.T, test func(t *testing.T, b build)) {
	for _, b := range twoBuilds {
		t.Run(b.name, func(t *testing.T) { test(t, b) })
	}
}

func TestUnsealedPolicyPrefersASealedCopy(t *testing.T) {
	forEach(t, twoBuilds, "show", "unsealed", func(t *testing.T, b build, path string) {
		ended := run(t, exec.Command(path))
		isSealed(t, shown(t, ended))
		equal(t, "standard error", ended.errors, "")
	})
}

const noProc = "while umount -l /proc 2>/dev/null; do :; done"

// With cgo, root uses a private /proc. The program itself cannot show that without /proc, so it is
// traced.
func TestWithoutProc(t *testing.T) {
	needRoot(t)
	need(t, "unshare", "setpriv")
	inBoth(t, func(t *testing.T, b build) {
		const why = "source: ENOENT (/proc/self/exe): "
		refused(t, b, inNamespaces(noProc+` && set -- setpriv --reuid=65534 --regid=65534 --clear-groups`), why)
		if b.inGo {
			refused(t, b, inNamespaces(noProc), why)
			return
		}
		cmd := exec.Command(b.compile(t, "show", "sealed"))
		cmd.Env = append(os.Environ(), "SHOW_NOTHING=1")
		inNamespaces(noProc)(t, cmd)
		seen := calls(t, cmd)
		equal(t, "memfds", seen["memfd_create"], 1)
		equal(t, "executed", seen["execveat"], 1)
	})
}

// inNamespaces makes a shell run a command in its own mount and PID namespaces before it executes
// the program.
func inNamespaces(command string) func(*testing.T, *exec.Cmd) {
	return func(t *testing.T, cmd *exec.Cmd) {
		become(t, cmd, "unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", command+` && exec "$@" "$0"`)
	}
}

func TestUnderMemfdNoexec(t *testing.T) {
	needRoot(t)
	need(t, "unshare")
	const knob = "/proc/sys/vm/memfd_noexec"
	if _, err := os.Stat(knob); err != nil {
		t.Skipf("skip: Linux before 6.3: %v", err)
	}
	inBoth(t, func(t *testing.T, b build) {
		isSealed(t, shown(t, startIn(t, b.compile(t, "show", "sealed"), inNamespaces("echo 1 >"+knob))))
		takenOver(t, b, inNamespaces("echo 2 >"+knob))
	})
}

func TestUnderSeccomp(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EPERM, syscall.ENOSYS} {
		inBoth(t, func(t *testing.T, b build) {
			takenOver(t, b, filtered(unix.SYS_MEMFD_CREATE, -1, errno))
		})
	}
}

// If a kernel does not know seals, a copy never looks sealed. No copy may be executed then, because
// it would copy itself again.
func TestUnderAKernelThatForgetsSeals(t *testing.T) {
	for _, errno := range []syscall.Errno{0, syscall.EINVAL} {
		inBoth(t, func(t *testing.T, b build) {
			refused(t, b, filtered(unix.SYS_FCNTL, unix.F_GET_SEALS, errno), "memfd: verify: EIO (seals)")
		})
	}
}

// One of these numbers belongs to the descriptor through which the running program is inspected. An
// endless loop would run until the test times out.
func TestUnsealedCopyIsNotCopiedAgain(t *testing.T) {
	inBoth(t, func(t *testing.T, b build) {
		refusals := 0
		for number := 3; number < 12; number++ {
			ended := startIn(t, b.compile(t, "show", "sealed"), filteredAt(unix.SYS_FCNTL, 0, number, 0))
			if strings.Contains(ended.errors, "verify: ELOOP (the copy that runs)") {
				equal(t, "exit code", ended.code, refusedCode)
				refusals++
			}
		}
		equal(t, "copies that were refused another copy", refusals, 1)
	})
}

func TestReportToAClosedPipeRaisesNoSignal(t *testing.T) {
	inBoth(t, func(t *testing.T, b build) {
		for tag, code := range map[string]int{"sealed": refusedCode, "unsealed": 0} {
			cmd := exec.Command(b.compile(t, "show", tag))
			filtered(unix.SYS_FCNTL, unix.F_GET_SEALS, 0)(t, cmd)
			reader, writer, err := os.Pipe()
			check(t, err)
			defer writer.Close()
			check(t, reader.Close())
			cmd.Stderr = writer
			cmd.Run()
			equal(t, tag+": exit code", cmd.ProcessState.ExitCode(), code)
		}
	})
}

// filtered makes the test binary set a seccomp filter that answers a system call (with this second
// argument, unless it is -1), and execute the program.
func filtered(number, argument int, answer syscall.Errno) func(*testing.T, *exec.Cmd) {
	return filteredAt(number, 1, argument, answer)
}

// filteredAt compares another argument, counted from 0.
func filteredAt(number, which, argument int, answer syscall.Errno) func(*testing.T, *exec.Cmd) {
	return func(t *testing.T, cmd *exec.Cmd) {
		cmd.Env = append(os.Environ(), child+"=filter", fmt.Sprintf("FILTER=%d %d %d %d", number, which, argument, int(answer)), "PROGRAM="+cmd.Path)
		cmd.Path = "/proc/self/exe"
	}
}

func init() {
	children["filter"] = func() {
		var number, which, argument, answer int
		fmt.Sscanf(os.Getenv("FILTER"), "%d %d %d %d", &number, &which, &argument, &answer)
		runtime.LockOSThread()
		err := filter(uint32(number), which, argument, uint32(answer))
		if err == nil {
			err = syscall.Exec(os.Getenv("PROGRAM"), os.Args, nil)
		}
		fmt.Fprintln(os.Stderr, "filter:", err)
		os.Exit(1)
	}
}

func filter(number uint32, which, argument int, answer uint32) error {
	const load, equals, end = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	const numberAt, argumentsAt, returnErrno, allow = 0, 16, 0x00050000, 0x7fff0000
	program := []unix.SockFilter{{Code: load, K: numberAt}, {Code: equals, Jf: 1, K: number}, {Code: end, K: returnErrno | answer}, {Code: end, K: allow}}
	if argument >= 0 {
		program = []unix.SockFilter{{Code: load, K: numberAt}, {Code: equals, Jf: 3, K: number}, {Code: load, K: argumentsAt + 8*uint32(which)},
			{Code: equals, Jf: 1, K: uint32(argument)}, {Code: end, K: returnErrno | answer}, {Code: end, K: allow}}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	list := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&list)), 0, 0)
}

func TestUnderUserNamespace(t *testing.T) {
	inBoth(t, func(t *testing.T, b build) {
		path := b.compile(t, "show", "sealed")
		cmd := exec.Command(path)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
		if err := exec.Command("unshare", "-U", "true").Run(); err != nil {
			t.Skipf("skip: no user namespace: %v", err)
		}
		isSealed(t, shown(t, run(t, cmd)))
	})
}

// private returns a copy of a program that the test may change.
func private(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	check(t, err)
	for _, parent := range []string{t.TempDir(), filepath.Dir(t.TempDir())} {
		check(t, os.Chmod(parent, 0755))
	}
	own := filepath.Join(t.TempDir(), filepath.Base(path))
	check(t, os.WriteFile(own, content, 0755))
	return own
}

// changed starts a private copy after a change.
func changed(change func(*testing.T, string)) func(*testing.T, *exec.Cmd) {
	return func(t *testing.T, cmd *exec.Cmd) {
		cmd.Path = private(t, cmd.Path)
		change(t, cmd.Path)
	}
}

func TestRefusesPrivileges(t *testing.T) {
	t.Run("setuid", func(t *testing.T) {
		inBoth(t, func(t *testing.T, b build) {
			refused(t, b, changed(func(t *testing.T, path string) { check(t, os.Chmod(path, 0755|os.ModeSetuid)) }), "EPERM (setuid)")
		})
	})
	t.Run("file capabilities", func(t *testing.T) {
		needRoot(t)
		need(t, "setcap")
		inBoth(t, func(t *testing.T, b build) {
			refused(t, b, changed(func(t *testing.T, path string) {
				if output, err := exec.Command("setcap", "cap_net_raw+ep", path).CombinedOutput(); err != nil {
					t.Skipf("skip: setcap: %v: %s", err, output)
				}
			}), "EPERM (security.capability)")
		})
	})
}

func TestRefusesAnUnreadableProgram(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("skip: root may read everything; the test runs again as an ordinary user")
	}
	inBoth(t, func(t *testing.T, b build) {
		refused(t, b, changed(func(t *testing.T, path string) { check(t, os.Chmod(path, 0111)) }), "EACCES (/proc/self/exe)")
	})
}

func TestRefusesAProgramStartedByItsLoader(t *testing.T) {
	loaders, _ := filepath.Glob("/lib64/ld-linux*.so.*")
	if len(loaders) == 0 {
		loaders, _ = filepath.Glob("/lib/ld-linux*.so.*")
	}
	if len(loaders) == 0 || strconv.IntSize != 64 {
		t.Skip("skip: no loader of glibc's here")
	}
	for _, b := range []build{builds[0], builds[5]} {
		t.Run(b.name, func(t *testing.T) {
			refused(t, b, func(t *testing.T, cmd *exec.Cmd) { become(t, cmd, loaders[0]) }, "EOPNOTSUPP (/proc/self/exe)")
		})
	}
}
