// SPDX-License-Identifier: MIT

//go:build sealed

package main

import _ "github.com/exeseal/exeseal/go/reexec"
