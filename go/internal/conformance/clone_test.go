// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

const (
	all          = abi.GuaranteeReadOnly | abi.GuaranteeSealed | abi.GuaranteeXSealed | abi.GuaranteeOwnPages | abi.GuaranteePeerSealed | abi.GuaranteeLandlock | abi.GuaranteeStable
	setLease     = 1024 // F_SETLEASE
	setOFDLock   = 37   // F_OFD_SETLK
	sealExec     = 0x20
	runtimeSeals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
)

// outcome is everything that a caller can observe of one clone.
type outcome struct {
	errno       int
	bytes       string
	permissions uint32
	seals       int
	flags       int
	descriptor  int
	isHigh      bool
	link        string
	report      abi.Report
	text        string
}

func lookAt(t *testing.T, b backend, result int, report *abi.Report) outcome {
	t.Helper()
	seen := outcome{report: *report, text: b.FormatReport(report)}
	if result < 0 {
		seen.errno = -result
		return seen
	}
	defer unix.Close(result)
	var stat unix.Stat_t
	check(t, unix.Fstat(result, &stat))
	content := make([]byte, stat.Size)
	_, err := unix.Pread(result, content, 0)
	check(t, err)
	seen.bytes, seen.permissions, seen.isHigh = string(content), stat.Mode, result >= 3
	if seen.seals, err = unix.FcntlInt(uintptr(result), unix.F_GET_SEALS, 0); err == unix.EINVAL {
		seen.seals = -1 // not a memfd
	} else {
		check(t, err)
	}
	seen.flags, err = unix.FcntlInt(uintptr(result), unix.F_GETFL, 0)
	check(t, err)
	seen.descriptor, err = unix.FcntlInt(uintptr(result), unix.F_GETFD, 0)
	check(t, err)
	seen.link, err = os.Readlink(procPath(result))
	check(t, err)
	return seen
}

// inPure says which strategies pure has.
var inPure = map[uint32]bool{
	abi.StrategyNone:    true,
	abi.StrategyReuse:   true,
	abi.StrategyMemfd:   true,
	abi.StrategyTmpfile: true,
	abi.StrategyTmpfs:   false,
	abi.StrategyOverlay: true,
	abi.StrategyBind:    false,
	abi.StrategyVerity:  false,
}

func isPure(strategy uint32) bool { return inPure[strategy] }

func TestEveryStrategyIsListedForPure(t *testing.T) {
	for strategy, name := range abi.StrategyNames {
		if _, isKnown := inPure[uint32(strategy)]; !isKnown {
			t.Errorf("%s is not in the list inPure", name)
		}
	}
}

// compare expects the same outcome of both, except for the strategies that pure lacks. If one of
// these made the core's clone, pure tries the strategies that follow it, so only the attempts
// before it are compared.
func compare(t *testing.T, core, pure outcome) {
	t.Helper()
	if text := backends[0].FormatReport(&pure.report); pure.text != text {
		t.Errorf("pure writes %q, core %q", pure.text, text)
	}
	for _, attempt := range pure.report.Attempt[:pure.report.Attempts] {
		if !isPure(attempt.Strategy) && attempt != lacking(attempt.Strategy) {
			t.Errorf("pure reports a missing strategy in another way:\n%s", show(pure))
		}
	}
	wanted := withoutLacking(withoutChance(core))
	pure = withoutLacking(withoutChance(pure))
	if core.errno == 0 && !isPure(core.report.Strategy) {
		before := wanted.report.Attempts
		if pure.report.Attempts < before || !slices.Equal(attempts(pure)[:before], attempts(wanted)) {
			t.Errorf("want the core's attempts first:\n%s\n%s", show(core), show(pure))
		}
		return
	}
	if pure != wanted {
		t.Errorf("want the core's outcome without the strategies that pure lacks:\n%s\n%s\n%s", show(core), show(wanted), show(pure))
	}
	if core.errno == 0 && (!core.isHigh || core.descriptor&unix.FD_CLOEXEC == 0) {
		t.Errorf("not a close-on-exec descriptor >= 3: %s", show(core))
	}
}

