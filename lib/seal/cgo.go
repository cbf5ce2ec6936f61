// SPDX-License-Identifier: MIT

//go:build linux && cgo

// Package seal is the part of the core that seals and inspects. cgo compiles it; it has no Go
// interface.
package seal

// #cgo CXXFLAGS: -std=gnu++20 -O2 -fvisibility=hidden -fno-exceptions -fno-rtti
// #cgo CXXFLAGS: -D_FILE_OFFSET_BITS=64 -include only_libc.h
// #cgo CXXFLAGS: -I${SRCDIR}/.. -I${SRCDIR}/../include
import "C"

import (
	_ "github.com/exeseal/exeseal/lib/base"
	_ "github.com/exeseal/exeseal/lib/seal/strategies"
)
