// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_purego && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package find

import (
	"strings"
	"syscall"
	"unsafe"

	swig "github.com/exeseal/exeseal/go/internal/swig/find"
)

// longestWhy is enough for a few dozens of refused candidates: the library cuts what is longer.
const longestWhy = 8192

// Program searches. The texts of the query have no NUL.
func Program(query Query) (Found, syscall.Errno) {
	var options Options
	if query.Script {
		options.Flags |= ResolveScript
	}
	var resolution Resolution
	why := make([]byte, longestWhy)
	fd := swig.Resolve(withNUL(query.Name), withNUL(query.Directories), withNUL(query.Path), bytesOf(&options), bytesOf(&resolution), why)
	if fd < 0 {
		return Found{Why: text(why)}, syscall.Errno(-fd)
	}
	return Found{
		FD:       fd,
		Path:     text(resolution.Path[:]),
		Resolved: text(resolution.Resolved[:]),
		Wrapper:  resolution.Flags&ResolutionWrapper != 0,
		Why:      text(why),
	}, 0
}

// bytesOf is a struct as the bytes that cross to C.
func bytesOf[T Options | Resolution](value *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(value)), unsafe.Sizeof(*value))
}

// withNUL is a text as C has it.
func withNUL(text string) []byte { return append([]byte(text), 0) }

// text is what stands before the first NUL.
func text(field []byte) string {
	before, _, _ := strings.Cut(string(field), "\x00")
	return before
}
