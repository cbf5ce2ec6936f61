// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
	"golang.org/x/sys/unix"
)

const (
	stressed      = 50 // goroutines that clone at the same time
	clonesOfEach  = 12
	startersOther = 6 // goroutines that start processes at the same time
)

// meanwhile runs work repeatedly until stop is called.
func meanwhile(count int, work func()) (stop func()) {
	var done atomic.Bool
	var group sync.WaitGroup
	for i := 0; i < count; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for !done.Load() {
				work()
			}
		}()
	}
	return func() {
		done.Store(true)
		group.Wait()
	}
}

var garbage atomic.Value

func collectGarbage() {
	for i := 0; i < 100; i++ {
		garbage.Store(make([]byte, 10000))
	}
	runtime.GC()
}

// spin is a loop that only a signal can preempt.
func spin() {
	for i, end := 0, 20000000; i < end; i++ {
		if i == -1 {
			panic("never")
		}
	}
}

// startProcesses starts a process and waits for it. No other wait may reap the process, and this
// wait may not reap another's.
func startProcesses(t *testing.T) {
	var exit *exec.ExitError
	if err := exec.Command("/bin/sh", "-c", "exit 7").Run(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("a process of the host program: %v, want exit status 7", err)
	}
}

// cloneEach makes views and, without memfds, copies. If a newly forked child still holds the writer
// of a tmpfs, the copy is a tmpfile.
func cloneEach(t *testing.T, path string, counts *sync.Map) {
	for i := 0; i < clonesOfEach; i++ {
		var report exeseal.Report
		var f *os.File
		var err error
		if i%2 == 1 {
			f, err = exeseal.ClonePath(path, exeseal.WithMode(exeseal.ModeROSharedPage), exeseal.WithReport(&report))
		} else {
			withoutMemfds(t, func() { f, err = exeseal.ClonePath(path, exeseal.WithReport(&report)) })
		}
		count, _ := counts.LoadOrStore(report.Strategy, new(atomic.Int32))
		count.(*atomic.Int32).Add(1)
		if err != nil {
			t.Error(err)
			continue
		}
		content := make([]byte, len(script))
		if _, err := f.ReadAt(content, 0); err != nil || string(content) != script {
			t.Errorf("%s: %q, %v", report.Strategy, content, err)
		}
		f.Close()
	}
}

func countAll(counts *sync.Map) string {
	var text []string
	counts.Range(func(strategy, count any) bool {
		text = append(text, fmt.Sprintf("%v %d", strategy, count.(*atomic.Int32).Load()))
		return true
	})
	return strings.Join(text, ", ")
}

// processState describes what must not change: descriptors, mounts, children, and the dumpable
// flag.
func processState(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	check(t, err)
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	check(t, err)
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	check(t, err)
	return fmt.Sprintf("%d descriptors, %d mounts, dumpable %d, children %q", len(entries), strings.Count(string(mounts), "\n"), dumpable, childrenOf(t))
}

func childrenOf(t *testing.T) string {
	t.Helper()
	var all []string
	paths, err := filepath.Glob("/proc/self/task/*/children")
	check(t, err)
	for _, path := range paths {
		if list, err := os.ReadFile(path); err == nil && len(list) > 0 {
			all = append(all, string(list))
		}
	}
	return strings.Join(all, " ")
}

// threadsBlockingSIGURG counts the threads that block SIGURG, by which Go preempts threads.
func threadsBlockingSIGURG(t *testing.T) int {
	t.Helper()
	paths, err := filepath.Glob("/proc/self/task/*/status")
	check(t, err)
	count := 0
	for _, path := range paths {
		status, _ := os.ReadFile(path) // the thread may have ended
		_, rest, _ := strings.Cut(string(status), "\nSigBlk:\t")
		var blocked uint64
		fmt.Sscanf(rest, "%x", &blocked)
		if blocked>>(uint(syscall.SIGURG)-1)&1 != 0 {
			count++
		}
	}
	return count
}

func TestStressClones(t *testing.T) {
	if !isAvailable(t, "tmpfs") || !isAvailable(t, "overlay") {
		t.Skip("skip: no tmpfs and overlay here")
	}
	path := newFile(t, script, 0755)
	startProcesses(t) // makes Go open what it opens once and keeps
	before, deaf := processState(t), threadsBlockingSIGURG(t)
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Logf("no profile: %v", err)
	} else {
		defer pprof.StopCPUProfile()
	}
	stopStarts := meanwhile(startersOther, func() { startProcesses(t) })
	stopGarbage, stopSpinning := meanwhile(1, collectGarbage), meanwhile(1, spin)
	var counts sync.Map
	var group sync.WaitGroup
	for i := 0; i < stressed; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			cloneEach(t, path, &counts)
		}()
	}
	group.Wait()
	stopStarts()
	stopGarbage()
	stopSpinning()
	pprof.StopCPUProfile()
	t.Log(countAll(&counts))
	if _, some := counts.Load(exeseal.StrategyTmpfs); !some {
		t.Error("no clone was a tmpfs")
	}
	equal(t, "afterwards", processState(t), before)
	equal(t, "threads that have SIGURG blocked", threadsBlockingSIGURG(t), deaf)
}

// A wait for any child, as in containerd's reaper, finds none, because no clone makes a child.
func TestStressReaper(t *testing.T) {
	if !isAvailable(t, "tmpfs") || !isAvailable(t, "overlay") {
		t.Skip("skip: no tmpfs and overlay here")
	}
	path := newFile(t, script, 0755)
	var waits atomic.Int32
	stop := meanwhile(2, func() {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != syscall.ECHILD {
			t.Errorf("a child was seen: %d, %v", pid, err)
			time.Sleep(10 * time.Millisecond)
		}
		waits.Add(1)
	})
	signals := make(chan os.Signal, 100)
	signal.Notify(signals, syscall.SIGCHLD)
	defer signal.Stop(signals)
	var counts sync.Map
	for i := 0; i < 5; i++ {
		cloneEach(t, path, &counts)
	}
	stop()
	equal(t, "SIGCHLDs", len(signals), 0)
	t.Logf("%s; waited %d times", countAll(&counts), waits.Load())
}
