// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

type kind int

const (
	kindFile kind = iota
	kindStream
	kindMemory
)

// source is the struct of lib/seal/source.h, which has the reasons for its functions.
type source struct {
	kind        kind
	fd          int
	memory      []byte
	size        uint64
	stat        unix.Stat_t
	seals       int
	mountError  error // the next two are unknown
	fileSystem  int64
	mountFlags  int64 // statfs(2), f_flags
	isOwn       bool
	isRunning   bool
	felt        felt
	isLeased    bool
	nonblocking bool
	consumed    bool
	evidence    uint32
}

func fromDescriptor(fd int) (*source, failure) {
	bad := func(errno unix.Errno) (*source, failure) {
		return nil, failure{abi.StepSource, errno, "source_fd"}
	}
	if fd < 0 {
		return bad(unix.EBADF)
	}
	flags, err := fcntl(fd, unix.F_GETFL, 0)
	var stat unix.Stat_t
	if err == nil {
		err = fstat(fd, &stat)
	}
	if err != nil {
		return nil, fail(abi.StepSource, err, "source_fd")
	}
	isPath := flags&unix.O_PATH != 0
	isFile, isStream := false, false
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return bad(unix.EISDIR)
	case unix.S_IFREG:
		isFile = true
	case unix.S_IFIFO, unix.S_IFSOCK:
		isStream = true
	}
	if !isFile && !isStream {
		return bad(unix.ENODEV)
	}
	if flags&unix.O_ACCMODE == unix.O_WRONLY || (isPath && isStream) {
		return bad(unix.EBADF)
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFSOCK {
		if kind, err := getsockopt(fd, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
			return bad(unix.ENODEV)
		}
	}
	if isStream {
		return &source{kind: kindStream, fd: fd, nonblocking: flags&unix.O_NONBLOCK != 0}, failure{}
	}
	if felt := feltByHost(fd); felt.anything() {
		s := fileSource(fd, stat)
		s.felt = felt
		return s, failure{}
	}
	own, err := reopen(fd, &stat)
	if err != nil && (isPath || !cannotBeReopenedHere(err)) {
		return nil, fail(abi.StepSource, err, "source_fd")
	}
	if err != nil {
		return fileSource(fd, stat), failure{}
	}
	s := fileSource(own, stat)
	s.isOwn = true
	return s, failure{}
}

func fromRunningProgram() (*source, failure) {
	fd, err := openRunning()
	if err != nil {
		return nil, fail(abi.StepSource, err, "/proc/self/exe")
	}
	var stat unix.Stat_t
	if err = fstat(fd, &stat); err != nil {
		unix.Close(fd)
		return nil, fail(abi.StepSource, err, "/proc/self/exe")
	}
	s := fileSource(fd, stat)
	s.isOwn, s.isRunning = true, true
	return s, failure{}
}

func fromMemory(memory []byte) (*source, failure) {
	if len(memory) == 0 {
		return nil, failure{abi.StepSource, unix.ENOEXEC, "length"}
	}
	return &source{kind: kindMemory, fd: -1, memory: memory, size: uint64(len(memory))}, failure{}
}

func fileSource(fd int, stat unix.Stat_t) *source {
	s := &source{kind: kindFile, fd: fd, stat: stat, size: uint64(stat.Size)}
	seals, err := fcntl(fd, unix.F_GET_SEALS, 0)
	if err != nil {
		seals = -1
	}
	s.seals = seals
	return s
}

func (s *source) close() {
	if s.isLeased {
		releaseLease(s.fd)
	}
	if s.isOwn {
		unix.Close(s.fd)
	}
}

func (s *source) checkPrivileges() failure {
	lost := func(what string) failure { return failure{abi.StepPrivileges, unix.EPERM, what} }
	if s.kind != kindFile {
		return failure{}
	}
	if s.stat.Mode&unix.S_ISUID != 0 {
		return lost("setuid")
	}
	if s.stat.Mode&unix.S_ISGID != 0 {
		return lost("setgid")
	}
	switch err := fgetxattr(s.fd, "security.capability"); err {
	case unix.ENODATA, unix.EOPNOTSUPP:
		return failure{}
	case nil:
		return lost("security.capability")
	default:
		// unknown whether there are file capabilities
		return fail(abi.StepSource, err, "fgetxattr(2)")
	}
}

// mayHaveACL does what lib/seal/strategies/new_file.cc does: with a POSIX ACL the mode does not say
// who may read.
func (s *source) mayHaveACL() bool {
	err := fgetxattr(s.fd, "system.posix_acl_access")
	return err != unix.ENODATA && err != unix.EOPNOTSUPP
}

