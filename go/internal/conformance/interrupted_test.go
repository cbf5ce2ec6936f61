// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x)

package conformance

import (
	"fmt"
	"testing"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"golang.org/x/sys/unix"
)

// mayFail has the system calls of a clone, without those that filtered.Nth cannot answer.
func mayFail() []uint32 {
	numbers := []uint32{unix.SYS_FSTAT, unix.SYS_STATX, unix.SYS_UNLINKAT}
	for name, number := range mayBeRefused {
		if name != "prlimit64" && name != "uname" {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

type failing struct {
	name  string
	open  func(t *testing.T) int
	clone func(b backend, fd int, report *abi.Report) int
}

// The other ends of these two are closed already, so that they do not change the number of
// descriptors later.
func filledPipe(t *testing.T) int {
	var ends [2]int
	check(t, unix.Pipe2(ends[:], unix.O_CLOEXEC))
	feed(ends[1], program, 0)
	return closed(t, ends[0])
}

func filledSocket(t *testing.T) int {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	check(t, err)
	feed(ends[1], program, 0)
	return closed(t, ends[0])
}

func clonesThatMayFail() []failing {
	in := func(options abi.CloneOptions) func(backend, int, *abi.Report) int {
		return func(b backend, fd int, report *abi.Report) int {
			own := options
			return b.Clone(fd, &own, report)
		}
	}
	file := func(t *testing.T) int { return openFile(t, program, 0755, unix.O_RDONLY) }
	path := func(t *testing.T) int { return openFile(t, program, 0755, unix.O_PATH) }
	sealed := func(t *testing.T) int { return memfd(t, program, 0755, runtimeSeals) }
	none := func(*testing.T) int { return -1 }
	return []failing{
		{"file", file, in(abi.CloneOptions{})},
		{"view", file, in(abi.CloneOptions{Mode: abi.ModeROSharedPage})},
		{"O_PATH", path, in(abi.CloneOptions{})},
		{"on tmpfs", func(t *testing.T) int { return openAt(t, newFile(t, tmpfs(t), program, 0755), unix.O_RDONLY) }, in(abi.CloneOptions{})},
		{"sealed", sealed, in(abi.CloneOptions{})},
		{"pipe", filledPipe, in(abi.CloneOptions{})},
		{"socket", filledSocket, in(abi.CloneOptions{})},
		{"self", none, func(b backend, _ int, report *abi.Report) int { return b.CloneSelf(&abi.CloneOptions{}, report) }},
		{"memory", none, func(b backend, _ int, report *abi.Report) int {
			return b.CloneMemory([]byte(program), &abi.CloneOptions{}, report)
		}},
		{"tmpfile", none, func(b backend, _ int, report *abi.Report) int { return b.Probe(abi.StrategyTmpfile, report) }},
		{"overlay", none, func(b backend, _ int, report *abi.Report) int { return b.Probe(abi.StrategyOverlay, report) }},
		{"inspection", path, func(b backend, fd int, report *abi.Report) int {
			var info abi.Info
			*report = abi.Report{}
			if errno := b.Inspect(fd, &info); errno < 0 {
				return errno
			}
			return -int(info.Flags)
		}},
	}
}

func failNth(t *testing.T, numbers []uint32, errno unix.Errno, n int, function func()) int {
	t.Helper()
	calls, err := filtered.Nth(numbers, errno, n, function)
	// EINVAL: before Linux 5.5. EBUSY: this process has a filter that notifies already.
	if err == unix.EINVAL || err == unix.EBUSY {
		t.Skipf("skip: requires the user notification of seccomp: %v", err)
	}
	check(t, err)
	return calls
}

// cloneFailing lets the n-th system call fail, and checks that no descriptor is left behind.
func cloneFailing(t *testing.T, b backend, c failing, errno unix.Errno, n int) (outcome, int) {
	t.Helper()
	fd, report, result := c.open(t), dirty, 0
	before := countDescriptors(t)
	calls := failNth(t, mayFail(), errno, n, func() { result = c.clone(b, fd, &report) })
	if c.name == "tmpfile" || c.name == "overlay" { // a probe returns no descriptor
		result = min(result, -1)
	}
	seen := lookAt(t, b, result, &report)
	if after := countDescriptors(t); after != before {
		t.Errorf("%d descriptors, before %d: %s", after, before, show(seen))
	}
	return seen, calls
}

func forEachCall(t *testing.T, errno unix.Errno, check func(t *testing.T, before, seen outcome)) {
	for i, b := range backends {
		for _, c := range clonesThatMayFail() {
			b, c := b, c
			t.Run(fmt.Sprintf("%s/%s", []string{"core", "pure"}[i], c.name), func(t *testing.T) {
				before, calls := cloneFailing(t, b, c, 0, 0)
				for n := 1; n <= calls; n++ {
					seen, _ := cloneFailing(t, b, c, errno, n)
					t.Run(fmt.Sprint("call ", n), func(t *testing.T) { check(t, withoutChance(before), withoutChance(seen)) })
				}
			})
		}
	}
}

func TestInterruptedCallsAreRestarted(t *testing.T) {
	forEachCall(t, unix.EINTR, func(t *testing.T, before, seen outcome) {
		if seen != before {
			t.Errorf("want as without a signal:\n%s\n%s", show(before), show(seen))
		}
	})
}

func TestFailedCallsLeaveNoDescriptor(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EIO, unix.ENOSPC, unix.EPERM} {
		errno := errno
		t.Run(errno.Error(), func(t *testing.T) {
			forEachCall(t, errno, func(t *testing.T, before, seen outcome) {
				if seen.errno == 0 && seen.bytes != before.bytes {
					t.Errorf("want the program: %s", show(seen))
				}
			})
		})
	}
}

// A view of a file on a noexec mount could be executed.
func TestNoViewIsMadeIfTheMountIsUnknown(t *testing.T) {
	ofTheSource := 2 // the first is for /proc
	for _, errno := range []unix.Errno{unix.EIO, unix.EPERM} {
		var seen [2]outcome
		for i, b := range backends {
			fd, report, result := openFile(t, program, 0755, unix.O_RDONLY), dirty, 0
			failNth(t, []uint32{unix.SYS_FSTATFS}, errno, ofTheSource, func() {
				result = b.Clone(fd, &abi.CloneOptions{Mode: abi.ModeROSharedPage}, &report)
			})
			seen[i] = lookAt(t, b, result, &report)
		}
		compare(t, seen[0], seen[1])
		wanted := abi.Attempt{Strategy: abi.StrategyOverlay, Step: abi.StepSource, Errno: int32(errno)}
		copy(wanted.Where[:], "fstatfs(2)")
		if first := withoutLacking(seen[0]).report.Attempt[0]; first != wanted {
			t.Errorf("want the errno of fstatfs(2):\n%s", show(seen[0]))
		}
	}
}
