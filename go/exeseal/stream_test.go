// SPDX-License-Identifier: MIT

//go:build linux

package exeseal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"syscall"
	"testing"
)

type readerFunc func([]byte) (int, error)

func (read readerFunc) Read(p []byte) (int, error) { return read(p) }

func countDescriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestFailingReaderReturnsItsErrorAndNoFile(t *testing.T) {
	for _, wanted := range []error{errors.New("torn"), syscall.EPIPE} {
		before := countDescriptors(t)
		report := Report{Strategy: "memfd"}
		isFirst := true
		f, err := CloneReader(readerFunc(func(p []byte) (int, error) {
			if isFirst {
				isFirst = false
				return copy(p, "half a program"), nil
			}
			return 0, wanted
		}), WithReport(&report))
		if f != nil || !errors.Is(err, wanted) {
			t.Errorf("%v, %v", f, err)
		}
		if report.Strategy != "" {
			t.Errorf("the report is that of another call: %+v", report)
		}
		if after := countDescriptors(t); after != before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	}
}

func TestPanicOfAReaderReachesTheCaller(t *testing.T) {
	before := countDescriptors(t)
	defer func() {
		if recover() != "reader" {
			t.Error("the panic did not reach the caller")
		}
		if after := countDescriptors(t); after != before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	}()
	CloneReader(readerFunc(func([]byte) (int, error) { panic("reader") }))
}

func TestCloneReaderEndsIfTheReaderCallsGoexit(t *testing.T) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		CloneReader(readerFunc(func([]byte) (int, error) { runtime.Goexit(); return 0, io.EOF }))
	}()
	<-done
}

func TestTooLongReaderIsEFBIG(t *testing.T) {
	f, err := CloneReader(bytes.NewReader(make([]byte, 1<<20)), WithMaxBytes(10))
	if f != nil || !errors.Is(err, syscall.EFBIG) {
		t.Errorf("%v, %v", f, err)
	}
}

func TestMissingPathClearsTheReport(t *testing.T) {
	report := Report{Strategy: "memfd"}
	if _, err := ClonePath("/nonexistent", WithReport(&report)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if report.Strategy != "" {
		t.Errorf("the report is that of another call: %+v", report)
	}
}
