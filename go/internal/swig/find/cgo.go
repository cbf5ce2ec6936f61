// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

// Package find is the code that SWIG generates from bindings/find.i.
package find

// #cgo !exeseal_system CFLAGS: -I${SRCDIR}/../../../../lib/include
// #cgo exeseal_system pkg-config: exeseal
import "C"
