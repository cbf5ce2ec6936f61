// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_system

// Package reexec compiles libexeseal-reexec. Import go/reexec.
package reexec

// #cgo CFLAGS: -I${SRCDIR}/../include -fvisibility=hidden -D_FILE_OFFSET_BITS=64
import "C"

import _ "github.com/exeseal/exeseal/lib" // the core
