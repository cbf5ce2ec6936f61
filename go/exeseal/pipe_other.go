// SPDX-License-Identifier: MIT

//go:build !linux

package exeseal

import "os"

func pipe() (reader, writer *os.File, err error) { return os.Pipe() }
