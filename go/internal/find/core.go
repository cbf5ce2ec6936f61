// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_purego && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package find

import (
	"strings"
	"syscall"
	"unsafe"

	swig "github.com/exeseal/exeseal/go/internal/swig/find"
)

// longestWhy has room for dozens of refused candidates. The library cuts a longer text.
const longestWhy = 8192

// Program searches for a program. The texts of the query must not contain NUL.
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

// bytesOf returns a struct as the bytes that are passed to C.
func bytesOf[T Options | Resolution](value *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(value)), unsafe.Sizeof(*value))
}

// withNUL returns a text as a C string.
func withNUL(text string) []byte { return append([]byte(text), 0) }

// text returns the part before the first NUL.
func text(field []byte) string {
	before, _, _ := strings.Cut(string(field), "\x00")
	return before
}
