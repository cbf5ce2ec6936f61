// SPDX-License-Identifier: MIT

//go:build !linux

package exeseal

import "github.com/exeseal/exeseal/go/internal/abi"

const (
	isSupported = false
	backendName = ""
)

var backend unsupported

// unsupported is never called: every function of this package returns errors.ErrUnsupported first.
type unsupported struct{}

func (unsupported) Clone(int, *abi.CloneOptions, *abi.Report) int          { return -1 }
func (unsupported) CloneSelf(*abi.CloneOptions, *abi.Report) int           { return -1 }
func (unsupported) CloneMemory([]byte, *abi.CloneOptions, *abi.Report) int { return -1 }
func (unsupported) Probe(uint32, *abi.Report) int                          { return -1 }
func (unsupported) Inspect(int, *abi.Info) int                             { return -1 }
func (unsupported) InspectSelf(*abi.Info) int                              { return -1 }
func (unsupported) FormatReport(*abi.Report) string                        { return "" }
func (unsupported) ErrnoName(int32) (string, bool)                         { return "", false }
func (unsupported) Advice(uint32, uint32, int32) string                    { return "" }
