// SPDX-License-Identifier: MIT
// Calls the parts of the benchmark that are in C.

//go:build linux

package main

// #include <stdlib.h>
// #include "native.h"
import "C"

import (
	"os"
	"syscall"
	"unsafe"
)

// start starts the program in the file and waits for its end: vfork(2), execveat(2), wait(2).
func start(file *os.File, arguments ...string) (float64, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	argv := make([]*C.char, len(arguments)+1)
	for i, argument := range arguments {
		argv[i] = C.CString(argument)
		defer C.free(unsafe.Pointer(argv[i]))
	}
	pinned := C.malloc(C.size_t(len(argv)) * C.size_t(unsafe.Sizeof(argv[0])))
	defer C.free(pinned)
	copy(unsafe.Slice((**C.char)(pinned), len(argv)), argv)
	took := float64(C.bench_start(C.int(file.Fd()), (**C.char)(pinned), C.int(null.Fd())))
	if took < 0 {
		return 0, syscall.Errno(-took)
	}
	return took, nil
}

// setAndCopy measures the least that a copy into fresh pages costs. Both slices have the same
// length.
func setAndCopy(to, from []byte) float64 {
	return float64(C.bench_memory(unsafe.Pointer(&to[0]), unsafe.Pointer(&from[0]), C.size_t(len(from))))
}

// mapLatencies returns the times of mmap(2) and munmap(2) of a page during this many milliseconds.
func mapLatencies(duration float64) []float64 {
	const room = 100000
	took := (*C.double)(C.malloc(room * C.size_t(unsafe.Sizeof(C.double(0)))))
	defer C.free(unsafe.Pointer(took))
	count := C.bench_maps(took, room, C.double(duration))
	latencies := make([]float64, count)
	for i, value := range unsafe.Slice(took, count) {
		latencies[i] = float64(value)
	}
	return latencies
}

// whileForking runs the function while another thread forks children that hold this process's
// mappings.
func whileForking(function func()) {
	ended := make(chan struct{})
	go func() {
		C.bench_fork()
		close(ended)
	}()
	function()
	C.bench_stop_forking()
	<-ended
}
