// SPDX-License-Identifier: MIT

//go:build linux

package vm

import (
	"encoding/json"
	"os"
)

// Record is the result of a test program, as meson writes it into testlog.json. scripts/count-tests
// reads it.
type Record struct {
	Name     string  `json:"name"` // exeseal:SUITE / PROGRAM
	User     string  `json:"user"`
	Output   string  `json:"stdout"`
	Result   string  `json:"result"` // OK, SKIP, FAIL, ERROR
	ExitCode int     `json:"returncode"`
	Seconds  float64 `json:"duration"`
}

// Results is where records go: a disk of their own, so that kernel messages cannot damage them.
type Results struct{ encoder *json.Encoder }

// OpenResults ends the guest if there is no such disk.
func OpenResults() Results {
	disk, err := os.OpenFile(WaitForDisk("results"), os.O_WRONLY|os.O_SYNC, 0)
	Must("results", err)
	return Results{json.NewEncoder(disk)}
}

// Add returns once the record is on the disk.
func (r Results) Add(record Record) { Must("results", r.encoder.Encode(record)) }
