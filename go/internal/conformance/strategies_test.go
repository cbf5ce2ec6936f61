// SPDX-License-Identifier: MIT

//go:build linux && cgo && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package conformance

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/exeseal/exeseal/go/internal/abi"
	"github.com/exeseal/exeseal/go/internal/ordinary"
	"github.com/exeseal/exeseal/tests/lib/support/filtered"
	"golang.org/x/sys/unix"
)

// Runs the tests that depend on the user's rights again.
func TestAsAnOrdinaryUser(t *testing.T) {
	ordinary.Run(t, "^Test(Clone|UnderFilters|HugePages|NoDescriptor|WithoutMemfds|View|Probe)")
}

// cloneIn clones a program with both backends.
func cloneIn(t *testing.T, options abi.CloneOptions) (core, pure outcome) {
	t.Helper()
	fd := openFile(t, program, 0755, unix.O_RDONLY)
	var seen [2]outcome
	for i, b := range backends {
		report, own := dirty, options
		seen[i] = lookAt(t, b, b.Clone(fd, &own, &report), &report)
	}
	return seen[0], seen[1]
}

// needStrategy skips the test if the core cannot use the strategy here, and shows the reason.
func needStrategy(t *testing.T, strategy uint32) {
	t.Helper()
	var report abi.Report
	if backends[0].Probe(strategy, &report) < 0 {
		t.Skipf("skip: not available here: %s", backends[0].FormatReport(&report))
	}
}

func attempts(seen outcome) []abi.Attempt { return seen.report.Attempt[:seen.report.Attempts] }

func wantAttempts(t *testing.T, seen outcome, wanted ...abi.Attempt) {
	t.Helper()
	got := attempts(seen)
	for i := range wanted {
		if len(got) != len(wanted) || got[i] != wanted[i] {
			t.Fatalf("want %+v:\n%s", wanted, show(seen))
		}
	}
}

// withoutMemory has the system calls without which only a file is left for a copy.
var withoutMemory = []uint32{unix.SYS_MEMFD_CREATE, unix.SYS_FSOPEN}

// Without memfds and mounts both make an unnamed file.
func TestCloneToAFile(t *testing.T) {
	wanted := map[string]bool{"defaults": true, "require all": true, "drop privileges": true, "name runc": true, "small pages": true}
	for _, source := range append(sources(), source{"in a directory with a default ACL", inheritingACL}) {
		source := source
		for _, choice := range choices() {
			choice := choice
			isRequired := strings.HasPrefix(choice.name, "require ") || strings.HasPrefix(choice.name, "max_bytes ")
			if !wanted[choice.name] && !isRequired {
				continue
			}
			t.Run(source.name+"/"+choice.name, func(t *testing.T) {
				var seen [2]outcome
				for i, b := range backends {
					fd, report, options, result := source.open(t), dirty, choice.options, 0
					before := stateOf(fd)
					check(t, filtered.Calls(withoutMemory, unix.EPERM, func() { result = b.Clone(fd, &options, &report) }))
					seen[i] = lookAt(t, b, result, &report)
					if after := stateOf(fd); after != before {
						t.Errorf("backend %d touched the caller's descriptor: %+v, before %+v", i, after, before)
					}
				}
				compare(t, seen[0], seen[1])
			})
		}
	}
}

// inheritingACL opens a file whose directory gives every new file an ACL.
func inheritingACL(t *testing.T) int {
	directory := tmpfs(t)
	needRoot(t, unix.Setxattr(directory, "system.posix_acl_default", denyOneUser, 0))
	return openAt(t, newFile(t, directory, program, 0755), unix.O_RDONLY)
}

