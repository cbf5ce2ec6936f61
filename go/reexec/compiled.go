// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_system && !exeseal_purego

package reexec

import _ "github.com/exeseal/exeseal/lib/reexec" // compiles lib/reexec into the program
