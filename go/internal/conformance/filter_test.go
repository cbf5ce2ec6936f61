// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package conformance

import (
	"fmt"
	"testing"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"golang.org/x/sys/unix"
)

// mayBeRefused has the system calls that a backend makes and that a filter may refuse. statx(2) is
// missing, because the core requires it and pure uses fstat(2).
var mayBeRefused = map[string]uint32{
	"execveat": unix.SYS_EXECVEAT, "faccessat2": unix.SYS_FACCESSAT2, "fchmod": unix.SYS_FCHMOD, "fcntl": unix.SYS_FCNTL,
	"fgetxattr": unix.SYS_FGETXATTR, "fremovexattr": unix.SYS_FREMOVEXATTR, "fstatfs": unix.SYS_FSTATFS, "fsconfig": unix.SYS_FSCONFIG, "fsmount": unix.SYS_FSMOUNT, "fsopen": unix.SYS_FSOPEN, "ftruncate": unix.SYS_FTRUNCATE,
	"getsockopt": unix.SYS_GETSOCKOPT, "ioctl": unix.SYS_IOCTL, "lseek": unix.SYS_LSEEK, "memfd_create": unix.SYS_MEMFD_CREATE,
	"openat": unix.SYS_OPENAT, "openat2": unix.SYS_OPENAT2, "preadv": unix.SYS_PREADV, "prlimit64": unix.SYS_PRLIMIT64,
	"pwritev": unix.SYS_PWRITEV, "read": unix.SYS_READ, "readlinkat": unix.SYS_READLINKAT, "sendfile": unix.SYS_SENDFILE,
	"splice": unix.SYS_SPLICE, "uname": unix.SYS_UNAME, "open_tree": unix.SYS_OPEN_TREE,
}

// Each call is refused with the answers of common filters: ENOSYS, and in older profiles EPERM or
// EACCES.
func TestUnderFilters(t *testing.T) {
	for name, number := range mayBeRefused {
		for _, errno := range []unix.Errno{unix.ENOSYS, unix.EPERM, unix.EACCES} {
			number, errno := number, errno
			refused := func(call func(), others ...uint32) {
				if err := filtered.Calls(append(others, number), errno, call); err != nil {
					t.Skipf("skip: no filter can be set: %v", err)
				}
			}
			t.Run(fmt.Sprintf("%s/%d", name, int(errno)), func(t *testing.T) { underFilter(t, refused) })
		}
	}
}

func TestAFilterIsInEffect(t *testing.T) {
	var answer error
	check(t, filtered.Call(unix.SYS_MEMFD_CREATE, unix.EACCES, func() { _, answer = unix.MemfdCreate("", 0) }))
	if answer != unix.EACCES {
		t.Errorf("control: %v", answer)
	}
}

func underFilter(t *testing.T, refused func(call func(), others ...uint32)) {
	both := func(name string, open func(t *testing.T) int, clone func(b backend, fd int, report *abi.Report) int, others ...uint32) {
		t.Run(name, func(t *testing.T) {
			var seen [2]outcome
			for i, b := range backends {
				fd, report, result := open(t), dirty, 0
				refused(func() { result = clone(b, fd, &report) }, others...)
				seen[i] = lookAt(t, b, result, &report)
			}
			compare(t, seen[0], seen[1])
		})
	}
	for _, source := range []source{
		{"file", func(t *testing.T) int { return openFile(t, program, 0755, unix.O_RDONLY) }},
		{"O_PATH", func(t *testing.T) int { return openFile(t, program, 0755, unix.O_PATH) }},
		{"on tmpfs", func(t *testing.T) int { return openAt(t, newFile(t, tmpfs(t), program, 0755), unix.O_RDONLY) }},
		{"setuid", func(t *testing.T) int { return openFile(t, program, 04755, unix.O_RDONLY) }},
		{"pipe", func(t *testing.T) int { return pipe(t, 0, program, 0) }},
		{"socket", func(t *testing.T) int { return socket(t, unix.SOCK_STREAM) }},
		{"sealed", func(t *testing.T) int { return memfd(t, program, 0755, runtimeSeals) }},
		{"sealed, x bit of others", func(t *testing.T) int { return memfd(t, program, 0001, runtimeSeals) }},
	} {
		source := source
		clone := func(b backend, fd int, report *abi.Report) int { return b.Clone(fd, &abi.CloneOptions{}, report) }
		both(source.name, source.open, clone)
		both(source.name+", no memfd, no mount", source.open, clone, withoutMemory...)
		if source.name == "pipe" || source.name == "socket" {
			continue
		}
		both(source.name+", view", source.open, func(b backend, fd int, report *abi.Report) int {
			return b.Clone(fd, &abi.CloneOptions{Mode: abi.ModeROSharedPage}, report)
		})
		fd := source.open(t)
		var infos [2]abi.Info
		refused(func() {
			for i, b := range backends {
				b.Inspect(fd, &infos[i])
			}
		})
		if infos[0] != infos[1] {
			t.Errorf("%s: core %+v\npure %+v", source.name, infos[0], infos[1])
		}
	}
	none := func(*testing.T) int { return -1 }
	both("self", none, func(b backend, _ int, report *abi.Report) int { return b.CloneSelf(&abi.CloneOptions{}, report) })
	both("memory", none, func(b backend, _ int, report *abi.Report) int {
		return b.CloneMemory([]byte(program), &abi.CloneOptions{}, report)
	})
}
