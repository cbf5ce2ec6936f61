// SPDX-License-Identifier: MIT

package exeseal

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"time"
)

// The JSON forms of Report and Info are those that the tool prints: lists of names, and null
// for absent values.

// MarshalJSON returns the report in the form that `exeseal run --report=json` and `exeseal doctor
// --json` print, documented in exeseal-doctor(1), with three differences: "duration_ns" is added,
// a failure has no "cause", and advice that several failures have is in the first of them only.
func (r Report) MarshalJSON() ([]byte, error) {
	form := struct {
		Strategy   *Strategy     `json:"strategy"`
		Guarantees []string      `json:"guarantees"`
		Evidence   *Evidence     `json:"evidence"`
		Bytes      int64         `json:"bytes"`
		HugeBytes  int64         `json:"huge_bytes"`
		Retries    int           `json:"retries"`
		Digest     *string       `json:"digest"`
		Duration   time.Duration `json:"duration_ns"`
		Failures   []failureForm `json:"failures"`
	}{
		Strategy: orNull(r.Strategy, StrategyNone), Guarantees: r.Guarantees.names(), Bytes: r.Bytes, HugeBytes: r.HugeBytes,
		Retries: r.Retries, Digest: orNull(r.Digest, ""), Duration: r.Duration, Failures: []failureForm{},
	}
	if form.Strategy != nil {
		form.Evidence = &r.Evidence
	}
	for _, attempt := range r.failures() {
		form.Failures = append(form.Failures, attempt.form())
	}
	return json.Marshal(form)
}

// MarshalJSON returns the operation, the name, the name of the errno, and the report.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Op     string  `json:"op"`
		Name   *string `json:"name"`
		Errno  string  `json:"errno"`
		Report Report  `json:"report"`
	}{e.Op, orNull(e.Name, ""), errnoName(e.Errno), e.Report})
}

// failureForm is the JSON form of a failed attempt.
type failureForm struct {
	Strategy *Strategy `json:"strategy"`
	Step     string    `json:"step"`
	Errno    *string   `json:"errno"`
	Where    *string   `json:"where"`
	Advice   *string   `json:"advice"`
}

func (a Attempt) form() failureForm {
	name, _ := backend.ErrnoName(int32(a.Errno))
	return failureForm{orNull(a.Strategy, StrategyNone), a.Step, orNull(name, ""), orNull(a.Where, ""), orNull(a.Advice, "")}
}

// orNull returns nil for "" and for the text that means nothing.
func orNull[T ~string](text, nothing T) *T {
	if text == "" || text == nothing {
		return nil
	}
	return &text
}

// MarshalJSON returns the object that `exeseal inspect --json` prints. For [InspectSelf],
// "descriptor" is null.
func (i Info) MarshalJSON() ([]byte, error) {
	form := struct {
		Type        Type     `json:"type"`
		Size        int64    `json:"size"`
		Permissions string   `json:"permissions"`
		Seals       []string `json:"seals"`
		Descriptor  []string `json:"descriptor"`
		Mount       []string `json:"mount"`
		Privileges  []string `json:"privileges"`
		Unread      bool     `json:"unread"`
		Image       *Image   `json:"image"`
		Foreign     bool     `json:"foreign"`
		Machine     uint32   `json:"machine"`
		Interpreter *string  `json:"interpreter"`
		Digest      *string  `json:"digest"`
		Guarantees  []string `json:"guarantees"`
	}{
		Type: i.Type, Size: i.Size, Permissions: fmt.Sprintf("%04o", i.permissions()), Seals: sealNames(i.Seals),
		Mount:      chosen(flag{i.ReadOnlyMount, "read-only"}, flag{i.NoexecMount, "noexec"}),
		Privileges: chosen(flag{i.Mode&fs.ModeSetuid != 0, "setuid"}, flag{i.Mode&fs.ModeSetgid != 0, "setgid"}, flag{i.Capabilities, "file-capabilities"}),
		Unread:     i.Unread, Foreign: i.Foreign, Machine: i.Machine,
		Interpreter: orNull(i.Interpreter, ""), Digest: orNull(i.Digest, ""), Guarantees: i.Guarantees.names(),
	}
	if !i.isSelf {
		form.Descriptor = chosen(flag{i.ReadOnly, "read-only"}, flag{i.Path, "path"}, flag{i.CloseOnExec, "close-on-exec"})
	}
	if !i.Unread {
		form.Image = &i.Image
	}
	return json.Marshal(form)
}

// permissions returns the mode as chmod(1) numbers its bits.
func (i Info) permissions() uint32 {
	bits := uint32(i.Mode.Perm())
	for bit, flag := range map[uint32]fs.FileMode{04000: fs.ModeSetuid, 02000: fs.ModeSetgid, 01000: fs.ModeSticky} {
		if i.Mode&flag != 0 {
			bits |= bit
		}
	}
	return bits
}

// sealNames returns the names of the F_SEAL_* bits, lowest bit first.
func sealNames(seals uint32) []string {
	names := []string{}
	for bit, name := range []string{"seal", "shrink", "grow", "write", "future-write", "exec"} {
		if seals>>bit&1 != 0 {
			names = append(names, name)
		}
	}
	return names
}

type flag struct {
	isSet bool
	name  string
}

func chosen(flags ...flag) []string {
	names := []string{}
	for _, flag := range flags {
		if flag.isSet {
			names = append(names, flag.name)
		}
	}
	return names
}
