// SPDX-License-Identifier: MIT
// Measures clones of a file by each strategy, by other programs, and the least work for a copy.

//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	runc "github.com/opencontainers/runc/libcontainer/exeseal"
	"golang.org/x/sys/unix"
)

// The contestants, with the names that the page and the plots use.
const (
	hugePages   = "exeseal, huge pages"
	smallPages  = "exeseal, small pages"
	inTmpfs     = "exeseal, tmpfs"
	inOverlay   = "exeseal, overlay"
	byBind      = "exeseal, bind"
	byReuse     = "exeseal, reuse"
	cloneBinary = "runc's CloneBinary"
	pentacle    = "pentacle 1.1"
	sendfile    = "sendfile loop"
	memory      = "memset and memcpy"
)

// prepared returns the path of a file that tests/bench/run has made.
func prepared(name string) string { return filepath.Join(*directory, name) }

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// cloneRows measures the clones of runc and go as both users, and as root the sizes of the plot.
func cloneRows() []Row {
	rows := []Row{}
	for _, program := range []string{"runc", "go"} {
		rows = append(rows, cloneRow(program, programPath(program), 10))
	}
	if os.Geteuid() != 0 {
		return rows
	}
	sizes, err := filepath.Glob(prepared("size/*"))
	if err != nil || len(sizes) == 0 {
		return append(rows, Row{Group: "clone", Name: "sizes", Unit: "ms", Skipped: "tests/bench/run has prepared no files"})
	}
	for _, path := range sizes {
		rows = append(rows, cloneRow(fmt.Sprintf("a file of %d bytes", size(path)), path, 8))
	}
	return rows
}

func cloneRow(name, path string, seconds float64) Row {
	row := Row{Group: "clone", Name: name, User: user(), Bytes: size(path), Unit: "ms"}
	if row.Bytes == 0 {
		row.Skipped = "not installed"
		return row
	}
	if *isShort && row.Bytes >= 1<<30 {
		row.Skipped = "a short run has no such file"
		return row
	}
	contestants, done := cloneContestants(path)
	defer done()
	p := plan{rows: []Row{row}, contestants: contestants, least: rounds(3, 2), most: 200, budget: budget(seconds)}
	for _, c := range contestants {
		if c.name != cloneBinary {
			p.pairs = append(p.pairs, pair{c.name, cloneBinary})
		}
	}
	p.pairs = append(p.pairs, pair{hugePages, smallPages})
	return p.measure()[0]
}

// cloneContestants returns all contestants for one file, and a function that releases them.
func cloneContestants(path string) ([]contestant, func()) {
	peer, stop := pentacleContestant(path)
	floor, unmap := memoryContestant(path)
	contestants := []contestant{
		{name: cloneBinary, sample: timed(func() error { return peerClone(path) })},
		byStrategy(hugePages, path, "memfd", here, copied, exeseal.WithHugePages()),
		byStrategy(smallPages, path, "memfd", here, copied, exeseal.WithSmallPages()),
		byStrategy(inTmpfs, path, "tmpfs", withoutMemfd, copied),
		byStrategy(inOverlay, path, "overlay", here, shared),
		byStrategy(byBind, path, "bind", withoutOverlay, shared),
		reuseContestant(path),
		peer,
		{name: sendfile, sample: timed(func() error { return sendfileClone(path) })},
		floor,
	}
	return contestants, func() { stop(); unmap() }
}

var (
	copied = exeseal.WithMode(exeseal.ModeIndependentDataCopy)
	shared = exeseal.WithMode(exeseal.ModeROSharedPage)
)

// place runs a function where some system calls are refused, so that another strategy is used.
type place func(func() error) error

func here(function func() error) error { return function() }

var (
	withoutMemfd   = refusing(unix.SYS_MEMFD_CREATE)
	withoutOverlay = refusing(unix.SYS_FSOPEN)
)