// withoutChance removes differences that depend on timing. On a busy machine either backend may
// have to seal again because the kernel holds a page (lib/seal/strategies/memfd.cc), or may give up
// huge pages (lib/seal/huge_pages.cc). The link of an unnamed file has its inode number.
func withoutChance(seen outcome) outcome {
	if directory, isUnnamed := strings.CutSuffix(seen.link, " (deleted)"); isUnnamed && seen.report.Strategy == abi.StrategyTmpfile {
		seen.link = filepath.Dir(directory) + "/# (deleted)"
	}
	if seen.report.Retries != 0 || seen.report.HugeBytes != 0 {
		seen.report.Retries, seen.report.HugeBytes = 0, 0
		seen.text = backends[0].FormatReport(&seen.report)
	}
	return seen
}

// lacking returns the attempt that pure records for a strategy that it lacks.
func lacking(strategy uint32) abi.Attempt {
	attempt := abi.Attempt{Strategy: strategy, Step: abi.StepRequire, Errno: int32(unix.ENOSYS)}
	copy(attempt.Where[:], "cgo")
	return attempt
}

// withoutLacking returns the outcome for a plan without the strategies that pure lacks.
func withoutLacking(seen outcome) outcome {
	var rest abi.Report
	first := int(unix.EOPNOTSUPP)
	for _, attempt := range seen.report.Attempt[:seen.report.Attempts] {
		if !isPure(attempt.Strategy) {
			continue
		}
		rest.Attempt[rest.Attempts] = attempt
		rest.Attempts++
		if first == int(unix.EOPNOTSUPP) && attempt.Errno != 0 && attempt.Step != abi.StepRequire {
			first = int(attempt.Errno)
		}
	}
	if rest.Attempts == seen.report.Attempts {
		return seen
	}
	if seen.errno != 0 || !isPure(seen.report.Strategy) {
		return outcome{errno: first, report: rest, text: backends[0].FormatReport(&rest)}
	}
	rest.Guarantees, rest.Bytes, rest.Strategy = seen.report.Guarantees, seen.report.Bytes, seen.report.Strategy
	rest.Evidence, rest.Retries = seen.report.Evidence, seen.report.Retries
	seen.report, seen.text = rest, backends[0].FormatReport(&rest)
	return seen
}

// source is opened again for each clone, because some sources can be read only once.
type source struct {
	name string
	open func(t *testing.T) int
}

