// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package conformance

import (
	"fmt"
	"os"
	"testing"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"github.com/exeseal/exeseal/tests/lib/support/hugepages"
	"golang.org/x/sys/unix"
)

const (
	mib      = 1 << 20
	hugePage = 2 * mib
)

// zeros returns a sparse file.
func zeros(t *testing.T, size int64) int {
	t.Helper()
	path := newFile(t, t.TempDir(), "", 0755)
	check(t, os.Truncate(path, size))
	return openAt(t, path, unix.O_RDONLY)
}

// reportOf clones a file, which must succeed, and returns the report.
func reportOf(t *testing.T, b backend, fd int, flags uint64) outcome {
	seen := outcome{report: dirty}
	result := b.Clone(fd, &abi.CloneOptions{Flags: flags}, &seen.report)
	unix.Close(result)
	seen.report.Retries = 0
	seen.text = b.FormatReport(&seen.report)
	if result < 0 {
		t.Error(seen.text)
	}
	return seen
}

func TestHugePages(t *testing.T) {
	hugepages.Need(t)
	const huge = abi.CloneHugePages
	type want struct {
		size, huge int64
		flags      uint64
	}
	for _, wanted := range []want{
		{2*hugePage - 1, 0, huge}, {2 * hugePage, 2 * hugePage, huge}, {3*hugePage - 1, 2 * hugePage, huge}, {9*mib + 5, 8 * mib, huge},
		{9*mib + 5, 0, abi.CloneSmallPages}, {9*mib + 5, 0, 0}, {66 * mib, 66 * mib, huge}, {256 * mib, 256 * mib, huge}, {256*mib + 1, 0, huge},
	} {
		wanted := wanted
		t.Run(fmt.Sprintf("%+v", wanted), func(t *testing.T) {
			fd := zeros(t, wanted.size)
			var seen [2]outcome
			for i, b := range backends {
				i, b := i, b
				hugepages.Want(t, wanted.huge, func() int64 {
					seen[i] = reportOf(t, b, fd, wanted.flags)
					return int64(seen[i].report.HugeBytes)
				})
			}
			if seen[0] != seen[1] {
				t.Errorf("core: %s\npure: %s", show(seen[0]), show(seen[1]))
			}
		})
	}
}

func TestNoHugePagesIfACallIsRefused(t *testing.T) {
	for name, number := range map[string]uint32{"read": unix.SYS_READ, "ftruncate": unix.SYS_FTRUNCATE, "madvise": unix.SYS_MADVISE} {
		for _, errno := range []unix.Errno{unix.ENOSYS, unix.EPERM, unix.EACCES} {
			number, errno := number, errno
			t.Run(fmt.Sprintf("%s/%d", name, int(errno)), func(t *testing.T) {
				fd := zeros(t, 4*hugePage)
				for i, b := range backends {
					b := b
					var seen outcome
					err := filtered.Call(number, errno, func() { seen = reportOf(t, b, fd, abi.CloneHugePages) })
					if err != nil {
						t.Skipf("skip: no filter can be set: %v", err)
					}
					if seen.report.HugeBytes != 0 {
						t.Errorf("backend %d: %s", i, show(seen))
					}
				}
			})
		}
	}
}
