// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_purego

package reexec

// #cgo exeseal_system pkg-config: exeseal-reexec
// void exeseal_reexec_before_main(int, char *[], char *[]);
import "C"

// Keeps the function in the program: without a reference from Go, the linker would drop it from a
// program that is linked with a -buildmode=c-archive library.
var beforeMain = C.exeseal_reexec_before_main

func init() { _ = beforeMain }