func sources() []source {
	var list []source
	add := func(name string, open func(t *testing.T) int) { list = append(list, source{name, open}) }

	for _, mode := range []uint32{0755, 0700, 0711, 0644, 0640, 0750, 0600, 0444, 0000} {
		mode := mode
		add("mode "+octal(mode), func(t *testing.T) int { return openFile(t, program, mode, unix.O_RDONLY) })
		add("another group, mode "+octal(mode), func(t *testing.T) int {
			fd := openFile(t, program, mode, unix.O_RDONLY)
			needRoot(t, unix.Fchown(fd, -1, 12345))
			return fd
		})
	}
	add("O_PATH", func(t *testing.T) int { return openFile(t, program, 0755, unix.O_PATH) })
	add("O_WRONLY", func(t *testing.T) int { return openFile(t, program, 0755, unix.O_WRONLY) })
	add("O_RDWR at an offset", func(t *testing.T) int {
		fd := openFile(t, program, 0755, unix.O_RDWR)
		_, err := unix.Seek(fd, 7, 0)
		check(t, err)
		return fd
	})
	add("O_APPEND", func(t *testing.T) int { return openFile(t, program, 0755, unix.O_RDWR|unix.O_APPEND) })
	add("unlinked", func(t *testing.T) int {
		path := newFile(t, t.TempDir(), program, 0755)
		fd := openAt(t, path, unix.O_RDONLY)
		check(t, os.Remove(path))
		return fd
	})
	add("on tmpfs", func(t *testing.T) int { return openAt(t, newFile(t, tmpfs(t), program, 0755), unix.O_RDONLY) })
	add("on tmpfs, O_RDWR", func(t *testing.T) int { return openAt(t, newFile(t, tmpfs(t), program, 0755), unix.O_RDWR) })
	add("on tmpfs, unlinked", func(t *testing.T) int {
		path := newFile(t, tmpfs(t), program, 0755)
		fd := openAt(t, path, unix.O_RDONLY)
		check(t, os.Remove(path))
		return fd
	})
	add("directory", func(t *testing.T) int { return openAt(t, t.TempDir(), unix.O_RDONLY) })
	add("directory, O_PATH", func(t *testing.T) int { return openAt(t, t.TempDir(), unix.O_PATH) })
	add("device", func(t *testing.T) int { return openAt(t, "/dev/zero", unix.O_RDONLY) })
	add("proc file", func(t *testing.T) int { return openAt(t, "/proc/self/cmdline", unix.O_RDONLY) })
	add("epoll", func(t *testing.T) int {
		fd, err := unix.EpollCreate1(0)
		check(t, err)
		return closed(t, fd)
	})
	add("empty", func(t *testing.T) int { return openFile(t, "", 0755, unix.O_RDONLY) })
	add("a page and a byte", func(t *testing.T) int { return openFile(t, strings.Repeat("x", 4097), 0755, unix.O_RDONLY) })
	add("closed", func(t *testing.T) int { return 1 << 19 })
	add("negative", func(t *testing.T) int { return -1 })
	add("very negative", func(t *testing.T) int { return -1 << 31 })

	add("pipe", func(t *testing.T) int { return pipe(t, 0, program, 0) })
	add("pipe, slow", func(t *testing.T) int { return pipe(t, 0, program, time.Millisecond) })
	add("pipe, non-blocking and slow", func(t *testing.T) int { return pipe(t, unix.O_NONBLOCK, program, time.Millisecond) })
	add("pipe, empty", func(t *testing.T) int { return pipe(t, 0, "", 0) })
	add("pipe, large", func(t *testing.T) int { return pipe(t, 0, strings.Repeat("0123456789abcdef", 1<<14), 0) })
	add("pipe's writer", func(t *testing.T) int {
		var ends [2]int
		check(t, unix.Pipe2(ends[:], unix.O_CLOEXEC))
		closed(t, ends[0])
		return closed(t, ends[1])
	})
	add("FIFO, O_PATH", func(t *testing.T) int {
		path := filepath.Join(t.TempDir(), "fifo")
		check(t, unix.Mkfifo(path, 0600))
		return openAt(t, path, unix.O_PATH)
	})
	for name, kind := range map[string]int{"stream": unix.SOCK_STREAM, "datagram": unix.SOCK_DGRAM, "records": unix.SOCK_SEQPACKET} {
		kind := kind
		add("socket, "+name, func(t *testing.T) int { return socket(t, kind) })
		add("socket, non-blocking, "+name, func(t *testing.T) int { return socket(t, kind|unix.SOCK_NONBLOCK) })
	}

	for name, seals := range map[string]int{
		"no seals": 0, "half": unix.F_SEAL_SHRINK, "frozen, not sealed": runtimeSeals &^ unix.F_SEAL_SEAL, "sealed": runtimeSeals,
		"sealed and F_SEAL_EXEC": runtimeSeals | sealExec, "sealed but for growing": runtimeSeals &^ unix.F_SEAL_GROW,
		"future write": runtimeSeals&^unix.F_SEAL_WRITE | 0x10,
	} {
		seals := seals
		for _, mode := range []uint32{0777, 0555, 0644, 0001} {
			mode := mode
			add("memfd "+octal(mode)+", "+name, func(t *testing.T) int { return memfd(t, program, mode, seals) })
		}
		add("memfd by O_PATH, "+name, func(t *testing.T) int {
			return openAt(t, procPath(memfd(t, program, 0755, seals)), unix.O_PATH)
		})
		add("memfd opened anew, "+name, func(t *testing.T) int {
			return openAt(t, procPath(memfd(t, program, 0755, seals)), unix.O_RDONLY)
		})
	}
	add("memfd, empty and sealed", func(t *testing.T) int { return memfd(t, "", 0755, runtimeSeals) })
	add("memfd that cannot be sealed", func(t *testing.T) int {
		fd, err := unix.MemfdCreate("plain", unix.MFD_CLOEXEC)
		check(t, err)
		_, err = unix.Write(fd, []byte(program))
		check(t, err)
		return closed(t, fd)
	})

	for _, mode := range []uint32{04755, 02755, 06755, 04644, 01755} {
		mode := mode
		add("mode "+octal(mode), func(t *testing.T) int { return openFile(t, program, mode, unix.O_RDONLY) })
		add("memfd "+octal(mode)+", sealed", func(t *testing.T) int { return memfd(t, program, mode, runtimeSeals) })
	}
	add("capabilities", func(t *testing.T) int {
		fd := openFile(t, program, 0755, unix.O_RDONLY)
		needRoot(t, unix.Fsetxattr(fd, "security.capability", netBindService, 0))
		return fd
	})
	add("capabilities, O_PATH", func(t *testing.T) int {
		path := newFile(t, t.TempDir(), program, 0755)
		needRoot(t, unix.Setxattr(path, "security.capability", netBindService, 0))
		return openAt(t, path, unix.O_PATH)
	})
	add("access control list", func(t *testing.T) int {
		path := newFile(t, tmpfs(t), program, 0755)
		needRoot(t, unix.Setxattr(path, "system.posix_acl_access", denyOneUser, 0))
		return openAt(t, path, unix.O_RDONLY)
	})
	add("another group", func(t *testing.T) int {
		path := newFile(t, t.TempDir(), program, 0705)
		needRoot(t, unix.Chown(path, -1, 65534))
		return openAt(t, path, unix.O_RDONLY)
	})
	for name, kind := range map[string]int16{"read": unix.F_RDLCK, "write": unix.F_WRLCK} {
		kind := kind
		for _, flags := range []int{unix.O_RDWR, unix.O_RDONLY} {
			flags := flags
			if flags == unix.O_RDONLY && kind == unix.F_WRLCK {
				continue
			}
			add("record lock for "+name+", flags "+octal(uint32(flags)), func(t *testing.T) int {
				fd := openFile(t, program, 0755, flags)
				check(t, unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &unix.Flock_t{Type: kind}))
				return fd
			})
		}
	}
	add("record lock on a sealed memfd", func(t *testing.T) int {
		fd := memfd(t, program, 0755, runtimeSeals)
		check(t, unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &unix.Flock_t{Type: unix.F_RDLCK}))
		return fd
	})
	add("write lease", func(t *testing.T) int {
		fd := openFile(t, program, 0755, unix.O_RDONLY)
		_, err := unix.FcntlInt(uintptr(fd), setLease, unix.F_WRLCK)
		needRoot(t, err)
		return fd
	})
	for name, own := range map[string]bool{"lock of a description": false, "record lock behind that of a description": true} {
		own := own
		add(name, func(t *testing.T) int {
			path := newFile(t, t.TempDir(), program, 0755)
			other, fd := openAt(t, path, unix.O_RDONLY), openAt(t, path, unix.O_RDONLY)
			check(t, unix.FcntlFlock(uintptr(other), setOFDLock, &unix.Flock_t{Type: unix.F_RDLCK}))
			if own {
				check(t, unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &unix.Flock_t{Type: unix.F_RDLCK}))
			}
			return fd
		})
	}
	return list
}

