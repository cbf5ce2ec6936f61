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
	ordinary.Run(t, "^Test(Clone|HugePages|NoDescriptor|WithoutMemfds|View|Probe)")
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

// If memfds are refused, the core makes a private tmpfs, if the caller may mount. pure reports that
// it lacks that strategy.
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
		if pure.errno != int(unix.EPERM) || attempts(pure)[0] != refused || !strings.Contains(pure.text, "tmpfs: require: ENOSYS (cgo): ") {
			t.Errorf("the error does not name the reason: %s", show(pure))
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

func TestViewsRequireTheCore(t *testing.T) {
	needStrategy(t, abi.StrategyOverlay)
	core, pure := cloneIn(t, abi.CloneOptions{Mode: abi.ModeROSharedPage})
	wantAttempts(t, core, abi.Attempt{Strategy: abi.StrategyOverlay})
	if core.bytes != program || core.report.Guarantees != abi.GuaranteeReadOnly || core.report.Evidence != abi.EvidenceNone {
		t.Errorf("no view: %s", show(core))
	}
	wantAttempts(t, pure, lacking(abi.StrategyVerity), lacking(abi.StrategyOverlay), lacking(abi.StrategyBind))
	if pure.errno != int(unix.EOPNOTSUPP) || !strings.Contains(pure.text, "bind: require: ENOSYS (cgo): This program was built without the C++ core") {
		t.Errorf("the error does not name the reason: %s", show(pure))
	}
}

func TestProbeIsTheSameForCommonStrategies(t *testing.T) {
	for _, strategy := range []uint32{0, abi.StrategyReuse, abi.StrategyMemfd, uint32(len(abi.StrategyNames)), 99, math.MaxInt32 + 1, math.MaxUint32} {
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
	for _, strategy := range []uint32{abi.StrategyReuse, abi.StrategyMemfd} {
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
