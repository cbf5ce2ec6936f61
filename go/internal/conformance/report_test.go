// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package conformance

import (
	"math"
	"strings"
	"testing"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

func upTo(end uint32) []uint32 {
	var list []uint32
	for i := uint32(0); i < end; i++ {
		list = append(list, i)
	}
	return list
}

func sameText(t *testing.T, report *abi.Report) {
	t.Helper()
	core, pure := backends[0].FormatReport(report), backends[1].FormatReport(report)
	if core != pure {
		t.Errorf("core %q\npure %q", core, pure)
	}
}

func TestTextOfEveryAttempt(t *testing.T) {
	errnos := []int32{math.MinInt32, -1, 512, 4095, math.MaxInt32}
	for errno := int32(0); errno < 200; errno++ {
		errnos = append(errnos, errno)
	}
	for _, strategy := range append(upTo(uint32(len(abi.StrategyNames))+1), math.MaxUint32) {
		for _, step := range append(upTo(uint32(len(abi.StepNames))+1), math.MaxUint32) {
			for _, errno := range errnos {
				report := abi.Report{Attempts: 1}
				report.Attempt[0] = abi.Attempt{Strategy: strategy, Step: step, Errno: errno}
				sameText(t, &report)
				core, pure := backends[0].Advice(strategy, step, errno), backends[1].Advice(strategy, step, errno)
				if core != pure {
					t.Errorf("advice of core %q\npure %q", core, pure)
				}
			}
		}
	}
	for _, errno := range errnos {
		core, inCore := backends[0].ErrnoName(errno)
		pure, inPure := backends[1].ErrnoName(errno)
		if core != pure || inCore != inPure {
			t.Errorf("errno %d: core %q %v, pure %q %v", errno, core, inCore, pure, inPure)
		}
	}
}

func TestTextOfEveryOutcome(t *testing.T) {
	for _, strategy := range append(upTo(uint32(len(abi.StrategyNames))+1), math.MaxUint32) {
		for _, evidence := range append(upTo(uint32(len(abi.EvidenceNames))+1), math.MaxUint32) {
			for _, guarantees := range []uint64{0, 1, 2, 127, 1 << 7, 1<<7 | 1, 1 << 63, math.MaxUint64} {
				for _, number := range []uint64{0, 1, math.MaxInt64, math.MaxUint64} {
					sameText(t, &abi.Report{Strategy: strategy, Evidence: evidence, Guarantees: guarantees, Bytes: number, HugeBytes: number, Retries: uint32(number)})
				}
			}
		}
	}
}

func TestTextOfManyAttempts(t *testing.T) {
	for _, count := range []uint32{0, 1, 15, 16, 17, 100, math.MaxInt32, math.MaxUint32} {
		report := abi.Report{Attempts: count, Strategy: abi.StrategyMemfd}
		for i := range report.Attempt {
			report.Attempt[i] = abi.Attempt{Strategy: abi.StrategyTmpfile, Step: abi.StepCreate, Errno: int32(i) * int32(unix.EACCES)}
			copy(report.Attempt[i].Where[:], strings.Repeat("w", 3*i))
		}
		sameText(t, &report)
	}
}

func TestTextOfHostilePlaces(t *testing.T) {
	places := []string{"", "/tmp", "\x1b[2J", "a\nmemfd: done: forged", "\x7f\x80\xff", "später", strings.Repeat("x", 47), strings.Repeat("x", 48), "a\x00b", "\x00b", "~ !"}
	for c := 0; c < 256; c++ {
		places = append(places, "a"+string([]byte{byte(c)})+"b")
	}
	for _, place := range places {
		report := abi.Report{Attempts: 1}
		report.Attempt[0] = abi.Attempt{Step: abi.StepSource, Errno: int32(unix.EIO)}
		copy(report.Attempt[0].Where[:], place)
		sameText(t, &report)
	}
}
