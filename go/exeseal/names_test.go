// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"fmt"
	"testing"

	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/internal/abi"
)

// The constants are written by hand, and the core's names are generated.
func TestConstantsAreTheNamesOfTheCore(t *testing.T) {
	strategies := []exeseal.Strategy{
		exeseal.StrategyNone, exeseal.StrategyReuse, exeseal.StrategyMemfd, exeseal.StrategyTmpfile, exeseal.StrategyTmpfs,
		exeseal.StrategyOverlay, exeseal.StrategyBind, exeseal.StrategyVerity,
	}
	equal(t, "strategies", fmt.Sprint(strategies), fmt.Sprint(abi.StrategyNames))
	equal(t, "Strategies", fmt.Sprint(exeseal.Strategies()), fmt.Sprint(abi.StrategyNames[1:]))
	evidence := []exeseal.Evidence{
		exeseal.EvidenceNone, exeseal.EvidenceTimes, exeseal.EvidenceLease, exeseal.EvidenceSeals, exeseal.EvidenceRunning,
		exeseal.EvidenceMemory, exeseal.EvidenceSnapshot, exeseal.EvidenceVerity,
	}
	equal(t, "evidence", fmt.Sprint(evidence), fmt.Sprint(abi.EvidenceNames))
}
