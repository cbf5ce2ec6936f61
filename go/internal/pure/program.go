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

// The running program, as in lib/program.cc: which file it is, and what its thread is called.

const (
	linkOfMemfd = "/memfd:"
	linkDeleted = " (deleted)"
)

// isDeletedFile is false if nothing is known, and for a memfd: that has no name to lose, and may yet be changed.
func isDeletedFile(link string) bool {
	return strings.HasSuffix(link, linkDeleted) && !strings.HasPrefix(link, linkOfMemfd)
}

// auxiliaryVector has the entries that the program was started with, as a loader has left them: /proc/self/auxv has the kernel's, which are the
// loader's own if it was executed with the program as its argument. The runtime keeps this function for other packages (go.dev/issue/57336).
//
//go:linkname auxiliaryVector runtime.getAuxv
func auxiliaryVector() []uintptr

// auxiliary is what getauxval(3) gives.
func auxiliary(key uintptr) uintptr {
	vector := auxiliaryVector()
	for at := 0; at+1 < len(vector); at += 2 {
		if vector[at] == key {
			return vector[at+1]
		}
	}
	return 0
}

// kernelMemory is where the kernel or a loader has put something: not Go's, so it stays there.
func kernelMemory(address uintptr) *byte { return *(**byte)(unsafe.Pointer(&address)) }

const (
	auxHeaders     = 3  // AT_PHDR
	auxHeaderCount = 5  // AT_PHNUM
	auxStartedAs   = 31 // AT_EXECFN
)

// isOwnFile is false if a loader or an emulator runs this program: /proc/self/exe is that then. It goes by the program headers, which whoever
// started the program hands to it.
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

// startedFrom is the number of the descriptor that execute.File has started this program from, by its path or by execveat(2). -1: it was started
// in another way.
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

const threadName = 16 // with the NUL

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

// giveNameBack gives the thread the memfd's name: Linux names a program that was started by /proc/self/fd/N "N".
func giveNameBack(running int) {
	number := startedFrom()
	name, isNamed := strings.CutPrefix(linkOf(running), linkOfMemfd)
	if isNamed && number >= 0 && number == parseNumber(getThreadName()) {
		setThreadName(strings.TrimSuffix(name, linkDeleted))
	}
}
