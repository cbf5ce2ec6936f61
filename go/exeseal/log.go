// SPDX-License-Identifier: MIT

package exeseal

import "log/slog"

// This file has the forms that package slog logs: groups of short attributes.

// LogValue returns a group: the result, or after a failure a line for each failed attempt with the
// advice in a list of its own. It makes Report a [slog.LogValuer].
func (r Report) LogValue() slog.Value { return slog.GroupValue(r.attributes()...) }

func (r Report) attributes() []slog.Attr {
	attributes := []slog.Attr{slog.Duration("duration", r.Duration)}
	if r.Strategy != "" && r.Strategy != StrategyNone {
		attributes = append(attributes, slog.String("strategy", string(r.Strategy)), slog.String("guarantees", r.Guarantees.String()),
			slog.String("evidence", string(r.Evidence)), slog.Int64("bytes", r.Bytes))
	}
	var failures, advice []string
	for _, attempt := range r.failures() {
		failures = append(failures, attempt.String())
		if attempt.Advice != "" {
			advice = append(advice, attempt.Advice)
		}
	}
	if failures != nil {
		attributes = append(attributes, slog.Any("failures", failures))
	}
	if advice != nil {
		attributes = append(attributes, slog.Any("advice", advice))
	}
	return attributes
}

// LogValue returns a group: the operation, the name, the name of the errno, and what the report
// has. It makes *Error a [slog.LogValuer].
func (e *Error) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("op", e.Op), slog.String("name", e.Name), slog.String("errno", errnoName(e.Errno))}
	if len(e.Report.Attempts) != 0 {
		attributes = append(attributes, e.Report.attributes()...)
	}
	return slog.GroupValue(attributes...)
}
