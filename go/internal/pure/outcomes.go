// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"math"
	"slices"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

type next int

const (
	stop next = iota
	nextDirectory
	nextStrategy
)

const anyStep = math.MaxUint32

// outcome is a row of a strategy's table (lib/seal/strategy.h) or of lib/base/advice.cc. Without
// errnos the row matches every errno.
type outcome struct {
	step   uint32
	errnos []unix.Errno
	next   next
	advice string
}

func ownOutcomes(strategy uint32) []outcome {
	if uint64(strategy) >= uint64(len(outcomes)) {
		return nil
	}
	return outcomes[strategy]
}

// whatFollows is what_follows in lib/seal/strategies/strategies.cc.
func whatFollows(strategy uint32, f failure) next {
	for _, table := range [][]outcome{ownOutcomes(strategy), everyOutcomes} {
		for _, row := range table {
			if row.step == f.step && slices.Contains(row.errnos, f.errno) {
				return row.next
			}
		}
	}
	return stop
}

func findAdvice(table []outcome, step uint32, errno unix.Errno) string {
	for _, row := range table {
		if row.step == step && row.advice != "" && (row.errnos == nil || slices.Contains(row.errnos, errno)) {
			return row.advice
		}
	}
	return ""
}

// advice searches the tables in the same order as lib/base/advice.cc.
func advice(strategy, step uint32, errno unix.Errno) string {
	own := ownOutcomes(strategy)
	text := findAdvice(adviceAtAnyStep, anyStep, errno)
	if text == "" {
		text = findAdvice(own, step, errno)
	}
	if text == "" {
		text = findAdvice(everyOutcomes, step, errno)
	}
	if text == "" {
		text = findAdvice(own, anyStep, errno)
	}
	if text == "" {
		text = findAdvice(adviceOfAnyStrategy, step, errno)
	}
	if text == "" && strategy == abi.StrategyNone {
		text = findAdvice(adviceOfNoStrategy, step, errno)
	}
	return text
}