// Each directory in turn is missing, is not a directory, is noexec or refuses the user.
func TestCloneToAFileInADirectory(t *testing.T) {
	noexec := openAt(t, "/proc", unix.O_PATH)
	root := openAt(t, "/", unix.O_PATH)
	withACL := tmpfs(t)
	unix.Setxattr(withACL, "system.posix_acl_default", denyOneUser, 0)
	gone := t.TempDir()
	unlinked := openAt(t, gone, unix.O_PATH)
	check(t, os.Remove(gone))
	for name, directory := range map[string]int{
		"noexec": noexec, "root": root, "with a default ACL": openAt(t, withACL, unix.O_PATH), "unlinked": unlinked,
		"readable": openAt(t, t.TempDir(), unix.O_RDONLY),
	} {
		directory := directory
		t.Run(name, func(t *testing.T) {
			var seen [2]outcome
			for i, b := range backends {
				fd, report, result := openFile(t, program, 0755, unix.O_RDONLY), dirty, 0
				options := abi.CloneOptions{Flags: abi.CloneTmpDirfd, TmpDirfd: int32(directory)}
				check(t, filtered.Calls(withoutMemory, unix.EPERM, func() { result = b.Clone(fd, &options, &report) }))
				seen[i] = lookAt(t, b, result, &report)
			}
			compare(t, seen[0], seen[1])
			if seen[1].errno != 0 || seen[1].report.Strategy != abi.StrategyTmpfile {
				t.Errorf("no file: %s", show(seen[1]))
			}
		})
	}
}

