// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/ordinary"
	"github.com/exeseal/exeseal/tests/lib/support/hugepages"
	"golang.org/x/sys/unix"
)

const (
	mib      = 1 << 20
	hugePage = 2 * mib
)

// large returns a text that repeats itself, but not at multiples of the huge page size.
func large(size int) string { return strings.Repeat("0123456789", size/10+1)[:size] }

// cloneLarge clones a program and returns how many of its bytes are in huge pages.
func cloneLarge(t *testing.T, program string, clone func(...exeseal.Option) (*os.File, error), options ...exeseal.Option) int64 {
	t.Helper()
	var report exeseal.Report
	f, err := clone(append(options, exeseal.WithReport(&report))...)
	check(t, err)
	defer f.Close()
	equal(t, "the bytes are the program's", read(t, f) == program, true)
	connection, err := f.SyscallConn()
	check(t, err)
	check(t, connection.Control(func(fd uintptr) {
		seals, err := unix.FcntlInt(fd, unix.F_GET_SEALS, 0)
		check(t, err)
		equal(t, "seals", seals, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
		var stat unix.Stat_t
		check(t, unix.Fstat(int(fd), &stat))
		// the same as in small pages
		equal(t, "bytes of memory", stat.Blocks*512, int64(len(program)+4095)/4096*4096)
	}))
	equal(t, "Bytes", report.Bytes, int64(len(program)))
	return report.HugeBytes
}

func TestHugePages(t *testing.T) {
	hugepages.Need(t)
	program := large(9*mib + 5)
	path := newFile(t, program, 0755)
	file := func(options ...exeseal.Option) (*os.File, error) { return exeseal.ClonePath(path, options...) }
	memory := func(options ...exeseal.Option) (*os.File, error) {
		return exeseal.CloneBytes([]byte(program), options...)
	}
	stream := func(options ...exeseal.Option) (*os.File, error) {
		return exeseal.CloneReader(io.MultiReader(strings.NewReader(program)), options...)
	}
	huge := []exeseal.Option{exeseal.WithHugePages()}
	for name, test := range map[string]struct {
		wanted  int64
		clone   func(...exeseal.Option) (*os.File, error)
		options []exeseal.Option
	}{
		"file":                {8 * mib, file, huge},
		"memory":              {8 * mib, memory, huge},
		"stream":              {0, stream, huge},
		"file, by default":    {0, file, nil}, // other threads exist
		"memory, by default":  {0, memory, nil},
		"file, small pages":   {0, file, []exeseal.Option{exeseal.WithSmallPages()}},
		"memory, small pages": {0, memory, []exeseal.Option{exeseal.WithSmallPages()}},
	} {
		test := test
		t.Run(name, func(t *testing.T) {
			hugepages.Want(t, test.wanted, func() int64 { return cloneLarge(t, program, test.clone, test.options...) })
		})
	}
}

func TestHugePagesBeginWithFourMiB(t *testing.T) {
	hugepages.Need(t)
	for size, wanted := range map[int]int64{2*hugePage - 1: 0, 2 * hugePage: 2 * hugePage} {
		program := large(size)
		hugepages.Want(t, wanted, func() int64 {
			return cloneLarge(t, program, func(options ...exeseal.Option) (*os.File, error) {
				return exeseal.CloneBytes([]byte(program), options...)
			}, exeseal.WithHugePages())
		})
	}
}

func TestHugePagesAsAnOrdinaryUser(t *testing.T) {
	ordinary.Run(t, "^TestHugePages(BeginWith.*)?$")
}
