// SPDX-License-Identifier: MIT

package exeseal

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Strategies returns all strategies except [StrategyNone].
func Strategies() []Strategy {
	names := abi.StrategyNames[1:] // without "none"
	strategies := make([]Strategy, len(names))
	for i, name := range names {
		strategies[i] = Strategy(name)
	}
	return strategies
}

// Probe reports whether a strategy works on this host for this process. It uses the strategy once
// and discards the result: overlay and bind make a view of the running program, the others copy a
// few bytes. From Linux 6.14 on it also checks whether the kernel's policies permit the result to
// be executed. While it checks, C code in other threads cannot create threads (EAGAIN); the Go
// runtime tries again.
//
// The report contains the guarantees, or the failed step with advice. Without the C++ core, tmpfs,
// bind and verity fail with ENOSYS.
func Probe(strategy Strategy) (Report, error) {
	if !isSupported {
		return Report{}, errors.ErrUnsupported
	}
	number := indexOf(abi.StrategyNames, string(strategy))
	if number <= abi.StrategyNone {
		return Report{}, fmt.Errorf("exeseal: unknown strategy %q; use one of: %s", strategy, strings.Join(abi.StrategyNames[1:], ", "))
	}
	var raw abi.Report
	start := time.Now()
	result := backend.Probe(uint32(number), &raw)
	report := newReport(&raw, start)
	if result < 0 {
		return report, &Error{Op: "probe", Name: string(strategy), Errno: syscall.Errno(-result), Report: report}
	}
	return report, nil
}
