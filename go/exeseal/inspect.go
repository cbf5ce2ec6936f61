// SPDX-License-Identifier: MIT

package exeseal

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Info describes an open file: what Inspect finds, whether or not exeseal made the file.
type Info struct {
	Type  Type
	Size  int64       // in bytes; 0 for a stream
	Mode  fs.FileMode // permission, setuid, setgid and sticky bits
	Seals uint32      // the F_SEAL_* bits of a memfd

	// Guarantees has only ReadOnly, Sealed, XSealed, PeerSealed and Landlock: the others cannot be
	// seen in a file.
	Guarantees Guarantees

	Image       Image
	Machine     uint32 // e_machine, see elf(5)
	Foreign     bool   // the image is for another architecture
	Interpreter string // of a dynamic image or a script; at most 255 bytes

	ReadOnly      bool // the descriptor is open for reading only
	Path          bool // the descriptor is O_PATH
	CloseOnExec   bool // the descriptor is close-on-exec
	ReadOnlyMount bool // the file's mount or file system is read-only
	NoexecMount   bool // the file's mount is noexec
	Capabilities  bool // the file has file capabilities
	Unread        bool // the file could not be read: Capabilities, Image and Verity are unknown
	Verity        bool // the file has fs-verity

	// Digest is the file's fs-verity digest as fsverity(1) prints it, "sha256:…"; otherwise "".
	Digest string

	isSelf bool // from InspectSelf: ReadOnly, Path and CloseOnExec have no meaning
}

var (
	types  = []Type{"unknown", TypeFile, TypeMemfd, TypeDirectory, TypeStream, TypeOther}
	images = []Image{ImageNone, ImageStatic, ImageDynamic, ImageScript}
)

// Inspect describes an open file.
func Inspect(f *os.File) (*Info, error) {
	if !isSupported {
		return nil, errors.ErrUnsupported
	}
	var raw abi.Info
	result := 0
	if err := withDescriptor(f, func(fd int) { result = backend.Inspect(fd, &raw) }); err != nil {
		return nil, err
	}
	if result < 0 {
		return nil, &Error{Op: "inspect", Name: f.Name(), Errno: syscall.Errno(-result)}
	}
	return newInfo(&raw), nil
}

// InspectSelf describes the running program, which it opens through /proc/self/exe. ReadOnly, Path
// and CloseOnExec are false, because there is no descriptor to describe.
//
// The error is ENOENT if there is no usable /proc, and EACCES if the program may be executed but
// not read.
func InspectSelf() (*Info, error) {
	if !isSupported {
		return nil, errors.ErrUnsupported
	}
	var raw abi.Info
	if result := backend.InspectSelf(&raw); result < 0 {
		return nil, &Error{Op: "inspect", Name: "/proc/self/exe", Errno: syscall.Errno(-result)}
	}
	info := newInfo(&raw)
	info.isSelf = true
	return info, nil
}

// IsSelfSealed reports whether the running program is Sealed: in a sealed memfd or in a file with
// fs-verity. It also returns false if that cannot be determined; [InspectSelf] returns the reason.
//
// A program that runs from a read-only view ([ModeROSharedPage]) is not sealed, because a write to
// the source changes it. Nor is a program that runs from a copy by strategy tmpfs or tmpfile. If a
// program executes its own clone until IsSelfSealed returns true, it must clone with
// [WithRequire](Sealed); otherwise it may loop forever.
func IsSelfSealed() bool {
	info, err := InspectSelf()
	return err == nil && info.Guarantees.Has(Sealed)
}

func newInfo(raw *abi.Info) *Info {
	has := func(flag uint32) bool { return raw.Flags&flag != 0 }
	mode := fs.FileMode(raw.Permissions & 0777)
	if raw.Permissions&01000 != 0 {
		mode |= fs.ModeSticky
	}
	if has(abi.InfoSetuid) {
		mode |= fs.ModeSetuid
	}
	if has(abi.InfoSetgid) {
		mode |= fs.ModeSetgid
	}
	return &Info{
		Type:          types[min(int(raw.Type), len(types)-1)],
		Size:          int64(raw.Size),
		Mode:          mode,
		Seals:         raw.Seals,
		Guarantees:    Guarantees(raw.Guarantees),
		Image:         images[min(int(raw.Image), len(images)-1)],
		Machine:       raw.Machine,
		Foreign:       has(abi.InfoForeign),
		Interpreter:   abi.Text(raw.Interpreter[:]),
		ReadOnly:      has(abi.InfoReadOnly),
		Path:          has(abi.InfoPath),
		CloseOnExec:   has(abi.InfoCloseOnExec),
		ReadOnlyMount: has(abi.InfoReadOnlyMount),
		NoexecMount:   has(abi.InfoNoexecMount),
		Capabilities:  has(abi.InfoCapabilities),
		Unread:        has(abi.InfoUnread),
		Verity:        has(abi.InfoVerity),
		Digest:        raw.Digest.String(),
	}
}
