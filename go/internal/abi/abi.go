// SPDX-License-Identifier: MIT

// Package abi has the structs of lib/exeseal.h, with the C structs' own layout: fixed widths and no padding. Its numbers and names are generated.
package abi

// CloneOptions is struct exeseal_clone_options.
type CloneOptions struct {
	Flags    uint64
	Require  uint64
	MaxBytes uint64
	Mode     uint32
	TmpDirfd int32
	Name     [64]byte
}

// Attempt is struct exeseal_attempt.
type Attempt struct {
	Strategy uint32
	Step     uint32
	Errno    int32
	Where    [48]byte
}

// Report is struct exeseal_report.
type Report struct {
	Guarantees uint64
	Bytes      uint64
	Strategy   uint32
	Evidence   uint32
	Retries    uint32
	Attempts   uint32
	Attempt    [ReportAttempts]Attempt
}

// Info is struct exeseal_info.
type Info struct {
	Guarantees  uint64
	Size        uint64
	Type        uint32
	Flags       uint32
	Seals       uint32
	Permissions uint32
	Image       uint32
	Machine     uint32
	Interpreter [256]byte
}

// ResolveOptions is struct exeseal_resolve_options.
type ResolveOptions struct {
	Flags uint64
}

// Resolution is struct exeseal_resolution.
type Resolution struct {
	Flags uint64
	Path  [2040]byte
}

// Search is what exeseal_resolve looks for, and where.
type Search struct {
	Name        string
	Directories string // separated by ':'
	Path        string // PATH's value; "": it is not to be used
	Options     ResolveOptions
}

// Text is what stands before the first NUL of a struct's text.
func Text(field []byte) string {
	for i, b := range field {
		if b == 0 {
			return string(field[:i])
		}
	}
	return string(field)
}