// permissions returns the mode of a copy that belongs to this group.
func (s *source) permissions(group uint32) uint32 {
	if s.kind != kindFile {
		return 0555
	}
	if s.mayHaveACL() {
		return 0500
	}
	granted := s.stat.Mode & 0555
	if granted&0111 == 0 {
		granted |= granted & 0444 >> 2
	}
	if group != s.stat.Gid {
		common := granted & (granted >> 3) & 0005
		granted = common<<3 | common
	}
	return granted | 0500
}

func (s *source) secure() failure {
	switch s.kind {
	case kindMemory:
		s.evidence = abi.EvidenceMemory
		return failure{}
	case kindStream:
		return failure{}
	}
	s.findFileSystem()
	s.evidence = s.lastingEvidence()
	if s.evidence == abi.EvidenceNone {
		s.evidence = s.passingEvidence()
	}
	return s.lookAtFile()
}

func (s *source) lastingEvidence() uint32 {
	switch {
	case s.seals >= 0 && s.seals&frozenSeals == frozenSeals:
		return abi.EvidenceSeals
	case s.hasVerity():
		return abi.EvidenceVerity
	}
	return abi.EvidenceNone
}

func (s *source) passingEvidence() uint32 {
	s.isLeased = s.canBeLeased() && takeReadLease(s.fd) == nil
	switch {
	case s.isLeased:
		return abi.EvidenceLease
	case s.isRunning && isLocal(s.fileSystem) && protectsRunningPrograms(thisKernel()):
		return abi.EvidenceRunning
	}
	return abi.EvidenceTimes
}

// statFile is for a plan that does not read the source's bytes.
func (s *source) statFile() failure {
	if s.kind != kindFile {
		return failure{}
	}
	s.findFileSystem()
	s.evidence = s.lastingEvidence()
	return s.lookAtFile()
}

func (s *source) hasVerity() bool {
	return measureVerity(s.fd, s.fileSystem, &abi.Digest{}) && verityHolds(s.fileSystem)
}

func (s *source) lookAtFile() failure {
	err := fstat(s.fd, &s.stat)
	if err == nil && s.stat.Size == 0 {
		err = unix.ENOEXEC
	}
	s.size = uint64(s.stat.Size)
	return fail(abi.StepSource, err, "source")
}

func (s *source) findFileSystem() {
	var fs unix.Statfs_t
	if s.mountError = fstatfs(s.fd, &fs); s.mountError == nil {
		s.fileSystem, s.mountFlags = int64(fs.Type), int64(fs.Flags)
	}
}

func isLocal(fileSystem int64) bool {
	switch uint32(fileSystem) {
	// ext4, btrfs, squashfs, xfs, erofs, f2fs
	case 0xEF53, 0x9123683E, 0x73717368, 0x58465342, 0xE0F5E1E2, 0xF2F52010:
		return true
	}
	return false
}

// mayShareBlocks reports whether the file system can copy the source atomically (FICLONE). With DAX
// a shared block would be a shared page.
func (s *source) mayShareBlocks() bool {
	switch uint32(s.fileSystem) {
	case unix.BTRFS_SUPER_MAGIC, unix.XFS_SUPER_MAGIC:
		var stat unix.Statx_t
		err := statx(s.fd, "", unix.AT_EMPTY_PATH, 0, &stat)
		return err == nil && stat.Attributes&unix.STATX_ATTR_DAX == 0
	}
	return false
}

// evidenceOfCopy is the function of that name in lib/seal/source.h.
func (s *source) evidenceOfCopy(wasSnapshot bool) uint32 {
	if wasSnapshot && s.evidence <= abi.EvidenceTimes {
		return abi.EvidenceSnapshot
	}
	return s.evidence
}

func (s *source) canBeLeased() bool {
	isLinkedTmpfs := uint32(s.fileSystem) == unix.TMPFS_MAGIC && s.stat.Nlink != 0
	return s.isOwn && (isLocal(s.fileSystem) || isLinkedTmpfs)
}

// checkUnchanged returns ESTALE if the source has changed, and EAGAIN if only its ctime has
// changed. A snapshot is not compared.
func (s *source) checkUnchanged(wasSnapshot bool) error {
	if s.kind != kindFile || s.evidence == abi.EvidenceSeals || s.evidence == abi.EvidenceVerity {
		return nil
	}
	if s.isLeased && holdsReadLease(s.fd) {
		return nil
	}
	var now unix.Stat_t
	err := fstat(s.fd, &now)
	if s.isLeased {
		releaseLease(s.fd)
		s.isLeased, s.evidence = false, abi.EvidenceTimes
	}
	if err != nil || wasSnapshot {
		return err
	}
	if now.Size != s.stat.Size || now.Mtim != s.stat.Mtim {
		return unix.ESTALE
	}
	if now.Ctim != s.stat.Ctim {
		s.stat = now
		return unix.EAGAIN
	}
	return nil
}