// refusing uses one thread for all calls. Starting a thread for each call would be measured too.
func refusing(call uint32) place {
	jobs, results := make(chan func() error), make(chan error)
	isRunning := false
	return func(function func() error) error {
		if !isRunning {
			isRunning = true
			go func() {
				err := filtered.Call(call, unix.EPERM, func() {
					for job := range jobs {
						results <- job()
					}
				})
				for range jobs {
					results <- err
				}
			}()
		}
		jobs <- function
		return <-results
	}
}

// byStrategy first checks that the clone uses the strategy of its name.
func byStrategy(name, path string, strategy exeseal.Strategy, where place, options ...exeseal.Option) contestant {
	var report exeseal.Report
	clone := func(more ...exeseal.Option) error {
		sealed, err := exeseal.ClonePath(path, append(more, options...)...)
		if err != nil {
			return err
		}
		return sealed.Close()
	}
	if err := where(func() error { return clone(exeseal.WithReport(&report)) }); err != nil {
		return skipped(name, reason(err))
	}
	if report.Strategy != strategy {
		return skipped(name, "the strategy was "+string(report.Strategy))
	}
	return contestant{name: name, huge: report.HugeBytes, sample: func() (series [][]float64, err error) {
		err = where(func() (err error) {
			series, err = timed(func() error { return clone() })()
			return err
		})
		return series, err
	}}
}

// reason returns why a strategy is not available: its errno, if there is one.
func reason(err error) error {
	var failure *exeseal.Error
	if errors.As(err, &failure) {
		return failure.Errno
	}
	return err
}

func reuseContestant(path string) contestant {
	sealed, err := exeseal.ClonePath(path, copied)
	if err != nil {
		return skipped(byReuse, reason(err))
	}
	return contestant{name: byReuse, sample: timed(func() error {
		again, err := exeseal.CloneFile(sealed)
		if err != nil {
			return err
		}
		return again.Close()
	})}
}

// peerClone calls runc's own function, from its module.
func peerClone(path string) error {
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	sealed, err := runc.CloneBinary(source, info.Size(), filepath.Base(path), os.TempDir())
	if err != nil {
		return err
	}
	return sealed.Close()
}

// sendfileClone does the least that a sealed copy in small pages needs.
func sendfileClone(path string) error {
	source, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(source)
	sealed, err := unix.MemfdCreate("bench", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return err
	}
	defer unix.Close(sealed)
	for moved := 1; moved > 0; {
		if moved, err = unix.Sendfile(sealed, source, nil, 1<<30); err != nil {
			return err
		}
	}
	_, err = unix.FcntlInt(uintptr(sealed), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	return err
}

// pentacleContestant runs a process that links pentacle and makes a clone for each line of input.
func pentacleContestant(path string) (contestant, func()) {
	cmd := exec.Command(prepared("pentacle-clones"), path)
	asked, err := cmd.StdinPipe()
	if err != nil {
		return skipped(pentacle, err), func() {}
	}
	answers, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return skipped(pentacle, "not built: requires cargo and the crate"), func() {}
	}
	lines := bufio.NewScanner(answers)
	sample := timing(func() (float64, error) {
		if _, err := fmt.Fprintln(asked); err != nil {
			return 0, err
		}
		if !lines.Scan() {
			return 0, errors.New("pentacle ended")
		}
		nanoseconds, err := strconv.ParseInt(strings.TrimSpace(lines.Text()), 10, 64)
		return milliseconds(time.Duration(nanoseconds)), err
	})
	return contestant{name: pentacle, sample: sample}, func() {
		asked.Close()
		_ = cmd.Wait()
	}
}

// memoryContestant sets and copies the file's bytes in memory that is in use already.
func memoryContestant(path string) (contestant, func()) {
	source, err := os.Open(path)
	if err != nil {
		return skipped(memory, err), func() {}
	}
	defer source.Close()
	length := int(size(path))
	from, err := unix.Mmap(int(source.Fd()), 0, length, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return skipped(memory, err), func() {}
	}
	to, err := unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		_ = unix.Munmap(from)
		return skipped(memory, err), func() {}
	}
	sample := timing(func() (float64, error) { return setAndCopy(to, from), nil })
	return contestant{name: memory, sample: sample}, func() {
		_ = unix.Munmap(from)
		_ = unix.Munmap(to)
	}
}