// A process that has a writer of the file keeps others from executing it.
func TestCloneToAFileWaitsForWriters(t *testing.T) {
	for i, b := range backends {
		var report abi.Report
		result := 0
		fd := openFile(t, program, 0755, unix.O_RDONLY)
		check(t, filtered.Calls(withoutMemory, unix.EPERM, func() { result = b.Clone(fd, &abi.CloneOptions{}, &report) }))
		if result < 0 {
			t.Fatalf("backend %d: %s", i, b.FormatReport(&report))
		}
		if writer, err := unix.Open(procPath(result), unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil && os.Geteuid() != 0 {
			unix.Close(writer)
			t.Errorf("backend %d: the owner can open a file of mode 0555 for writing", i)
		}
		if kind, err := unix.FcntlInt(uintptr(result), 1025, 0); err != nil || kind != unix.F_UNLCK {
			t.Errorf("backend %d left a lease: %d, %v", i, kind, err)
		}
		unix.Close(result)
	}
}

// If memfds are refused, the core makes a private tmpfs, if the caller may mount. pure reports that
// it lacks that strategy, and makes a file.
func TestWithoutMemfds(t *testing.T) {
	needStrategy(t, abi.StrategyTmpfs)
	for _, mode := range []uint32{abi.ModeAutomatic, abi.ModeIndependentDataCopy} {
		var core, pure outcome
		check(t, filtered.Call(unix.SYS_MEMFD_CREATE, unix.EPERM, func() { core, pure = cloneIn(t, abi.CloneOptions{Mode: mode}) }))
		refused := abi.Attempt{Strategy: abi.StrategyMemfd, Step: abi.StepCreate, Errno: int32(unix.EPERM)}
		wantAttempts(t, core, refused, abi.Attempt{Strategy: abi.StrategyTmpfs})
		if core.report.Guarantees&^abi.GuaranteeStable != abi.GuaranteeReadOnly|abi.GuaranteeOwnPages || core.link != "/exeseal" {
			t.Errorf("no tmpfs: %s", show(core))
		}
		if core.errno != 0 || core.bytes != program || core.permissions&0777 != 0555 || core.flags&unix.O_ACCMODE != unix.O_RDONLY || !core.isHigh {
			t.Errorf("not the program with mode 0555, open for reading: %s", show(core))
		}
		compare(t, core, pure)
		if pure.report.Strategy != abi.StrategyTmpfile || attempts(pure)[0] != refused || attempts(pure)[1] != lacking(abi.StrategyTmpfs) {
			t.Errorf("no file after tmpfs: %s", show(pure))
		}
	}
}

// Without fs-verity the core makes a memfd too, and reports the reason.
func TestReclaimableIsAMemfdInPure(t *testing.T) {
	for _, mode := range []uint32{abi.ModeAutomatic, abi.ModeIndependentDataCopy} {
		core, pure := cloneIn(t, abi.CloneOptions{Flags: abi.CloneReclaimable, Mode: mode})
		wantAttempts(t, pure, lacking(abi.StrategyVerity), abi.Attempt{Strategy: abi.StrategyMemfd})
		if first := core.report.Attempt[0]; first.Strategy != abi.StrategyVerity {
			t.Errorf("verity does not come first: %s", show(core))
		}
		if core.report.Strategy == abi.StrategyVerity != (core.report.Digest.Algorithm != 0) {
			t.Errorf("strategy verity without a digest, or a digest without it: %s", show(core))
		}
		for _, seen := range []outcome{core, pure} {
			if seen.errno != 0 || seen.bytes != program || seen.report.Guarantees&abi.GuaranteeSealed == 0 {
				t.Errorf("not sealed: %s", show(seen))
			}
		}
	}
}

func TestViewIsTheSame(t *testing.T) {
	needStrategy(t, abi.StrategyOverlay)
	core, pure := cloneIn(t, abi.CloneOptions{Mode: abi.ModeROSharedPage})
	wantAttempts(t, core, abi.Attempt{Strategy: abi.StrategyOverlay})
	if core.bytes != program || core.report.Guarantees != abi.GuaranteeReadOnly || core.report.Evidence != abi.EvidenceNone {
		t.Errorf("no view: %s", show(core))
	}
	compare(t, core, pure)
	wantAttempts(t, pure, lacking(abi.StrategyVerity), abi.Attempt{Strategy: abi.StrategyOverlay})
	if !strings.Contains(pure.text, "verity: require: ENOSYS (cgo): This program was built without the C++ core") {
		t.Errorf("the report does not name the reason: %s", show(pure))
	}
}

func TestProbeIsTheSameForCommonStrategies(t *testing.T) {
	for _, strategy := range []uint32{0, abi.StrategyReuse, abi.StrategyMemfd, abi.StrategyTmpfile, abi.StrategyOverlay, uint32(len(abi.StrategyNames)), 99, math.MaxInt32 + 1, math.MaxUint32} {
		core, pure := dirty, dirty
		inCore, inPure := backends[0].Probe(strategy, &core), backends[1].Probe(strategy, &pure)
		if inCore != inPure || core != pure {
			t.Errorf("strategy %d: %d %s\npure %d %s", strategy, inCore, backends[0].FormatReport(&core), inPure, backends[1].FormatReport(&pure))
		}
	}
}

func TestProbeReportsMissingStrategies(t *testing.T) {
	for strategy := uint32(1); strategy < uint32(len(abi.StrategyNames)); strategy++ {
		if isPure(strategy) {
			continue
		}
		core, pure := dirty, dirty
		result := backends[0].Probe(strategy, &core)
		t.Logf("core: %s %d %s", abi.StrategyNames[strategy], result, backends[0].FormatReport(&core))
		if (result == 0) != (core.Strategy == strategy) || (result == 0) != (core.Guarantees != 0 && core.Bytes != 0) {
			t.Errorf("%d: %+v", result, core)
		}
		result = backends[1].Probe(strategy, &pure)
		if wanted := (abi.Report{Attempts: 1, Attempt: [16]abi.Attempt{lacking(strategy)}}); result != -int(unix.EOPNOTSUPP) || pure != wanted {
			t.Errorf("%d: %s", result, backends[1].FormatReport(&pure))
		}
	}
}

// Probe reports the current failure and not an earlier result.
func TestProbeUnderAFileSizeLimit(t *testing.T) {
	var before unix.Rlimit
	check(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &before))
	for _, strategy := range []uint32{abi.StrategyReuse, abi.StrategyMemfd, abi.StrategyTmpfile} {
		var reports [2]abi.Report
		var results [2]int
		check(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 3, Max: before.Max}))
		for i, b := range backends {
			results[i] = b.Probe(strategy, &reports[i])
		}
		check(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &before))
		if reports[0] != reports[1] || results != [2]int{-int(unix.EFBIG), -int(unix.EFBIG)} {
			t.Errorf("%v: %s\n%s", results, backends[0].FormatReport(&reports[0]), backends[1].FormatReport(&reports[1]))
		}
	}
}

func TestProbeLeavesNothingBehind(t *testing.T) {
	before := countDescriptors(t)
	for _, b := range backends {
		for strategy := uint32(0); strategy <= uint32(len(abi.StrategyNames)); strategy++ {
			var report abi.Report
			b.Probe(strategy, &report)
		}
	}
	if after := countDescriptors(t); after != before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
	if children, err := os.ReadFile("/proc/thread-self/children"); err == nil && len(children) != 0 {
		t.Errorf("children: %s", children)
	}
}
