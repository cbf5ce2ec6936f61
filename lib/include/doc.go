// SPDX-License-Identifier: MIT

// Package include holds exeseal.h, the public header of the core, and only_libc.h, which each
// compilation of the core includes first. It is a package so that `go mod vendor` carries both
// headers with each part of the core.
package include
