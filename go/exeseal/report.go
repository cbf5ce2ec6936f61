// SPDX-License-Identifier: MIT

package exeseal

import (
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Report describes the attempts of a clone, in order, and the result.
type Report struct {
	// Strategy is the strategy that worked; [StrategyNone] after a failure.
	Strategy Strategy

	// Guarantees are those of the result.
	Guarantees Guarantees

	// Evidence is how it is known that the source did not change while it was read. [EvidenceNone] and
	// [EvidenceTimes] do not give [Stable].
	Evidence Evidence

	// Bytes is the size of the result.
	Bytes int64

	// HugeBytes is how many bytes strategy memfd put into huge pages, at least. For other
	// strategies the number is unknown and the field is 0.
	HugeBytes int64

	// Digest is the fs-verity digest of a result of strategy verity, as fsverity(1) prints it:
	// "sha256:…". Otherwise it is "".
	Digest string

	// Duration is how long the call took, including the reading of the source and the check of
	// [WithSHA256].
	Duration time.Duration

	// Retries counts repeated copies, and waits for a process that still held the writer or a page.
	Retries int

	// Attempts are the recorded attempts, at most 16.
	Attempts []Attempt

	text string
}

// Attempt is one attempt of one strategy in one place.
type Attempt struct {
	Strategy Strategy      // StrategyNone if the failure came before any strategy was tried
	Step     string        // the step that failed; "done" if the attempt worked
	Errno    syscall.Errno // 0 if the attempt worked
	Where    string        // the directory, kernel setting or object that the step concerns
	Advice   string        // how to resolve the failure; "" if there is no advice
}

// String returns a line for the result and a line for each failed attempt. Advice that several
// attempts have is in the first line only.
func (r Report) String() string { return strings.Join(r.lines(), "\n") }

// newReport makes the report of a call that began at start.
func newReport(raw *abi.Report, start time.Time) Report {
	report := Report{
		Duration:   time.Since(start),
		Strategy:   Strategy(abi.Name(abi.StrategyNames, raw.Strategy)),
		Guarantees: Guarantees(raw.Guarantees),
		Evidence:   Evidence(abi.Name(abi.EvidenceNames, raw.Evidence)),
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

// String returns the strategy, the step, the errno and the place in one line, without the advice.
func (a Attempt) String() string {
	text := a.Step
	if a.Strategy != StrategyNone {
		text = string(a.Strategy) + ": " + text
	}
	if a.Errno != 0 {
		text += ": " + errnoName(a.Errno)
	}
	if a.Where != "" {
		text += " (" + a.Where + ")"
	}
	return text
}

// errnoName returns the name of an errno, or its number if it has no name.
func errnoName(errno syscall.Errno) string {
	if name, isNamed := backend.ErrnoName(int32(errno)); isNamed {
		return name
	}
	return "errno " + strconv.Itoa(int(errno))
}

// failures returns the failed attempts. Advice that several of them have is left in the first.
func (r Report) failures() (failures []Attempt) {
	isGiven := map[string]bool{}
	for _, attempt := range r.Attempts {
		if attempt.Errno == 0 {
			continue
		}
		advice := attempt.Advice
		if isGiven[advice] {
			attempt.Advice = ""
		}
		isGiven[advice] = true
		failures = append(failures, attempt)
	}
	return failures
}

func newAttempt(raw abi.Attempt) Attempt {
	attempt := Attempt{
		Strategy: Strategy(abi.Name(abi.StrategyNames, raw.Strategy)),
		Step:     abi.Name(abi.StepNames, raw.Step),
		Errno:    syscall.Errno(raw.Errno),
		Where:    abi.Text(raw.Where[:]),
	}
	if raw.Errno != 0 {
		attempt.Advice = backend.Advice(raw.Strategy, raw.Step, raw.Errno)
	}
	return attempt
}

// Error is a failed clone, probe, inspection or execution. errors.Is matches its Errno.
type Error struct {
	Op string // "clone", "probe", "inspect" or "exec"

	// Name is the name of the file; the strategy of a probe; or, if the source of a clone has no name,
	// the name that the clone would have.
	Name string

	Errno  syscall.Errno // the error that the operation ended with
	Report Report        // the attempts, if there were any
}

// Error returns one line: the strategy, step, errno and place of each attempt, and each advice
// once.
func (e *Error) Error() string {
	text := "exeseal: " + e.Op
	if e.Name != "" {
		text += " " + e.Name
	}
	text += ": " + e.Errno.Error()
	if details := strings.Join(e.Report.lines(), "; "); details != "" {
		text += ": " + details
	}
	return text
}

// lines returns the lines of the text, and omits advice that an earlier line contains.
func (r Report) lines() []string {
	lines := strings.Split(r.text, "\n")
	isGiven := map[string]bool{}
	for i, line := range lines {
		advice := r.adviceOf(line)
		if isGiven[advice] {
			lines[i] = strings.TrimSuffix(line, advice)
		}
		isGiven[advice] = advice != ""
	}
	return lines
}

// adviceOf returns the part of a line that is an attempt's advice, including the colon before it.
func (r Report) adviceOf(line string) string {
	for _, attempt := range r.Attempts {
		if advice := ": " + attempt.Advice; attempt.Advice != "" && strings.HasSuffix(line, advice) {
			return advice
		}
	}
	return ""
}

// Unwrap returns the errno.
func (e *Error) Unwrap() error { return e.Errno }
