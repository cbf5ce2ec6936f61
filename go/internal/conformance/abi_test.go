// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package conformance

import (
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/go/internal/find"
	swig "github.com/exeseal/exeseal/go/internal/swig/seal"
	"golang.org/x/sys/unix"
)

// The sizes of version 0.1, which lib/seal/options.cc, lib/seal/capi.cc and lib/find/capi.cc assert
// too.
func TestSizes(t *testing.T) {
	for value, size := range map[any]uintptr{abi.CloneOptions{}: 112, abi.Attempt{}: 60, abi.Digest{}: 72, abi.Report{}: 1072, abi.Info{}: 368, find.Options{}: 8, find.Resolution{}: 4040} {
		if kind := reflect.TypeOf(value); kind.Size() != size {
			t.Errorf("%v has %d bytes, want %d", kind, kind.Size(), size)
		}
	}
}

// The library accepts these sizes and rejects smaller ones.
func TestLibraryRejectsSmallerSizes(t *testing.T) {
	report, text, info := make([]byte, 1072), make([]byte, 64), make([]byte, 368)
	if got := swig.Format_report(report, text); got != 0 {
		t.Errorf("Format_report: %d", got)
	}
	if got := swig.Format_report(report[:1071], text); got != -int(unix.EINVAL) {
		t.Errorf("Format_report of a short report: %d", got)
	}
	if got := swig.Inspect(0, info); got != 0 {
		t.Errorf("Inspect: %d", got)
	}
	if got := swig.Inspect(0, info[:367]); got != -int(unix.EINVAL) {
		t.Errorf("Inspect into a short info: %d", got)
	}
	options := make([]byte, 112)
	if got := swig.Clone_descriptor(-1, options, report); got != -int(unix.EBADF) {
		t.Errorf("Clone_descriptor: %d", got)
	}
	if got := swig.Clone_descriptor(-1, options[:111], report); got != -int(unix.EINVAL) {
		t.Errorf("Clone_descriptor with short options: %d", got)
	}
	if got := swig.Clone_descriptor(-1, options, report[:1071]); got != -int(unix.EINVAL) {
		t.Errorf("Clone_descriptor with a short report: %d", got)
	}
}

var member = regexp.MustCompile(`^ +(?:struct )?(\w+) (\w+)(?:\[(\w+)\])?;`)

// Compares each member of the header's structs: name, offset and size. The structs have no padding,
// so offsets are sums.
func TestMembers(t *testing.T) {
	header, err := os.ReadFile("../../../lib/include/exeseal.h")
	check(t, err)
	sizes := map[string]int{"uint64_t": 8, "uint32_t": 4, "int32_t": 4, "char": 1, "uint8_t": 1, "exeseal_attempt": 60, "exeseal_digest": 72}
	names := map[string]string{"Errno": "error"}
	for name, value := range map[string]any{
		"exeseal_clone_options": abi.CloneOptions{}, "exeseal_attempt": abi.Attempt{}, "exeseal_digest": abi.Digest{}, "exeseal_report": abi.Report{}, "exeseal_info": abi.Info{},
		"exeseal_resolve_options": find.Options{}, "exeseal_resolution": find.Resolution{},
	} {
		_, body, found := strings.Cut(string(header), "\nstruct "+name+" {\n")
		body, _, _ = strings.Cut(body, "\n};")
		kind, index, offset := reflect.TypeOf(value), 0, 0
		for _, line := range strings.Split(body, "\n") {
			match := member.FindStringSubmatch(line)
			if !found || match == nil || index == kind.NumField() {
				t.Fatalf("%s: %q", name, line)
			}
			count := 1
			if match[3] == "EXESEAL_REPORT_ATTEMPTS" {
				count = abi.ReportAttempts
			} else if match[3] == "EXESEAL_CLONE_FALLBACKS" {
				count = abi.CloneFallbacks
			} else if match[3] != "" {
				count, err = strconv.Atoi(match[3])
				check(t, err)
			}
			field := kind.Field(index)
			own := names[field.Name]
			if own == "" {
				own = strings.ToLower(field.Name)
			}
			if size := sizes[match[1]] * count; own != strings.ReplaceAll(match[2], "_", "") || int(field.Offset) != offset || int(field.Type.Size()) != size {
				t.Errorf("%s.%s: %d bytes at %d; abi has %s, %d at %d", name, match[2], size, offset, field.Name, field.Type.Size(), field.Offset)
			}
			offset += int(field.Type.Size())
			index++
		}
		if index != kind.NumField() || offset != int(kind.Size()) {
			t.Errorf("%s has %d members in %d bytes, abi %d in %d", name, index, offset, kind.NumField(), kind.Size())
		}
	}
}
