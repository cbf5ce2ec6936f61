// SPDX-License-Identifier: MIT

package exeseal

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Strategies lists the ways to seal by the names that reports have: "reuse", "memfd", "tmpfile", "tmpfs", "overlay", "bind" and "verity".
func Strategies() []string {
	return append([]string(nil), abi.StrategyNames[1:]...) // but "none"
}

// Probe tells whether a strategy works here, for this process, by doing it once and throwing the result away: overlay and bind show the running
// program, the others copy a few bytes. From Linux 6.14 on the kernel is asked too whether its policies let the result be executed.
//
// The report has the guarantees, or what failed and what can be done about it. Without the C++ core reuse and memfd alone work.
func Probe(strategy string) (Report, error) {
	if !isSupported {
		return Report{}, errors.ErrUnsupported
	}
	number := indexOf(Strategies(), strategy)
	if number < 0 {
		return Report{}, fmt.Errorf("exeseal: there is no strategy %q; there are: %s", strategy, strings.Join(Strategies(), ", "))
	}
	var raw abi.Report
	result := backend.Probe(uint32(1+number), &raw)
	report := newReport(&raw)
	if result < 0 {
		return report, &Error{Op: "probe", Name: strategy, Errno: syscall.Errno(-result), Report: report}
	}
	return report, nil
}
