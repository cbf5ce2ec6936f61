// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// kernelVersion is lib/seal/kernel_version.h, which has the reasons.
type kernelVersion struct{ major, minor uint }

func (v kernelVersion) isBefore(major, minor uint) bool {
	return v.major < major || v.major == major && v.minor < minor
}

// parseKernelVersion returns 0.0 if release is not a version.
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
