// SPDX-License-Identifier: MIT

//go:build linux

package pure

import "testing"

// tests/unit/kernel_version_test.cc has the same table.
func TestKernelsThatProtectRunningPrograms(t *testing.T) {
	for release, wanted := range map[string]bool{
		"5.4.0-150-generic":    true,
		"5.3.99":               false,
		"4.4.0":                false,
		"2.6.78":               false,
		"6.1.0-53-cloud-amd64": true,
		"6.10.14":              true,
		"6.11.0":               false,
		"6.11-rc1":             false,
		"6.12.57+deb13-amd64":  false,
		"6.13.7":               true,
		"6.14.0":               false,
		"6.18.44-fc-v669":      false,
		"6.110.1":              false,
		"7.0.0":                false,
		"60.1":                 false,
		"":                     false,
		"six":                  false,
		"6":                    true,
	} {
		if got := protectsRunningPrograms(parseKernelVersion(release)); got != wanted {
			t.Errorf("%q: %v", release, got)
		}
	}
}
