// SPDX-License-Identifier: MIT

//go:build ignore

// Clones and starts programs from many goroutines while descriptors run out, streams fail and
// signals arrive. scripts/soak builds it over the core and in pure Go.
//
//	starts DIRECTORY    uses DIRECTORY/payload and DIRECTORY/large
//
// It answers the line "rest" as soak-core does (core.cc).
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"testing/iotest"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
)

const workers = 8

var directory string

func used(f *os.File, err error) error {
	if err != nil {
		return err
	}
	defer f.Close()
	if rand.Intn(3) != 0 {
		return nil
	}
	return start(context.Background(), f)
}

func start(ctx context.Context, f *os.File) error {
	err := exeseal.Command(ctx, f, "exit", "7").Run()
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == 7 {
		return nil
	}
	if err == nil {
		panic("a program that exits with 7 exited with 0")
	}
	return err
}

func source() string {
	if rand.Intn(8) == 0 {
		return filepath.Join(directory, "large")
	}
	return filepath.Join(directory, "payload")
}

func clonePath(mode exeseal.Mode) func() error {
	sizes := []exeseal.Option{exeseal.WithHugePages(), exeseal.WithSmallPages(), exeseal.WithReclaimable(), exeseal.WithName("soak")}
	return func() error {
		return used(exeseal.ClonePath(source(), exeseal.WithMode(mode), sizes[rand.Intn(len(sizes))]))
	}
}

// The reader returns few bytes at a time, and fails in one of four clones.
func cloneReader() error {
	var reader io.Reader = iotest.HalfReader(bytes.NewReader(make([]byte, 50_000)))
	if rand.Intn(4) == 0 {
		reader = io.MultiReader(io.LimitReader(reader, 9_000), iotest.ErrReader(syscall.EIO))
	}
	return closed(exeseal.CloneReader(reader))
}

func cloneBytes() error {
	return closed(exeseal.CloneBytes(make([]byte, 300_000), exeseal.WithMaxBytes(uint64(200_000+rand.Intn(400_000)))))
}

// For a clone that is not a program.
func closed(f *os.File, err error) error {
	if err != nil {
		return err
	}
	return f.Close()
}

func cloneSelf() error { return closed(exeseal.CloneSelf()) }

// The program is killed as soon as it runs.
func startAndCancel(sealed *os.File) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.Intn(3000))*time.Microsecond)
	defer cancel()
	return exeseal.Command(ctx, sealed, "wait").Run()
}

// Leaves no descriptor to the process for 10 ms, again and again.
func exhaustDescriptors() {
	var normal, low syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &normal) != nil {
		return
	}
	low = normal
	low.Cur = 12
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low)
	time.Sleep(10 * time.Millisecond)
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &normal)
	time.Sleep(100 * time.Millisecond)
}

func interrupt() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	time.Sleep(2 * time.Millisecond)
}

type count struct{ done, failed int }

func main() {
	directory = os.Args[1]
	signal.Notify(make(chan os.Signal), syscall.SIGUSR1) // nothing receives them
	sealed, err := exeseal.ClonePath(filepath.Join(directory, "payload"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	operations := map[string]func() error{
		"clone, automatic":               clonePath(exeseal.ModeAutomatic),
		"clone, independent-data-copy":   clonePath(exeseal.ModeIndependentDataCopy),
		"clone, ro-shared-page":          clonePath(exeseal.ModeROSharedPage),
		"clone of memory":                cloneBytes,
		"clone of a reader":              cloneReader,
		"clone of the running program":   cloneSelf,
		"start":                          func() error { return start(context.Background(), sealed) },
		"start of a program to be ended": func() error { return startAndCancel(sealed) },
	}
	var names []string
	for name := range operations {
		names = append(names, name)
	}

	var rest sync.RWMutex // held for writing while all are at rest
	var lock sync.Mutex
	counts := map[string]*count{}
	for _, name := range names {
		counts[name] = &count{}
	}
	again := func(act func()) {
		for {
			rest.RLock()
			act()
			rest.RUnlock()
		}
	}
	operate := func() {
		name := names[rand.Intn(len(names))]
		err := operations[name]()
		lock.Lock()
		defer lock.Unlock()
		if err == nil {
			counts[name].done++
		} else {
			counts[name].failed++
		}
	}
	for i := 0; i < workers; i++ {
		go again(operate)
	}
	go again(exhaustDescriptors)
	go again(interrupt)

	lines := bufio.NewScanner(os.Stdin)
	for isRest := false; lines.Scan(); {
		if isRest {
			rest.Unlock()
		}
		if isRest = lines.Text() == "rest"; !isRest {
			continue
		}
		rest.Lock()
		runtime.GC()
		debug.FreeOSMemory()
		answer := map[string][]int{}
		for name, each := range counts {
			answer[name] = []int{each.done, each.failed}
		}
		text, _ := json.Marshal(answer)
		fmt.Println(string(text))
	}
}
