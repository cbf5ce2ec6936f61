// SPDX-License-Identifier: MIT

//go:build !linux

package exeseal

import "syscall"

// executeFile is never called: Exec returns errors.ErrUnsupported first.
func executeFile(int, []string, []string) (step uint32, err error) { return 0, syscall.EINVAL }
