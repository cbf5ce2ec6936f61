// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"slices"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

// This file tries the strategies of a plan in order, like lib/seal/plan.cc.

// place is a directory in which a strategy creates its file.
type place struct {
	path    string
	isGiven bool // the caller's tmp_dirfd
}

// strategy is the struct of lib/seal/strategy.h, which describes its fields.
type strategy struct {
	applies       func(*clone) bool // nil: always
	offers        func(*clone) uint64
	run           func(*clone, place, *sealed) failure
	places        []place
	writesBytes   bool
	keepsEvidence bool
	showsRunning  bool // Probe uses the running program as the source
}

// sealed is the result of a strategy. fd is -1 or belongs to the result.
type sealed struct {
	fd          int
	bytes       uint64
	hugeBytes   uint64
	wasSnapshot bool
}

var nowhere = []place{{}}

// strategies has the core's strategies that this package implements.
var strategies = map[uint32]*strategy{
	abi.StrategyReuse:   {applies: canReuse, offers: reuseOffers, run: reuse, places: nowhere, keepsEvidence: true},
	abi.StrategyMemfd:   {offers: memfdOffers, run: copyToMemfd, places: nowhere, writesBytes: true, keepsEvidence: true},
	abi.StrategyTmpfile: {offers: tmpfileOffers, run: copyToFile, places: tmpfilePlaces, writesBytes: true, keepsEvidence: true},
	abi.StrategyOverlay: {offers: overlayOffers, run: showByOverlay, places: nowhere, showsRunning: true},
}

// missing is the failure of every other strategy.
var missing = failure{abi.StepRequire, unix.ENOSYS, "cgo"}

func (c *clone) offered(s *strategy, evidence uint32) uint64 {
	bits := s.offers(c)
	if s.keepsEvidence && evidence > abi.EvidenceTimes {
		bits |= abi.GuaranteeStable
	}
	return bits
}

// planOf returns the strategies of the mode and of its fallbacks; lib/seal/plan.cc says why a list
// of modes begins with reuse. For an unknown mode the plan is empty.
func planOf(options *abi.CloneOptions) []uint32 {
	if options.Fallback[0] == abi.ModeAutomatic {
		return planOfMode(options, options.Mode)
	}
	plan := []uint32{abi.StrategyReuse}
	for _, mode := range append([]uint32{options.Mode}, options.Fallback[:]...) {
		for _, strategy := range planOfMode(options, mode) {
			if mode != abi.ModeAutomatic && !slices.Contains(plan, strategy) {
				plan = append(plan, strategy)
			}
		}
	}
	return plan
}

func planOfMode(options *abi.CloneOptions, mode uint32) []uint32 {
	all := plans
	if options.Flags&abi.CloneReclaimable != 0 {
		all = reclaimablePlans
	}
	if uint64(mode) >= uint64(len(all)) {
		return nil
	}
	return all[mode]
}

// readsSource is reads_source in lib/seal/plan.h.
func readsSource(plan []uint32) bool {
	return slices.ContainsFunc(plan, func(id uint32) bool {
		s, isHere := strategies[id]
		return isHere && s.writesBytes
	})
}

func (c *clone) runPlan(plan []uint32) int {
	first := unix.Errno(0)
	for _, id := range plan {
		s, isHere := strategies[id]
		if !isHere {
			c.record(id, missing)
			continue
		}
		if s.applies != nil && !s.applies(c) {
			continue
		}
		for _, place := range s.places {
			if place.isGiven && c.options.Flags&abi.CloneTmpDirfd == 0 {
				continue
			}
			result := sealed{fd: -1}
			f := c.try(s, place, &result)
			if f.where == "" {
				f.where = place.path
			}
			c.record(id, f)
			if !f.happened() {
				c.describe(id, s, &result)
				return result.fd
			}
			if result.fd >= 0 {
				unix.Close(result.fd)
			}
			next := whatFollows(id, f)
			if c.source.consumed || next == stop {
				return -int(f.errno)
			}
			if first == 0 && f.step != abi.StepRequire {
				first = f.errno
			}
			if next == nextStrategy {
				break
			}
		}
	}
	if first == 0 {
		first = unix.EOPNOTSUPP
	}
	return -int(first)
}

// describe writes the result into the report.
func (c *clone) describe(id uint32, s *strategy, result *sealed) {
	evidence := c.source.evidenceOfCopy(result.wasSnapshot)
	c.report.Strategy, c.report.Guarantees = id, c.offered(s, evidence)
	c.report.Bytes, c.report.HugeBytes = result.bytes, result.hugeBytes
	if s.keepsEvidence {
		c.report.Evidence = evidence
	}
}

func (c *clone) try(s *strategy, place place, result *sealed) (f failure) {
	switch lacking := c.options.Require &^ c.offered(s, c.source.evidence); {
	case lacking == abi.GuaranteeStable && s.keepsEvidence:
		evidence := abi.Name(abi.EvidenceNames, c.source.evidence)
		return failure{abi.StepStability, unix.EOPNOTSUPP, evidence}
	case lacking != 0:
		return failure{abi.StepRequire, unix.EOPNOTSUPP, lowestName(lacking)}
	}
	if s.writesBytes {
		if c.limit, f = findLimit(c.source, c.options.MaxBytes); f.happened() {
			return f
		}
	}
	if f = s.run(c, place, result); f.happened() {
		return f
	}
	// Somebody broke the lease during the copy.
	if c.options.Require&^c.offered(s, c.source.evidenceOfCopy(result.wasSnapshot)) != 0 {
		return failure{abi.StepStability, unix.ESTALE, ""}
	}
	return failure{}
}
