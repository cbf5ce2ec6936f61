// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"strconv"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// This file has strategy overlay: the source through a detached read-only overlayfs. It follows
// lib/seal/strategies/overlay.cc, which has the reasons.

func overlayOffers(*clone) uint64 { return abi.GuaranteeReadOnly }

func showByOverlay(c *clone, _ place, result *sealed) failure {
	l, f := locate(c.source)
	if f.happened() {
		return f
	}
	if c.source.mountError != nil {
		return fail(abi.StepSource, c.source.mountError, "fstatfs(2)")
	}
	if c.source.mountFlags&unix.ST_NOEXEC != 0 {
		return failure{abi.StepNoexec, unix.EACCES, "the source's mount"}
	}
	if f = c.source.felt.checkOpening(); f.happened() {
		return f
	}
	root, f := mountOverlay(c.source, l)
	if f.happened() {
		return f
	}
	defer unix.Close(root)
	fd, err := openAt(root, l.name, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return fail(abi.StepReopen, err, "")
	}
	result.fd = fd
	return checkView(c.source, result)
}

func mountOverlay(s *source, l location) (int, failure) {
	directory, f := openDirectory(l, s)
	if f.happened() {
		return -1, f
	}
	defer unix.Close(directory)
	root, err := mountOverDirectory(directory)
	where := ""
	switch err {
	case unix.EINVAL:
		where = findObstacle(s, directory)
	case unix.ENOENT:
		where = "/proc"
	}
	return root, fail(abi.StepMount, err, where)
}

func mountOverDirectory(directory int) (int, error) {
	empty, err := mountDetached("tmpfs")
	if err != nil {
		return -1, err
	}
	defer unix.Close(empty)
	root, err := mountLayers(byDescriptor, directory, empty)
	if err == unix.EINVAL {
		return mountOverOther(directory)
	}
	return root, err
}

// mountOverOther uses an existing directory as the second layer.
func mountOverOther(directory int) (int, error) {
	var first error
	for _, path := range []string{"/tmp", "/run", "/dev", "/"} {
		other, err := openAt(unix.AT_FDCWD, path, unix.O_PATH|unix.O_DIRECTORY, 0)
		if err != nil {
			continue
		}
		for _, layers := range []func(upper, lower int) ([]setting, error){byDescriptor, byPath} {
			root, err := mountLayers(layers, directory, other)
			if err != unix.EINVAL && err != unix.ELOOP {
				unix.Close(other)
				return root, err
			}
			if first == nil {
				first = err
			}
		}
		unix.Close(other)
	}
	return -1, first
}

// mountLayers mounts both layers. The file keeps its inode number (xino=off) and has its own data
// (metacopy=off).
func mountLayers(layers func(upper, lower int) ([]setting, error), upper, lower int) (int, error) {
	settings, err := layers(upper, lower)
	if err != nil {
		return -1, err
	}
	return mountDetached("overlay", append([]setting{{key: "xino", text: "off"}, {key: "metacopy", text: "off"}}, settings...)...)
}

func byDescriptor(upper, lower int) ([]setting, error) {
	return []setting{{key: "lowerdir+", fd: upper}, {key: "lowerdir+", fd: lower}}, nil
}

// byPath is for Linux before 6.13. Paths below /proc need no escaping.
func byPath(upper, lower int) ([]setting, error) {
	upperPath, err := checkProcPath(upper)
	if err != nil {
		return nil, err
	}
	lowerPath, err := checkProcPath(lower)
	return []setting{{key: "lowerdir", text: upperPath + ":" + lowerPath}}, err
}

// checkProcPath returns the path of a descriptor, or ENOENT if there is no usable /proc.
func checkProcPath(fd int) (string, error) {
	root, err := openProc()
	if err != nil {
		return "", err
	}
	unix.Close(root)
	path := "/proc/thread-self/fd/" + strconv.Itoa(fd)
	var wanted, found unix.Stat_t
	if err = fstat(fd, &wanted); err == nil {
		err = fstatat(unix.AT_FDCWD, path, &found)
	}
	if err == nil && (found.Ino != wanted.Ino || found.Dev != wanted.Dev) {
		err = unix.ENOENT
	}
	return path, err
}

// findObstacle returns the reason why a directory cannot be a layer, or "".
func findObstacle(s *source, directory int) string {
	tree, err := openTreeClone(directory)
	if err == nil {
		unix.Close(tree)
	}
	if err == unix.EINVAL {
		return "mounts below the directory"
	}
	if uint32(s.fileSystem) == unix.OVERLAYFS_SUPER_MAGIC {
		return "stacking depth"
	}
	return ""
}
