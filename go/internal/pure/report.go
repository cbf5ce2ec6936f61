// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"math/bits"
	"strconv"
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

func (Backend) ErrnoName(errno int32) (string, bool) {
	name := errnoNames[unix.Errno(errno)]
	return name, name != ""
}

// Advice returns "" if there is no advice.
func (Backend) Advice(strategy, step uint32, errno int32) string {
	return advice(strategy, step, unix.Errno(errno))
}

func lowestName(mask uint64) string { return abi.GuaranteeNames[bits.TrailingZeros64(mask)] }

// FormatReport returns the text that exeseal_report_format writes.
func (Backend) FormatReport(report *abi.Report) string {
	var text strings.Builder
	if report.Strategy != abi.StrategyNone {
		writeOutcome(&text, report)
	}
	for i := uint32(0); i < min(report.Attempts, abi.ReportAttempts); i++ {
		if report.Attempt[i].Errno != 0 {
			writeAttempt(&text, report, i)
		}
	}
	if report.Attempts > abi.ReportAttempts {
		text.WriteString(strconv.FormatUint(uint64(report.Attempts-abi.ReportAttempts), 10) + " more attempts were not recorded\n")
	}
	return text.String()
}

func writeOutcome(text *strings.Builder, report *abi.Report) {
	text.WriteString("cloned by " + abi.Name(abi.StrategyNames, report.Strategy) + ": ")
	text.WriteString(strconv.FormatUint(report.Bytes, 10) + " bytes, ")
	if report.HugeBytes != 0 {
		text.WriteString(strconv.FormatUint(report.HugeBytes, 10) + " of them in huge pages, ")
	}
	text.WriteString("guarantees " + guaranteeList(report.Guarantees))
	text.WriteString(", evidence " + abi.Name(abi.EvidenceNames, report.Evidence))
	if report.Retries != 0 {
		text.WriteString(", retries " + strconv.FormatUint(uint64(report.Retries), 10))
	}
	if report.Digest.Algorithm != 0 {
		text.WriteString(", digest " + report.Digest.String())
	}
	text.WriteString("\n")
}

func guaranteeList(mask uint64) string {
	var names []string
	for bit, name := range abi.GuaranteeNames {
		if mask>>bit&1 != 0 {
			names = append(names, name)
		}
	}
	if mask == 0 {
		return "none"
	}
	return strings.Join(names, ",")
}

func adviceFor(attempt *abi.Attempt) string {
	if attempt.Errno == 0 {
		return ""
	}
	return advice(attempt.Strategy, attempt.Step, unix.Errno(attempt.Errno))
}

// newAdviceFor returns the advice for an attempt, unless an earlier one has it: strategies often
// fail for one reason.
func newAdviceFor(report *abi.Report, index uint32) string {
	found := adviceFor(&report.Attempt[index])
	for i := uint32(0); i < index; i++ {
		if adviceFor(&report.Attempt[i]) == found {
			return ""
		}
	}
	return found
}

func writeAttempt(text *strings.Builder, report *abi.Report, index uint32) {
	attempt := &report.Attempt[index]
	if attempt.Strategy != abi.StrategyNone {
		text.WriteString(abi.Name(abi.StrategyNames, attempt.Strategy) + ": ")
	}
	errno := unix.Errno(attempt.Errno)
	text.WriteString(abi.Name(abi.StepNames, attempt.Step) + ": " + errnoName(errno))
	if where := abi.Text(attempt.Where[:]); where != "" {
		text.WriteString(" (" + printable(where) + ")")
	}
	if help := newAdviceFor(report, index); help != "" {
		text.WriteString(": " + help)
	}
	text.WriteString("\n")
}

// printable replaces characters that would control a terminal or forge a line with '?'.
func printable(text string) string {
	shown := []byte(text)
	for i, c := range shown {
		if c < ' ' || c > '~' {
			shown[i] = '?'
		}
	}
	return string(shown)
}

func errnoName(errno unix.Errno) string {
	if name := errnoNames[errno]; name != "" {
		return name
	}
	return "errno " + strconv.FormatUint(uint64(uint32(errno)), 10)
}
