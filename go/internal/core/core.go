// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

// Package core calls the C++ core through SWIG, for sealing and inspecting.
package core

import (
	"runtime"
	"unsafe"

	"github.com/exeseal/exeseal/go/internal/abi"
	swig "github.com/exeseal/exeseal/go/internal/swig/seal"
)

// Backend calls the core. Its functions return a value >= 0 or -errno.
type Backend struct{}

// bytesOf returns a struct as the bytes that are passed to C. The struct must be an object of its
// own, because cgo checks the whole enclosing object for Go pointers.
func bytesOf[T abi.CloneOptions | abi.Report | abi.Info](value *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(value)), unsafe.Sizeof(*value))
}

func (Backend) Clone(fd int, options *abi.CloneOptions, report *abi.Report) int {
	own := *options
	return swig.Clone_descriptor(fd, bytesOf(&own), bytesOf(report))
}

func (Backend) CloneSelf(options *abi.CloneOptions, report *abi.Report) int {
	own := *options
	return swig.Clone_self(bytesOf(&own), bytesOf(report))
}

func (Backend) CloneMemory(memory []byte, options *abi.CloneOptions, report *abi.Report) int {
	own := *options
	var pinner runtime.Pinner // keeps the memory at its address and off the stack, which moves
	defer pinner.Unpin()
	var address uintptr
	if len(memory) > 0 {
		pinner.Pin(&memory[0])
		address = uintptr(unsafe.Pointer(&memory[0]))
	}
	return swig.Clone_memory(address, int64(len(memory)), bytesOf(&own), bytesOf(report))
}

func (Backend) Probe(strategy uint32, report *abi.Report) int {
	return swig.Probe(uint(strategy), bytesOf(report))
}

func (Backend) Inspect(fd int, info *abi.Info) int {
	return swig.Inspect(fd, bytesOf(info))
}

func (Backend) InspectSelf(info *abi.Info) int {
	return swig.Inspect_self(bytesOf(info))
}

func (Backend) FormatReport(report *abi.Report) string {
	own, text := *report, make([]byte, 8192)
	length := swig.Format_report(bytesOf(&own), text)
	return string(text[:max(0, min(length, len(text)-1))])
}

// ErrnoName returns false if the number has no name.
func (Backend) ErrnoName(errno int32) (string, bool) {
	text := make([]byte, 64)
	length := swig.Errno_name(int(errno), text)
	return string(text[:max(0, length)]), length >= 0
}

// Advice returns "" if there is no advice.
func (Backend) Advice(strategy, step uint32, errno int32) string {
	text := make([]byte, 1024)
	return string(text[:max(0, swig.Advice(uint(strategy), uint(step), int(errno), text))])
}
