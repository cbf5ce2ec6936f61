// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// kernelVersion is what lib/seal/kernel_version.h has, which gives the reasons.
type kernelVersion struct{ major, minor uint }

func (v kernelVersion) isBefore(major, minor uint) bool {
	return v.major < major || v.major == major && v.minor < minor
}

// parseKernelVersion: what is no version is 0.0.
func parseKernelVersion(release string) (v kernelVersion) {
	fmt.Sscanf(release, "%d.%d", &v.major, &v.minor)
	return v
}

func thisKernel() kernelVersion {
	var names unix.Utsname
	if unix.Uname(&names) != nil {
		return kernelVersion{}
	}
	return parseKernelVersion(unix.ByteSliceToString(names.Release[:]))
}

func protectsRunningPrograms(v kernelVersion) bool {
	return !v.isBefore(5, 4) && (v.isBefore(6, 11) || v == kernelVersion{6, 13})
}
