// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unsafe"

	"github.com/exeseal/exeseal/go/internal/execute"
	"golang.org/x/sys/unix"
)

// This file identifies the running program and names its thread, like lib/program.cc.

const (
	linkOfMemfd = "/memfd:"
	linkDeleted = " (deleted)"
)

// isDeletedFile returns false if the link is unknown, and for a memfd: a memfd never has a name,
// and an unsealed memfd can still be changed.
func isDeletedFile(link string) bool {
	return strings.HasSuffix(link, linkDeleted) && !strings.HasPrefix(link, linkOfMemfd)
}

// auxiliaryVector returns the entries that the program was started with, as a loader has left them.
// /proc/self/auxv would have the kernel's entries, which are the loader's own if the loader was
// executed with the program as its argument. The Go runtime keeps this function for other packages
// (go.dev/issue/57336).
//
//go:linkname auxiliaryVector runtime.getAuxv
func auxiliaryVector() []uintptr

// auxiliary returns the value that getauxval(3) returns.
func auxiliary(key uintptr) uintptr {
	vector := auxiliaryVector()
	for at := 0; at+1 < len(vector); at += 2 {
		if vector[at] == key {
			return vector[at+1]
		}
	}
	return 0
}

// kernelMemory returns an address to which the kernel or a loader has written. Go does not manage
// this memory, so it never moves.
func kernelMemory(address uintptr) *byte { return *(**byte)(unsafe.Pointer(&address)) }

const (
	auxHeaders     = 3  // AT_PHDR
	auxHeaderCount = 5  // AT_PHNUM
	auxStartedAs   = 31 // AT_EXECFN
)

// isOwnFile returns false if a loader or an emulator runs this program, because /proc/self/exe is
// that loader or emulator then. It compares the program headers in memory, which the loader passes
// to the program, with those in the file.
func isOwnFile(fd int) bool {
	address, count := auxiliary(auxHeaders), int(auxiliary(auxHeaderCount))
	ident := make([]byte, elf.EI_NIDENT)
	if address == 0 || !readWhole(fd, ident, 0) || string(ident[:len(elf.ELFMAG)]) != elf.ELFMAG {
		return false
	}
	layout, known := layouts[elf.Class(ident[elf.EI_CLASS])]
	header := make([]byte, layout.fileHeader)
	if !known || !readWhole(fd, header, 0) || int(binary.NativeEndian.Uint16(header[layout.phnum:])) != count {
		return false
	}
	var offset uint64
	if layout.wordSize == 4 {
		offset = uint64(binary.NativeEndian.Uint32(header[layout.phoff:]))
	} else {
		offset = binary.NativeEndian.Uint64(header[layout.phoff:])
	}
	own := unsafe.Slice(kernelMemory(address), count*layout.programHeader)
	inFile := make([]byte, len(own))
	return offset <= math.MaxInt64 && readWhole(fd, inFile, offset) && bytes.Equal(own, inFile)
}

// startedFrom returns the number of the descriptor from which execute.File started this program, by
// its path or by execveat(2). It returns -1 if the program was started in another way.
func startedFrom() int {
	path := auxiliary(auxStartedAs)
	if path == 0 {
		return -1
	}
	started := unix.BytePtrToString(kernelMemory(path))
	for _, directory := range []string{execute.Directory, "/dev/fd/"} {
		if number, ok := strings.CutPrefix(started, directory); ok {
			return parseNumber(number)
		}
	}
	return -1
}

func parseNumber(digits string) int {
	number, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return number
}

const threadName = 16 // including the NUL

func getThreadName() string {
	var name [threadName]byte
	if unix.Prctl(unix.PR_GET_NAME, uintptr(unsafe.Pointer(&name)), 0, 0, 0) != nil {
		return ""
	}
	return unix.ByteSliceToString(name[:])
}

func setThreadName(name string) {
	var field [threadName]byte
	copy(field[:threadName-1], name)
	unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&field)), 0, 0, 0)
}

// giveNameBack names the thread like the memfd: Linux names a program that was started by
// /proc/self/fd/N "N".
func giveNameBack(running int) {
	number := startedFrom()
	name, isNamed := strings.CutPrefix(linkOf(running), linkOfMemfd)
	if isNamed && number >= 0 && number == parseNumber(getThreadName()) {
		setThreadName(strings.TrimSuffix(name, linkDeleted))
	}
}
