// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// This file finds the source by its path and compares a view with it, like
// lib/seal/strategies/view.cc, which has the reasons.

const (
	sourcePath  = "the source's path"
	longestPath = 4096 // PATH_MAX
	longestName = 255  // NAME_MAX

	viewFields = unix.STATX_BASIC_STATS | unix.STATX_BTIME | unix.STATX_MNT_ID
)

// location is the apparent place of the source. The path may lead to another file by now.
type location struct{ directory, name string }

func locate(s *source) (location, failure) {
	lost := func(errno unix.Errno, where string) (location, failure) {
		return location{}, failure{abi.StepLocate, errno, where}
	}
	if s.kind != kindFile {
		return lost(unix.EOPNOTSUPP, "the source is not a file")
	}
	if s.stat.Nlink == 0 {
		return lost(unix.EXDEV, "the source is unlinked")
	}
	path, err := readFDLink(s.fd)
	if err != nil {
		return location{}, fail(abi.StepLocate, err, "/proc")
	}
	slash := strings.LastIndexByte(path, '/')
	switch {
	case len(path) >= longestPath, len(path)-slash-1 > longestName:
		return lost(unix.ENAMETOOLONG, sourcePath)
	case path == "/", !strings.HasPrefix(path, "/"):
		return lost(unix.EXDEV, "the source is unreachable")
	}
	return location{path[:max(slash, 1)], path[slash+1:]}, failure{}
}

// openDirectory checks that the name in the directory is the source, and that no mount covers it.
func openDirectory(l location, s *source) (int, failure) {
	directory, err := openAt(unix.AT_FDCWD, l.directory, unix.O_PATH|unix.O_DIRECTORY, 0)
	var around, found unix.Statx_t
	if err == nil {
		err = statx(directory, "", unix.AT_EMPTY_PATH, viewFields, &around)
	}
	if err == nil {
		err = statx(directory, l.name, unix.AT_SYMLINK_NOFOLLOW, viewFields, &found)
	}
	if leadsNowhere(err) || (err == nil && !isSourceInode(&found, s)) {
		err = unix.EXDEV
	}
	f := fail(abi.StepLocate, err, sourcePath)
	if !f.happened() && found.Mnt_id != around.Mnt_id {
		f = failure{abi.StepLocate, unix.EXDEV, "a mount over the source"}
	}
	if f.happened() && directory >= 0 {
		unix.Close(directory)
	}
	return directory, f
}

func isSourceInode(found *unix.Statx_t, s *source) bool {
	device := uint64(s.stat.Dev)
	return found.Ino == s.stat.Ino && found.Dev_major == unix.Major(device) && found.Dev_minor == unix.Minor(device)
}

// checkView checks that the view shows the source's current file, read-only and executable.
func checkView(s *source, result *sealed) failure {
	var view, now unix.Statx_t
	err := statx(result.fd, "", unix.AT_EMPTY_PATH, viewFields, &view)
	if err == nil {
		err = statx(s.fd, "", unix.AT_EMPTY_PATH, viewFields, &now)
	}
	if err == nil && (view.Ino != now.Ino || view.Btime != now.Btime) {
		err = unix.EXDEV
	}
	if err == nil && (view.Size != now.Size || view.Mtime != now.Mtime) {
		err = unix.ESTALE
	}
	if err != nil {
		return fail(abi.StepVerify, err, "view")
	}
	var fs unix.Statfs_t
	if err = fstatfs(result.fd, &fs); err == nil && fs.Flags&unix.ST_RDONLY == 0 {
		err = unix.EIO
	}
	if err != nil {
		return fail(abi.StepVerify, err, "read-only")
	}
	result.bytes = view.Size
	return fail(abi.StepVerify, checkMayExecute(result.fd), "x bits")
}
