// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// InspectSelf does what exeseal_inspect_self does.
func (b Backend) InspectSelf(info *abi.Info) int {
	*info = abi.Info{}
	fd, err := openRunning()
	if err != nil {
		return -int(fail(abi.StepSource, err, "").errno)
	}
	defer unix.Close(fd)
	result := b.Inspect(fd, info)
	info.Flags &^= abi.InfoReadOnly | abi.InfoCloseOnExec
	return result
}

// Inspect does what exeseal_inspect does.
func (Backend) Inspect(fd int, info *abi.Info) int {
	*info = abi.Info{}
	if fd < 0 {
		return -int(unix.EBADF)
	}
	status, err := fcntl(fd, unix.F_GETFL, 0)
	var stat unix.Stat_t
	if err == nil {
		err = fstat(fd, &stat)
	}
	if err != nil {
		return -int(err.(unix.Errno))
	}
	info.Flags = descriptorFlags(fd, status) | mountFlags(fd)
	info.Permissions = stat.Mode & 07777
	if info.Type = typeOf(stat.Mode); info.Type != abi.TypeFile {
		return 0
	}
	info.Size = uint64(stat.Size)
	readable := fd
	if status&unix.O_PATH != 0 || status&unix.O_ACCMODE == unix.O_WRONLY {
		if !feltByHost(fd).anything() {
			readable, err = reopen(fd, &stat)
		} else {
			err = unix.EAGAIN
		}
		if err != nil {
			info.Flags |= modeFlags(stat.Mode) | abi.InfoUnread
			return 0
		}
		defer unix.Close(readable)
	}
	seals, err := fcntl(readable, unix.F_GET_SEALS, 0)
	if err == nil && seals != unix.F_SEAL_SEAL {
		info.Type, info.Seals, info.Guarantees = abi.TypeMemfd, uint32(seals), memfdGuarantees(seals, info.Permissions)
	}
	var fs unix.Statfs_t
	if fstatfs(readable, &fs) == nil && measureVerity(readable, int64(fs.Type), &info.Digest) {
		info.Flags |= abi.InfoVerity
		if verityHolds(int64(fs.Type)) {
			info.Guarantees |= abi.GuaranteeReadOnly | abi.GuaranteeSealed
		}
	}
	info.Flags |= modeFlags(stat.Mode)
	if fgetxattr(readable, "security.capability") == nil {
		info.Flags |= abi.InfoCapabilities
	}
	if !readImage(readable, info) {
		info.Flags |= abi.InfoUnread
	}
	// The kernel executes the script's interpreter, from its path.
	if info.Image == abi.ImageScript {
		info.Guarantees &^= abi.GuaranteePeerSealed | abi.GuaranteeLandlock
	}
	return 0
}

func typeOf(mode uint32) uint32 {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return abi.TypeFile
	case unix.S_IFDIR:
		return abi.TypeDirectory
	case unix.S_IFIFO, unix.S_IFSOCK:
		return abi.TypeStream
	}
	return abi.TypeOther
}

func descriptorFlags(fd, status int) uint32 {
	var flags uint32
	if status&unix.O_PATH != 0 {
		flags = abi.InfoPath
	} else if status&unix.O_ACCMODE == unix.O_RDONLY {
		flags = abi.InfoReadOnly
	}
	if closeOnExec, err := fcntl(fd, unix.F_GETFD, 0); err == nil && closeOnExec&unix.FD_CLOEXEC != 0 {
		flags |= abi.InfoCloseOnExec
	}
	return flags
}

func mountFlags(fd int) uint32 {
	var fs unix.Statfs_t
	var flags uint32
	if fstatfs(fd, &fs) != nil {
		return 0
	}
	if fs.Flags&unix.ST_RDONLY != 0 {
		flags |= abi.InfoReadOnlyMount
	}
	if fs.Flags&unix.ST_NOEXEC != 0 {
		flags |= abi.InfoNoexecMount
	}
	return flags
}

func modeFlags(mode uint32) uint32 {
	var flags uint32
	if mode&unix.S_ISUID != 0 {
		flags |= abi.InfoSetuid
	}
	if mode&unix.S_ISGID != 0 {
		flags |= abi.InfoSetgid
	}
	return flags
}
