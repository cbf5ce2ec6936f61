// SPDX-License-Identifier: MIT

//go:build linux && cgo

// Package base has what every other folder of the core requires. cgo compiles it; it has no Go
// interface.
package base

// #cgo CXXFLAGS: -std=gnu++20 -O2 -fvisibility=hidden -fno-exceptions -fno-rtti
// #cgo CXXFLAGS: -D_FILE_OFFSET_BITS=64 -U_GLIBCXX_ASSERTIONS -DEXESEAL_BASE_ALONE
// #cgo CXXFLAGS: -I${SRCDIR}/.. -I${SRCDIR}/../include
import "C"

import _ "github.com/exeseal/exeseal/lib/include" // the header
