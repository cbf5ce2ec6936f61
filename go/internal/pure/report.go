// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

var (
	modes      = []string{"", "independent-data-copy", "ro-shared-page"}
	strategies = []string{"none", "reuse", "memfd", "tmpfile"}
	steps      = []string{"done", "argument", "source", "privileges", "limit", "require", "stability", "noexec", "create", "copy", "permissions", "seal", "reopen", "verify", "no-new-privs", "close-others", "execveat", "proc-exec", "script", "interpreter", "architecture", "format"}
	guarantees = []string{"read-only", "sealed", "x-sealed", "own-pages", "peer-sealed", "landlock", "stable"}
	evidence   = []string{"none", "times", "lease", "seals", "running", "memory"}
)

func at(list []string, index uint32) (string, bool) {
	if uint64(index) >= uint64(len(list)) {
		return "", false
	}
	return list[index], true
}

func (Backend) ModeName(mode uint32) (string, bool) { return at(modes, mode) }

func (Backend) StrategyName(strategy uint32) (string, bool) { return at(strategies, strategy) }

func (Backend) StepName(step uint32) (string, bool) { return at(steps, step) }

func (Backend) GuaranteeName(bit uint32) (string, bool) { return at(guarantees, bit) }

func (Backend) EvidenceName(kind uint32) (string, bool) { return at(evidence, kind) }

func lowestName(mask uint64) string { return guarantees[bits.TrailingZeros64(mask)] }

const (
	anyStrategy = math.MaxUint32
	anyStep     = math.MaxUint32
)

