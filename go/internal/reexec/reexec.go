// SPDX-License-Identifier: MIT

//go:build linux

// Package reexec is the init function of go/reexec and go/reexec/orunsealed for builds without cgo.
// It does what lib/reexec/before_main.c does and prints the same texts.
package reexec

import (
	"os"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/go/internal/pure"
)

const refused = 126 // EXESEAL_REEXEC_REFUSED

// Run returns in a sealed copy of the program. If there can be no copy, it returns only with
// orUnsealed.
func Run(orUnsealed bool) {
	argv := os.Args
	if len(argv) == 0 {
		argv = []string{""}
	}
	var report abi.Report
	if (pure.Backend{}).ReexecSelf(argv, os.Environ(), &report) == 0 {
		return
	}
	consequence := ", so it was not started"
	if orUnsealed {
		consequence = " and runs unsealed"
	}
	// Do not use os.Stderr: if its reader is gone, a write would end the program with SIGPIPE.
	text := "exeseal: this program cannot be sealed" + consequence + "\n" + pure.Backend{}.FormatReport(&report)
	syscall.Write(syscall.Stderr, []byte(text))
	if !orUnsealed {
		os.Exit(refused)
	}
}
