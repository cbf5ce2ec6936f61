// SPDX-License-Identifier: MIT

package exeseal

import (
	"strings"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Report is what was tried, in order, and what came out.
type Report struct {
	Strategy   string     // the one that worked, of Strategies; "none" after a failure
	Guarantees Guarantees // of the result
	Evidence   string     // how it is known that the source kept still: "none", "times", "lease", "seals", "running", "memory", "snapshot" or "verity"
	Bytes      int64      // size of the result
	HugeBytes  int64      // how many of them strategy memfd put into huge pages; 0 of other strategies, of which it is not known
	Digest     string     // of what strategy verity gave, as fsverity(1) prints it: "sha256:…"; else ""
	Retries    int        // copies made again, and waits for who still held the writer or a page
	Attempts   []Attempt  // all that were recorded, at most 16

	text string
}

// Attempt is one try of one strategy in one place.
type Attempt struct {
	Strategy string        // "none" if the failure came before any was tried
	Step     string        // where it ended; "done" if it worked
	Errno    syscall.Errno // 0 if it worked
	Where    string        // the directory, knob or object that it concerns
	Advice   string        // what can be done about it; "" if there is no advice
}

// String has a line for what came out, and one for each failed attempt with what can be done about it.
func (r Report) String() string { return r.text }

func newReport(raw *abi.Report) Report {
	report := Report{
		Strategy:   abi.Name(abi.StrategyNames, raw.Strategy),
		Guarantees: Guarantees(raw.Guarantees),
		Evidence:   abi.Name(abi.EvidenceNames, raw.Evidence),
		Bytes:      int64(raw.Bytes),
		HugeBytes:  int64(raw.HugeBytes),
		Digest:     raw.Digest.String(),
		Retries:    int(raw.Retries),
		text:       strings.TrimSuffix(backend.FormatReport(raw), "\n"),
	}
	for _, attempt := range raw.Attempt[:min(raw.Attempts, abi.ReportAttempts)] {
		report.Attempts = append(report.Attempts, newAttempt(attempt))
	}
	return report
}

func newAttempt(raw abi.Attempt) Attempt {
	attempt := Attempt{
		Strategy: abi.Name(abi.StrategyNames, raw.Strategy),
		Step:     abi.Name(abi.StepNames, raw.Step),
		Errno:    syscall.Errno(raw.Errno),
		Where:    abi.Text(raw.Where[:]),
	}
	if raw.Errno != 0 {
		attempt.Advice = backend.Advice(raw.Strategy, raw.Step, raw.Errno)
	}
	return attempt
}

// Error is a failure to seal, inspect or execute. errors.Is compares it with its errno.
type Error struct {
	Op     string        // "clone", "probe", "inspect" or "exec"
	Name   string        // of a clone, the result's, which is the source's unless WithName gave another; of a probe, the strategy's
	Errno  syscall.Errno // what the failure comes down to
	Report Report        // every attempt
}

// Error has one line: strategy, step, errno and place of each attempt, and each advice once.
func (e *Error) Error() string {
	text := "exeseal: " + e.Op
	if e.Name != "" {
		text += " " + e.Name
	}
	text += ": " + e.Errno.Error()
	if details := e.Report.oneLine(); details != "" {
		text += ": " + details
	}
	return text
}

// oneLine leaves out the advice that an earlier line has given.
func (r Report) oneLine() string {
	lines := strings.Split(r.text, "\n")
	isGiven := map[string]bool{}
	for i, line := range lines {
		advice := r.adviceOf(line)
		if isGiven[advice] {
			lines[i] = strings.TrimSuffix(line, advice)
		}
		isGiven[advice] = advice != ""
	}
	return strings.Join(lines, "; ")
}

// adviceOf is the end of a line that is an attempt's advice, with the colon before it.
func (r Report) adviceOf(line string) string {
	for _, attempt := range r.Attempts {
		if advice := ": " + attempt.Advice; attempt.Advice != "" && strings.HasSuffix(line, advice) {
			return advice
		}
	}
	return ""
}

// Unwrap gives the errno.
func (e *Error) Unwrap() error { return e.Errno }
