// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"bytes"
	"debug/elf"
	"io"
	"runtime"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// Inspect does what exeseal_inspect does.
func (Backend) Inspect(fd int, info *abi.Info) int {
	*info = abi.Info{}
	if fd < 0 {
		return -int(unix.EBADF)
	}
	status, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	var stat unix.Stat_t
	if err == nil {
		err = unix.Fstat(fd, &stat)
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
		if mayBeReopened(fd) {
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
	seals, err := unix.FcntlInt(uintptr(readable), unix.F_GET_SEALS, 0)
	if err == nil && seals != unix.F_SEAL_SEAL {
		info.Type, info.Seals, info.Guarantees = abi.TypeMemfd, uint32(seals), memfdGuarantees(seals, info.Permissions)
	}
	info.Flags |= modeFlags(stat.Mode)
	if _, err := unix.Fgetxattr(readable, "security.capability", nil); err == nil {
		info.Flags |= abi.InfoCapabilities
	}
	inspectImage(readable, info)
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
	if closeOnExec, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && closeOnExec&unix.FD_CLOEXEC != 0 {
		flags |= abi.InfoCloseOnExec
	}
	return flags
}

func mountFlags(fd int) uint32 {
	var fs unix.Statfs_t
	var flags uint32
	if unix.Fstatfs(fd, &fs) != nil {
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

type preader int

func (fd preader) ReadAt(p []byte, offset int64) (int, error) {
	n, err := unix.Pread(int(fd), p, offset)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return max(n, 0), err
}

func inspectImage(fd int, info *abi.Info) {
	head := make([]byte, 256) // the kernel reads no more of a "#!" line
	n, _ := preader(fd).ReadAt(head, 0)
	if head = head[:n]; bytes.HasPrefix(head, []byte("#!")) {
		info.Image = abi.ImageScript
		line, _, _ := bytes.Cut(bytes.TrimLeft(head[2:], " \t"), []byte("\n"))
		if end := bytes.IndexAny(line, " \t\x00"); end >= 0 {
			line = line[:end]
		}
		copy(info.Interpreter[:len(info.Interpreter)-1], line)
		return
	}
	file, err := elf.NewFile(preader(fd))
	if err != nil || (file.Type != elf.ET_EXEC && file.Type != elf.ET_DYN) {
		return
	}
	info.Image, info.Machine = abi.ImageStatic, uint32(file.Machine)
	if !isNative(file.FileHeader) {
		info.Flags |= abi.InfoForeign
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			info.Image = abi.ImageDynamic
			n, _ := segment.ReadAt(info.Interpreter[:len(info.Interpreter)-1], 0)
			info.Interpreter[n] = 0
			return
		}
	}
}

// isNative is true for this program's architecture, and the 32-bit one that most kernels of it run too.
func isNative(header elf.FileHeader) bool {
	isOwn := map[string][]elf.Machine{
		"amd64": {elf.EM_X86_64, elf.EM_386}, "386": {elf.EM_386}, "arm64": {elf.EM_AARCH64, elf.EM_ARM}, "arm": {elf.EM_ARM},
		"riscv64": {elf.EM_RISCV}, "ppc64le": {elf.EM_PPC64, elf.EM_PPC}, "s390x": {elf.EM_S390}, "loong64": {elf.EM_LOONGARCH},
	}
	isBigEndian := runtime.GOARCH == "s390x"
	for _, machine := range isOwn[runtime.GOARCH] {
		if header.Machine == machine && (header.Data == elf.ELFDATA2MSB) == isBigEndian {
			return true
		}
	}
	return false
}
