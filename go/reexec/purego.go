// SPDX-License-Identifier: MIT

//go:build linux && (!cgo || exeseal_purego)

package reexec

import "github.com/exeseal/exeseal/go/internal/reexec"

func init() { reexec.Run(false) }
