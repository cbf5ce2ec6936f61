// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package conformance

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// read fills a struct with the input, and with zeros beyond its end.
func read[T any](t *testing.T, input []byte) *T {
	value := new(T)
	all := make([]byte, binary.Size(value))
	copy(all, input)
	check(t, binary.Read(bytes.NewReader(all), binary.NativeEndian, value))
	return value
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte(program))
	f.Add(elf(2, 1, 3, 62, 3, "/lib64/ld-linux-x86-64.so.2\x00"))
	f.Add(elf(1, 2, 2, 8, 3, "/lib/ld.so.1\x00"))
	f.Fuzz(func(t *testing.T, content []byte) { sameInfo(t, memfd(t, string(content), 0755, 0)) })
}

func FuzzReport(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0}, 300))
	f.Fuzz(func(t *testing.T, input []byte) { sameText(t, read[abi.Report](t, input)) })
}

func FuzzOptions(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{8, 7: 0, 8: 2, 15: 0, 24: 1, 32: 'n', 96: 2})
	f.Fuzz(func(t *testing.T, input []byte) {
		options := read[abi.CloneOptions](t, input)
		// Reclaimable puts verity first, which pure lacks and whose failure may end the clone.
		options.Flags &^= abi.CloneReclaimable
		var seen [2]outcome
		for i, b := range backends {
			report := dirty
			result := b.CloneMemory([]byte(program), options, &report)
			seen[i] = lookAt(t, b, result, &report)
		}
		compare(t, seen[0], seen[1])
	})
}
