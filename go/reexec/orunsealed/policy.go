// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_purego

package orunsealed

// #cgo !exeseal_system CFLAGS: -I${SRCDIR}/../../../lib/reexec
// #cgo exeseal_system pkg-config: exeseal-reexec
import "C"

import _ "github.com/exeseal/exeseal/go/reexec"
