// SPDX-License-Identifier: MIT

package exeseal

// This file has the names that reports and Info use, as constants. [Mode] has its own file.

// Strategy is a way to make a sealed executable.
type Strategy string

const (
	// StrategyNone means that the call failed, or that it failed before any strategy was tried.
	StrategyNone Strategy = "none"
	// StrategyReuse opens a source again that is sealed already.
	StrategyReuse Strategy = "reuse"
	// StrategyMemfd copies to a sealed memfd.
	StrategyMemfd Strategy = "memfd"
	// StrategyTmpfile copies to an unnamed file, which its owner and root can change.
	StrategyTmpfile Strategy = "tmpfile"
	// StrategyTmpfs copies to a private read-only tmpfs, which requires CAP_SYS_ADMIN.
	StrategyTmpfs Strategy = "tmpfs"
	// StrategyOverlay shows the source through a read-only overlayfs, which requires CAP_SYS_ADMIN.
	StrategyOverlay Strategy = "overlay"
	// StrategyBind shows the source through a read-only mount, which requires CAP_SYS_ADMIN.
	StrategyBind Strategy = "bind"
	// StrategyVerity copies to a file with fs-verity, or uses a source that has it.
	StrategyVerity Strategy = "verity"
)

// Evidence is how it is known that the source did not change while it was read. [EvidenceNone] and
// [EvidenceTimes] do not give [Stable].
type Evidence string

const (
	// EvidenceNone means that there is nothing to compare: the source is a stream, or the result
	// is a view.
	EvidenceNone Evidence = "none"
	// EvidenceTimes means that size and times were equal before and after the copy.
	EvidenceTimes Evidence = "times"
	// EvidenceLease means that a read lease was held: nobody had the source open for writing.
	EvidenceLease Evidence = "lease"
	// EvidenceSeals means that the source is sealed against writing.
	EvidenceSeals Evidence = "seals"
	// EvidenceRunning means that the source is the running program, to which Linux before 6.11, and
	// Linux 6.13, forbid writing.
	EvidenceRunning Evidence = "running"
	// EvidenceMemory means that the source is memory, which the caller must not change meanwhile.
	EvidenceMemory Evidence = "memory"
	// EvidenceSnapshot means that the file system made a snapshot (FICLONE).
	EvidenceSnapshot Evidence = "snapshot"
	// EvidenceVerity means that the source has fs-verity: nobody can write to it.
	EvidenceVerity Evidence = "verity"
)

// Type is the type of an inspected file.
type Type string

const (
	// TypeFile is a regular file. A memfd that cannot be sealed looks like one.
	TypeFile Type = "file"
	// TypeMemfd is a memfd that is sealed or can be sealed.
	TypeMemfd Type = "memfd"
	// TypeDirectory is a directory.
	TypeDirectory Type = "directory"
	// TypeStream is a pipe, FIFO or socket.
	TypeStream Type = "stream"
	// TypeOther is a device or another special file.
	TypeOther Type = "other"
)

// Image is the kind of program that an inspected file contains.
type Image string

const (
	// ImageNone is not a program, or could not be read.
	ImageNone Image = "none"
	// ImageStatic is an ELF program without an interpreter.
	ImageStatic Image = "static"
	// ImageDynamic is an ELF program with an interpreter, which is not sealed with it.
	ImageDynamic Image = "dynamic"
	// ImageScript is a script: it begins with "#!".
	ImageScript Image = "script"
)
