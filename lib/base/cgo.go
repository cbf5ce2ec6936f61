// SPDX-License-Identifier: MIT

//go:build linux && cgo

// Package base has what every other folder of the core requires. cgo compiles it; it has no Go
// interface.
package base

// #cgo CXXFLAGS: -std=gnu++20 -O2 -fvisibility=hidden -fno-exceptions -fno-rtti
// #cgo CXXFLAGS: -D_FILE_OFFSET_BITS=64 -include only_libc.h -DEXESEAL_BASE_ALONE
// #cgo CXXFLAGS: -I${SRCDIR}/.. -I${SRCDIR}/../include
// #cgo 386 CXXFLAGS: -DEXESEAL_GOARCH=__i386__
// #cgo amd64 CXXFLAGS: -DEXESEAL_GOARCH=__x86_64__
// #cgo arm CXXFLAGS: -DEXESEAL_GOARCH=__arm__
// #cgo arm64 CXXFLAGS: -DEXESEAL_GOARCH=__aarch64__
// #cgo loong64 CXXFLAGS: -DEXESEAL_GOARCH=__loongarch__
// #cgo ppc64le CXXFLAGS: -DEXESEAL_GOARCH=__powerpc64__
// #cgo riscv64 CXXFLAGS: -DEXESEAL_GOARCH=__riscv
// #cgo s390x CXXFLAGS: -DEXESEAL_GOARCH=__s390x__
import "C"

import _ "github.com/exeseal/exeseal/lib/include" // the header
