// SPDX-License-Identifier: MIT

//go:build linux && cgo

// Package lib compiles the C++ core. It has no Go interface: import go/exeseal.
//
// This folder and the folders that it imports are packages so that `go get` and `go mod vendor`
// include the core.
package lib

// #cgo CXXFLAGS: -std=gnu++20 -O2 -fvisibility=hidden -fno-exceptions -fno-rtti
// #cgo CXXFLAGS: -D_FILE_OFFSET_BITS=64 -include only_libc.h
// #cgo CXXFLAGS: -I${SRCDIR} -I${SRCDIR}/include
import "C"

import (
	_ "github.com/exeseal/exeseal/lib/find"
	_ "github.com/exeseal/exeseal/lib/launch"
	_ "github.com/exeseal/exeseal/lib/seal"
)
