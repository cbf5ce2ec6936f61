// SPDX-License-Identifier: MIT

//go:build linux

package exeseal_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/exeseal/exeseal/go/exeseal"
)

// logged returns the attributes that a value has in a log, without the duration.
func logged(t *testing.T, value any) map[string]any {
	t.Helper()
	var line strings.Builder
	slog.New(slog.NewJSONHandler(&line, nil)).Info("", "it", value)
	var attributes struct{ It map[string]any }
	if err := json.Unmarshal([]byte(line.String()), &attributes); err != nil || attributes.It == nil {
		t.Fatalf("%v: %s", err, line.String())
	}
	delete(attributes.It, "duration")
	return attributes.It
}

func asText(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	check(t, err)
	return string(text)
}

// untilItTakesTime calls clone until its report has a duration: the clock of a virtual machine may
// tick only every 4 ms.
func untilItTakesTime(t *testing.T, report *exeseal.Report, clone func()) {
	t.Helper()
	for end := time.Now().Add(time.Second); ; {
		before := time.Now()
		clone()
		took := time.Since(before)
		if report.Duration > 0 {
			equal(t, "the duration is within that of the call", report.Duration <= took, true)
			return
		}
		if time.Now().After(end) {
			t.Fatal("the report has no duration")
		}
	}
}

func TestReportInALog(t *testing.T) {
	var report exeseal.Report
	untilItTakesTime(t, &report, func() {
		f, err := exeseal.CloneBytes([]byte(script), exeseal.WithReport(&report))
		check(t, err)
		f.Close()
	})
	equal(t, "a result", asText(t, logged(t, report)), `{"bytes":18,"evidence":"memory","guarantees":"`+report.Guarantees.String()+`","strategy":"memfd"}`)
	equal(t, "an empty report", asText(t, logged(t, exeseal.Report{})), `{}`)
}

func TestErrorInALogAndAsJSON(t *testing.T) {
	var report exeseal.Report
	var err error
	untilItTakesTime(t, &report, func() {
		_, err = exeseal.CloneBytes([]byte(script), exeseal.WithMaxBytes(3), exeseal.WithName("small"), exeseal.WithReport(&report))
	})
	advice := asText(t, report.Attempts[0].Advice)
	equal(t, "in a log", asText(t, logged(t, err)), `{"advice":[`+advice+`],"errno":"EFBIG","failures":["memfd: limit: EFBIG (max_bytes)"],"name":"small","op":"clone"}`)
	equal(t, "JSON", asText(t, err), `{"op":"clone","name":"small","errno":"EFBIG","report":`+asText(t, report)+`}`)
	equal(t, "String", report.Attempts[0].String(), "memfd: limit: EFBIG (max_bytes)")
}
