// SPDX-License-Identifier: MIT

//go:build linux && sealed

package main

import _ "github.com/exeseal/exeseal/go/reexec"
