// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

// Package seal is the code that SWIG generates from bindings/seal.i.
package seal

// #cgo !exeseal_system CFLAGS: -I${SRCDIR}/../../../../lib/include
// #cgo exeseal_system pkg-config: exeseal
import "C"
