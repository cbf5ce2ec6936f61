// SPDX-License-Identifier: MIT

package exeseal

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Info is what can be seen of a descriptor, whoever made it.
type Info struct {
	Type       string      // "file", "memfd", "directory", "stream" or "other"
	Size       int64       // bytes; 0 for a stream
	Mode       fs.FileMode // permission, setuid, setgid and sticky bits
	Seals      uint32      // F_SEAL_* of a memfd
	Guarantees Guarantees  // of ReadOnly, Sealed, XSealed, PeerSealed, Landlock; the others cannot be seen

	Image       string // "none", "static", "dynamic" or "script"
	Machine     uint32 // e_machine, see elf(5)
	Foreign     bool   // the image is for another architecture
	Interpreter string // of a dynamic image or a script; cut after 255 bytes

	ReadOnly      bool // the descriptor is open for reading only
	Path          bool // the descriptor is O_PATH
	CloseOnExec   bool // the descriptor is close-on-exec
	ReadOnlyMount bool // its mount or file system is read-only
	NoexecMount   bool // its mount is noexec
	Capabilities  bool // it has file capabilities
	Unread        bool // it could not be read: Capabilities, Image and Verity are not known
	Verity        bool // it has fs-verity

	Digest string // of fs-verity, as fsverity(1) prints it: "sha256:…"; "" if there is none

	isSelf bool // without a descriptor: ReadOnly, Path and CloseOnExec mean nothing
}

var (
	types  = []string{"unknown", "file", "memfd", "directory", "stream", "other"}
	images = []string{"none", "static", "dynamic", "script"}
)

// Inspect tells what can be seen of an open file.
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

// InspectSelf tells the same of the running program, found by /proc/self/exe. ReadOnly, Path and CloseOnExec are false: there is no descriptor.
//
// The error is ENOENT without a usable /proc, and EACCES if the program may be executed but not read.
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

// IsSelfSealed tells whether the running program is Sealed: a sealed memfd, or a file with fs-verity. It is false too if that cannot be found out;
// InspectSelf says why. A program behind a read-only view (ModeROSharedPage) is not sealed: a write to the source changes it.
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