// netBindService is CAP_NET_BIND_SERVICE, permitted and effective, as a version 2 attribute.
var netBindService = []byte{1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// denyOneUser is u::rwx,u:4242:---,g::r-x,m::r-x,o::r-x of acl(5) as an attribute's value.
var denyOneUser = []byte{2, 0, 0, 0,
	1, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0x92, 0x10, 0, 0, 4, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 5, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 5, 0, 0xff, 0xff, 0xff, 0xff}

type choice struct {
	name    string
	options abi.CloneOptions
}

func choices() []choice {
	list := []choice{{"defaults", abi.CloneOptions{}}}
	add := func(name string, change func(*abi.CloneOptions)) {
		entry := choice{name: name}
		change(&entry.options)
		list = append(list, entry)
	}
	for bit := 0; bit < 8; bit++ { // includes one unknown bit
		bit := bit
		add("require "+octal(1<<bit), func(o *abi.CloneOptions) { o.Require = 1 << bit })
	}
	add("require all", func(o *abi.CloneOptions) { o.Require = all })
	add("require x-sealed,peer-sealed", func(o *abi.CloneOptions) { o.Require = abi.GuaranteeXSealed | abi.GuaranteePeerSealed })
	add("require x-sealed,stable", func(o *abi.CloneOptions) { o.Require = abi.GuaranteeXSealed | abi.GuaranteeStable })
	add("require the highest bit", func(o *abi.CloneOptions) { o.Require = 1 << 63 })
	for mode := uint32(1); mode < 4; mode++ {
		mode := mode
		add("mode "+octal(mode), func(o *abi.CloneOptions) { o.Mode = mode })
	}
	for name, list := range map[string][]uint32{
		"independent, ro-shared-page": {1, 2}, "no mode before it": {0, 1}, "twice": {1, 1}, "unknown": {1, 3},
		"too large": {1, 1<<32 - 1}, "with a hole": {2, 0, 1}, "three": {2, 1, 2},
	} {
		list := list
		add("modes "+name, func(o *abi.CloneOptions) { o.Mode = list[0]; copy(o.Fallback[:], list[1:]) })
		add("modes and a name "+name, func(o *abi.CloneOptions) { o.Mode = list[0]; copy(o.Fallback[:], list[1:]); o.Name[0] = 'n' })
	}
	add("small pages", func(o *abi.CloneOptions) { o.Flags = abi.CloneSmallPages })
	add("huge pages", func(o *abi.CloneOptions) { o.Flags = abi.CloneHugePages })
	add("small and huge pages", func(o *abi.CloneOptions) { o.Flags = abi.CloneSmallPages | abi.CloneHugePages })
	add("mode -1", func(o *abi.CloneOptions) { o.Mode = 1<<32 - 1 })
	for name, bytes := range map[string]uint64{"1": 1, "all but one": uint64(len(program)) - 1, "just": uint64(len(program)), "unbounded": 1<<64 - 1} {
		bytes := bytes
		add("max_bytes "+name, func(o *abi.CloneOptions) { o.MaxBytes = bytes })
	}
	for name, text := range map[string]string{
		"runc": "runc", "with blanks": "a b\tc", "hostile": "\x1b[31m\n\xff", "slash": "a/b", "dot": ".", "dots": "..", "three dots": "...", "longest": strings.Repeat("n", 63),
		"too long": strings.Repeat("n", 64), "after a NUL": "a\x00/b",
	} {
		text := text
		add("name "+name, func(o *abi.CloneOptions) { copy(o.Name[:], text) })
	}
	add("drop privileges", func(o *abi.CloneOptions) { o.Flags = abi.CloneDropPrivileges })
	add("drop privileges, independent", func(o *abi.CloneOptions) {
		o.Flags, o.Mode = abi.CloneDropPrivileges, abi.ModeIndependentDataCopy
	})
	add("drop privileges, ro-shared-page", func(o *abi.CloneOptions) {
		o.Flags, o.Mode = abi.CloneDropPrivileges, abi.ModeROSharedPage
	})
	add("unknown flag", func(o *abi.CloneOptions) { o.Flags = 1 << 4 })
	add("highest flag", func(o *abi.CloneOptions) { o.Flags = 1 << 63 })
	add("tmp_dirfd -1", func(o *abi.CloneOptions) { o.Flags, o.TmpDirfd = abi.CloneTmpDirfd, -1 })
	add("tmp_dirfd not open", func(o *abi.CloneOptions) { o.Flags, o.TmpDirfd = abi.CloneTmpDirfd, 1<<19 })
	add("tmp_dirfd without its flag", func(o *abi.CloneOptions) { o.TmpDirfd = -1 })
	return list
}

func TestCloneOfEverySourceWithEveryOption(t *testing.T) {
	for _, source := range sources() {
		source := source
		t.Run(source.name, func(t *testing.T) {
			for _, choice := range choices() {
				choice := choice
				t.Run(choice.name, func(t *testing.T) {
					var seen [2]outcome
					for i, b := range backends {
						fd := source.open(t)
						before := stateOf(fd)
						report, options := dirty, choice.options
						seen[i] = lookAt(t, b, b.Clone(fd, &options, &report), &report)
						if after := stateOf(fd); after != before {
							t.Errorf("backend %d touched the caller's descriptor: %+v, before %+v", i, after, before)
						}
						if options != choice.options {
							t.Errorf("backend %d changed the options", i)
						}
					}
					compare(t, seen[0], seen[1])
				})
			}
		})
	}
}

func TestCloneWithADirectoryForFiles(t *testing.T) {
	file, directory := openFile(t, program, 0755, unix.O_RDONLY), openAt(t, t.TempDir(), unix.O_PATH)
	for _, fd := range []int{file, directory} {
		options := abi.CloneOptions{Flags: abi.CloneTmpDirfd, TmpDirfd: int32(fd)}
		var seen [2]outcome
		for i, b := range backends {
			report := dirty
			seen[i] = lookAt(t, b, b.Clone(file, &options, &report), &report)
		}
		compare(t, seen[0], seen[1])
	}
}

func TestCloneSelf(t *testing.T) {
	for _, choice := range choices() {
		choice := choice
		t.Run(choice.name, func(t *testing.T) {
			var seen [2]outcome
			for i, b := range backends {
				report, options := dirty, choice.options
				seen[i] = lookAt(t, b, b.CloneSelf(&options, &report), &report)
			}
			compare(t, seen[0], seen[1])
		})
	}
}

func TestCloneMemory(t *testing.T) {
	for name, memory := range map[string][]byte{"nil": nil, "empty": {}, "one byte": {0}, "program": []byte(program), "large": bytes.Repeat([]byte("large"), 1<<20)} {
		memory := memory
		for _, choice := range choices() {
			choice := choice
			t.Run(name+"/"+choice.name, func(t *testing.T) {
				var seen [2]outcome
				for i, b := range backends {
					report, options := dirty, choice.options
					seen[i] = lookAt(t, b, b.CloneMemory(memory, &options, &report), &report)
				}
				compare(t, seen[0], seen[1])
			})
		}
	}
}

func TestCloneUnderAFileSizeLimit(t *testing.T) {
	var before unix.Rlimit
	check(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &before))
	for _, size := range []uint64{uint64(len(program)) - 1, uint64(len(program))} {
		for _, source := range []func() int{
			func() int { return openFile(t, program, 0755, unix.O_RDONLY) }, func() int { return pipe(t, 0, program, 0) },
		} {
			var seen [2]outcome
			for i, b := range backends {
				fd, report := source(), dirty
				check(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: before.Max}))
				result := b.Clone(fd, &abi.CloneOptions{}, &report)
				check(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &before))
				seen[i] = lookAt(t, b, result, &report)
			}
			compare(t, seen[0], seen[1])
		}
	}
}

func TestNoDescriptorIsLeftBehind(t *testing.T) {
	fd := openFile(t, program, 0755, unix.O_PATH)
	before := countDescriptors(t)
	for _, choice := range choices() {
		for _, b := range backends {
			var report abi.Report
			if result := b.Clone(fd, &choice.options, &report); result >= 0 {
				unix.Close(result)
			}
			if result := b.CloneSelf(&choice.options, &report); result >= 0 {
				unix.Close(result)
			}
		}
	}
	if after := countDescriptors(t); after != before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
}
