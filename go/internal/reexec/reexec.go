// SPDX-License-Identifier: MIT

//go:build linux

// Package reexec is what go/reexec and go/reexec/orunsealed do in their init() where there is no cgo: what lib/reexec/before_main.c
// does, and with its words.
package reexec

import (
	"os"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/go/internal/pure"
)

const refused = 126 // EXESEAL_REEXEC_REFUSED

// Run returns in a sealed copy of the program, and with orUnsealed where there can be none.
func Run(orUnsealed bool) {
	argv := os.Args
	if len(argv) == 0 {
		argv = []string{""}
	}
	var report abi.Report
	if (pure.Backend{}).ReexecSelf(argv, os.Environ(), &report) == 0 {
		return
	}
	consequence := "does not run unsealed"
	if orUnsealed {
		consequence = "runs unsealed"
	}
	// Not os.Stderr: where nobody reads it any more, that ends the program by SIGPIPE.
	text := "exeseal: this program cannot be sealed, and " + consequence + "\n" + pure.Backend{}.FormatReport(&report)
	syscall.Write(syscall.Stderr, []byte(text))
	if !orUnsealed {
		os.Exit(refused)
	}
}
