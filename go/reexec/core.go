// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_purego

package reexec

// #cgo exeseal_system pkg-config: exeseal-reexec
// void exeseal_reexec_before_main(int, char *[], char *[]);
import "C"

// Without a reference from Go the linker would leave it out of a program that is linked with a -buildmode=c-archive.
var beforeMain = C.exeseal_reexec_before_main

func init() { _ = beforeMain }
