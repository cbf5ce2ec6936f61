// SPDX-License-Identifier: MIT

// Package include holds exeseal.h, the public header of the core. It is a package so that
// `go mod vendor` carries the header with each part of the core that includes it.
package include