// hints are those of lib/hint.cc: the first row that matches counts.
var hints = []struct {
	strategy, step uint32
	errno          unix.Errno
	text           string
}{
	{anyStrategy, anyStep, unix.EMFILE, "this process is out of descriptors: close some, or raise RLIMIT_NOFILE"},
	{anyStrategy, anyStep, unix.ENFILE, "the system is out of file descriptors"},
	{abi.StrategyMemfd, abi.StepCreate, unix.EACCES, "executable memfds are forbidden here, by the sysctl vm.memfd_noexec=2 of this PID namespace or by a security module: relax that, or let tmpfile do"},
	{abi.StrategyMemfd, abi.StepCreate, unix.EPERM, "memfd_create(2) is filtered, most likely by seccomp: allow it, or let tmpfile do"},
	{abi.StrategyMemfd, abi.StepCreate, unix.ENOSYS, "memfd_create(2) is filtered by seccomp or missing from this kernel: allow it, or let tmpfile do"},
	{abi.StrategyMemfd, abi.StepCreate, unix.EOPNOTSUPP, "F_SEAL_EXEC needs Linux 6.3: do without x-sealed"},
	{abi.StrategyMemfd, abi.StepReopen, unix.ENOENT, "no usable /proc here: the descriptor is the memfd's own, open for reading and writing but sealed"},
	{abi.StrategyMemfd, abi.StepCreate, unix.EINVAL, "this kernel's memfds cannot be sealed: let tmpfile do"},
	{abi.StrategyReuse, abi.StepReopen, 0, "the sealed source cannot be opened anew, so it is copied: mount /proc to share it"},
	{abi.StrategyNone, abi.StepRequire, 0, "this version has no strategy for this mode: use another mode"},
	{abi.StrategyReuse, abi.StepRequire, 0, "the source is sealed, but does not give this: it is copied"},
	{abi.StrategyReuse, abi.StepVerify, 0, "the source is sealed, but not for us to execute: it is copied"},
	{abi.StrategyTmpfile, abi.StepNoexec, 0, "the directory is mounted noexec: pass one that is not (tmp_dirfd, exeseal run --tmp-dir)"},
	{abi.StrategyTmpfile, abi.StepCreate, 0, "no file can be made in this directory: pass another one (tmp_dirfd, exeseal run --tmp-dir)"},
	{abi.StrategyTmpfile, abi.StepCopy, unix.ENOSPC, "no space left: free some, or pass another directory (tmp_dirfd, exeseal run --tmp-dir)"},
	{abi.StrategyTmpfile, abi.StepCopy, unix.EDQUOT, "the disk quota is used up: pass another directory (tmp_dirfd, exeseal run --tmp-dir)"},
	{abi.StrategyTmpfile, abi.StepVerify, unix.ETXTBSY, "a process that was forked meanwhile still holds the writer and does not execute: try again, or fork less"},
	{abi.StrategyTmpfile, abi.StepReopen, unix.ENOENT, "without /proc a file cannot be opened read-only again: mount /proc"},
	{anyStrategy, abi.StepPrivileges, unix.EPERM, "a copy loses these privileges: accept that with EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges)"},
	{anyStrategy, abi.StepPrivileges, 0, "whether the source has file capabilities cannot be read: accept their loss with EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges)"},
	{anyStrategy, abi.StepLimit, unix.EFBIG, "the source is larger than this limit: raise it"},
	{anyStrategy, abi.StepRequire, unix.EOPNOTSUPP, "this guarantee is not to be had this way: require less, or fix what failed above"},
	{anyStrategy, abi.StepStability, unix.EOPNOTSUPP, "no proof that the source keeps still: nobody may have it open for writing, and a lease takes its owner or CAP_LEASE"},
	{anyStrategy, anyStep, unix.ESTALE, "the source changed while it was read: try again when its writer is done"},
	{anyStrategy, abi.StepSource, unix.EISDIR, "this is a directory: pass the program in it"},
	{anyStrategy, abi.StepSource, unix.ENODEV, "a device or another special file cannot be a program"},
	{anyStrategy, abi.StepSource, unix.ENOEXEC, "the source is empty"},
	{anyStrategy, abi.StepSource, unix.EACCES, "no permission to read the source: a copy takes reading it"},
	{anyStrategy, abi.StepSource, unix.ENOENT, "there is no usable /proc: mount it"},
	{anyStrategy, abi.StepSource, unix.EBADF, "the descriptor is not open for reading"},
	{anyStrategy, abi.StepCloseOthers, unix.EBADF, "a descriptor to keep is not open"},
	{anyStrategy, abi.StepCloseOthers, 0, "close_range(2) with CLOSE_RANGE_CLOEXEC needs Linux 5.11, and no filter against it"},
	{anyStrategy, abi.StepScript, 0, "its interpreter, or emulator, could not open it: it takes EXESEAL_EXEC_SCRIPT, and /proc mounted"},
	{anyStrategy, abi.StepInterpreter, unix.ENOEXEC, "the interpreter is no program that runs here"},
	{anyStrategy, abi.StepInterpreter, unix.EACCES, "the image names this interpreter, which may not be executed"},
	{anyStrategy, abi.StepInterpreter, unix.ENOTDIR, "the image names this interpreter, whose path leads through a file"},
	{anyStrategy, abi.StepInterpreter, unix.ENOENT, "the image names this interpreter, and it is not there: install it, or use a static program"},
	{anyStrategy, abi.StepArchitecture, 0, "the program is for another architecture"},
	{anyStrategy, abi.StepFormat, 0, "this is no program: neither a script nor an ELF executable that is whole"},
	{anyStrategy, abi.StepProcExec, unix.ENOENT, "there is no usable /proc: mount it"},
	{anyStrategy, abi.StepExecveat, unix.ETXTBSY, "somebody has the file open for writing"},
	{anyStrategy, abi.StepExecveat, unix.EACCES, "no x bit, a noexec mount, or a policy (Landlock, SELinux, AppArmor, IMA) against it"},
	{anyStrategy, anyStep, unix.ENOMEM, "out of memory, or over the limit of the memory cgroup that is charged for the copy"},
}

func hint(strategy, step uint32, errno unix.Errno) string {
	for _, row := range hints {
		if (row.strategy == anyStrategy || row.strategy == strategy) && (row.step == anyStep || row.step == step) &&
			(row.errno == 0 || row.errno == errno) {
			return row.text
		}
	}
	return ""
}

// FormatReport writes what exeseal_report_format does.
func (b Backend) FormatReport(report *abi.Report) string {
	var text strings.Builder
	if report.Strategy != abi.StrategyNone {
		b.writeOutcome(&text, report)
	}
	for i := uint32(0); i < min(report.Attempts, abi.ReportAttempts); i++ {
		if report.Attempt[i].Errno != 0 {
			b.writeAttempt(&text, &report.Attempt[i])
		}
	}
	if report.Attempts > abi.ReportAttempts {
		text.WriteString(strconv.FormatUint(uint64(report.Attempts-abi.ReportAttempts), 10) + " more attempts were not recorded\n")
	}
	return text.String()
}

func orUnknown(name string, known bool) string {
	if !known {
		return "unknown"
	}
	return name
}

func (b Backend) writeOutcome(text *strings.Builder, report *abi.Report) {
	text.WriteString("sealed by " + orUnknown(b.StrategyName(report.Strategy)) + ": ")
	text.WriteString(strconv.FormatUint(report.Bytes, 10) + " bytes, guarantees " + guaranteeList(report.Guarantees))
	text.WriteString(", evidence " + orUnknown(b.EvidenceName(report.Evidence)))
	if report.Retries != 0 {
		text.WriteString(", retries " + strconv.FormatUint(uint64(report.Retries), 10))
	}
	text.WriteString("\n")
}

