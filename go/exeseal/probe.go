// SPDX-License-Identifier: MIT

package exeseal

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Strategies returns the names of all strategies, as reports show them: "reuse", "memfd",
// "tmpfile", "tmpfs", "overlay", "bind" and "verity".
func Strategies() []string {
	return append([]string(nil), abi.StrategyNames[1:]...) // without "none"
}

// Probe reports whether a strategy works on this host for this process. It uses the strategy once
// and discards the result: overlay and bind make a view of the running program, the others copy a
// few bytes. From Linux 6.14 on it also checks whether the kernel's policies permit the result to
// be executed.
//
// The report contains the guarantees, or the failed step with advice. Without the C++ core only
// reuse and memfd work.
func Probe(strategy string) (Report, error) {
	if !isSupported {
		return Report{}, errors.ErrUnsupported
	}
	number := indexOf(Strategies(), strategy)
	if number < 0 {
		return Report{}, fmt.Errorf("exeseal: unknown strategy %q; use one of: %s", strategy, strings.Join(Strategies(), ", "))
	}
	var raw abi.Report
	result := backend.Probe(uint32(1+number), &raw)
	report := newReport(&raw)
	if result < 0 {
		return report, &Error{Op: "probe", Name: strategy, Errno: syscall.Errno(-result), Report: report}
	}
	return report, nil
}
