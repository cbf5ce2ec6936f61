// SPDX-License-Identifier: MIT

// Package earlier is initialised before go/reexec, because it imports less.
package earlier

import "syscall"

func init() {
	if name, isSet := syscall.Getenv("SHOW_EARLIER"); isSet && name != "" {
		link := make([]byte, 256)
		n, _ := syscall.Readlink("/proc/self/exe", link)
		syscall.Write(1, append([]byte("earlier: "), append(link[:max(n, 0)], '\n')...))
	}
}
