// SPDX-License-Identifier: MIT

// Package abi has the structs of lib/include/exeseal.h for sealing and inspecting, with the layout
// of the C structs: fixed widths and no padding. The numbers and names are generated.
package abi

import "encoding/hex"

// CloneOptions is struct exeseal_clone_options.
type CloneOptions struct {
	Flags    uint64
	Require  uint64
	MaxBytes uint64
	Mode     uint32
	TmpDirfd int32
	Name     [64]byte
	Fallback [CloneFallbacks]uint32
}

// Attempt is struct exeseal_attempt.
type Attempt struct {
	Strategy uint32
	Step     uint32
	Errno    int32
	Where    [48]byte
}

// Digest is struct exeseal_digest.
type Digest struct {
	Algorithm uint32
	Size      uint32
	Value     [64]byte
}

// String returns the digest as fsverity(1) prints it: "sha256:" and hexadecimal digits. If there is
// no digest, it returns "".
func (d *Digest) String() string {
	if d.Algorithm == 0 {
		return ""
	}
	name := "unknown"
	switch d.Algorithm {
	case 1:
		name = "sha256"
	case 2:
		name = "sha512"
	}
	return name + ":" + hex.EncodeToString(d.Value[:min(d.Size, uint32(len(d.Value)))])
}

// Report is struct exeseal_report.
type Report struct {
	Guarantees uint64
	Bytes      uint64
	HugeBytes  uint64
	Strategy   uint32
	Evidence   uint32
	Retries    uint32
	Attempts   uint32
	Attempt    [ReportAttempts]Attempt
	Digest     Digest
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
	Digest      Digest
}

// Name returns the entry of a list of names with this number, or "unknown" past the list's end.
func Name(names []string, number uint32) string {
	if uint64(number) >= uint64(len(names)) {
		return "unknown"
	}
	return names[number]
}

// Text returns a struct's text up to the first NUL.
func Text(field []byte) string {
	for i, b := range field {
		if b == 0 {
			return string(field[:i])
		}
	}
	return string(field)
}