func guaranteeList(mask uint64) string {
	var names []string
	for bit, name := range guarantees {
		if mask>>bit&1 != 0 {
			names = append(names, name)
		}
	}
	if mask == 0 {
		return "none"
	}
	return strings.Join(names, ",")
}

func (b Backend) writeAttempt(text *strings.Builder, attempt *abi.Attempt) {
	if attempt.Strategy != abi.StrategyNone {
		text.WriteString(orUnknown(b.StrategyName(attempt.Strategy)) + ": ")
	}
	errno := unix.Errno(attempt.Errno)
	text.WriteString(orUnknown(b.StepName(attempt.Step)) + ": " + errnoName(errno))
	if where := abi.Text(attempt.Where[:]); where != "" {
		text.WriteString(" (" + printable(where) + ")")
	}
	if advice := hint(attempt.Strategy, attempt.Step, errno); advice != "" {
		text.WriteString(": " + advice)
	}
	text.WriteString("\n")
}

// printable shows what would steer a terminal, or forge a line, as '?'.
func printable(text string) string {
	shown := []byte(text)
	for i, c := range shown {
		if c < ' ' || c > '~' {
			shown[i] = '?'
		}
	}
	return string(shown)
}

// errnoNames are those of lib/errno_name.cc; unix.ErrnoName has more, and EOPNOTSUPP by its other name.
var errnoNames = map[unix.Errno]string{
	unix.EPERM: "EPERM", unix.ENOENT: "ENOENT", unix.ESRCH: "ESRCH", unix.EINTR: "EINTR", unix.EIO: "EIO", unix.ENXIO: "ENXIO",
	unix.E2BIG: "E2BIG", unix.ENOEXEC: "ENOEXEC", unix.EBADF: "EBADF", unix.ECHILD: "ECHILD", unix.EAGAIN: "EAGAIN",
	unix.ENOMEM: "ENOMEM", unix.EACCES: "EACCES", unix.EFAULT: "EFAULT", unix.ENOTBLK: "ENOTBLK", unix.EBUSY: "EBUSY",
	unix.EEXIST: "EEXIST", unix.EXDEV: "EXDEV", unix.ENODEV: "ENODEV", unix.ENOTDIR: "ENOTDIR", unix.EISDIR: "EISDIR",
	unix.EINVAL: "EINVAL", unix.ENFILE: "ENFILE", unix.EMFILE: "EMFILE", unix.ENOTTY: "ENOTTY", unix.ETXTBSY: "ETXTBSY",
	unix.EFBIG: "EFBIG", unix.ENOSPC: "ENOSPC", unix.ESPIPE: "ESPIPE", unix.EROFS: "EROFS", unix.EMLINK: "EMLINK",
	unix.EPIPE: "EPIPE", unix.EDOM: "EDOM", unix.ERANGE: "ERANGE", unix.EDEADLK: "EDEADLK", unix.ENAMETOOLONG: "ENAMETOOLONG",
	unix.ENOLCK: "ENOLCK", unix.ENOSYS: "ENOSYS", unix.ENOTEMPTY: "ENOTEMPTY", unix.ELOOP: "ELOOP", unix.ENODATA: "ENODATA",
	unix.EOVERFLOW: "EOVERFLOW", unix.EILSEQ: "EILSEQ", unix.EUSERS: "EUSERS", unix.ENOTSOCK: "ENOTSOCK",
	unix.EMSGSIZE: "EMSGSIZE", unix.EOPNOTSUPP: "EOPNOTSUPP", unix.ENOTCONN: "ENOTCONN", unix.ECONNRESET: "ECONNRESET",
	unix.ETIMEDOUT: "ETIMEDOUT", unix.ESTALE: "ESTALE", unix.EUCLEAN: "EUCLEAN", unix.EREMOTEIO: "EREMOTEIO",
	unix.EDQUOT: "EDQUOT", unix.ECANCELED: "ECANCELED", unix.ENOKEY: "ENOKEY", unix.EKEYREJECTED: "EKEYREJECTED",
	unix.EBADMSG: "EBADMSG", unix.EBADFD: "EBADFD", unix.ELIBBAD: "ELIBBAD",
}

func errnoName(errno unix.Errno) string {
	if name := errnoNames[errno]; name != "" {
		return name
	}
	return "errno " + strconv.FormatUint(uint64(uint32(errno)), 10)
}
