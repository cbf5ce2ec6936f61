// SPDX-License-Identifier: MIT

package exeseal

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Option says how to seal.
type Option func(*request) error

type request struct {
	options abi.CloneOptions
	name    string // of the *os.File, if one is asked for
	digest  *[sha256.Size]byte
	report  *Report
}

func newRequest(opts []Option) (*request, error) {
	r := &request{}
	var first error
	for _, option := range opts {
		if err := option(r); err != nil && first == nil {
			first = err
		}
	}
	if r.report != nil {
		*r.report = Report{} // never that of an earlier call
	}
	return r, first
}

// WithMode chooses the strategies.
func WithMode(mode Mode) Option {
	return func(r *request) (err error) {
		r.options.Mode, err = mode.number()
		return err
	}
}

// WithRequire passes over every strategy that cannot give all of these guarantees.
func WithRequire(guarantees Guarantees) Option {
	return func(r *request) error {
		r.options.Require |= uint64(guarantees)
		return nil
	}
}

// WithReclaimable tries fs-verity before memfd: what comes out is Sealed, and its pages are a file's, which the kernel can take back and read again,
// unlike a memfd's. Of a source that has fs-verity ModeAutomatic takes the source itself, which is not OwnPages; else it is a file without a name in
// /var/tmp or /tmp, if that is on ext4, btrfs or f2fs with fs-verity. The report has the digest. runc and crun would copy it again. It takes the C++ core; else, and where there is no fs-verity, a memfd comes out all the same, and the report says why.
func WithReclaimable() Option {
	return func(r *request) error {
		r.options.Flags |= abi.CloneReclaimable
		return nil
	}
}

// WithMaxBytes is how large the source may be: more is EFBIG. 0 is a file's own size, and 512 MiB for a stream.
func WithMaxBytes(limit uint64) Option {
	return func(r *request) error {
		r.options.MaxBytes = limit
		return nil
	}
}

// WithName is the name of the object, as /proc/PID/exe shows it, and of the *os.File: 1 to 63 bytes without '/' or NUL. A sealed source is
// copied then, not shared.
func WithName(name string) Option {
	return func(r *request) error {
		if name == "" || len(name) >= len(r.options.Name) || strings.ContainsAny(name, "/\x00") {
			return fmt.Errorf("exeseal: %q is no name: it takes 1 to %d bytes without '/' or NUL", name, len(r.options.Name)-1)
		}
		r.options.Name = [64]byte{}
		copy(r.options.Name[:], name)
		r.name = name
		return nil
	}
}

// WithSHA256 is what the bytes must be. They are read back from the result, so what was checked is what runs, if the result is Sealed.
// Other bytes are EBADMSG, and there is no file.
func WithSHA256(digest [sha256.Size]byte) Option {
	return func(r *request) error {
		r.digest = &digest
		return nil
	}
}

// WithDropPrivileges accepts that setuid and setgid bits and file capabilities are lost. Without it a source that has them is EPERM.
func WithDropPrivileges() Option {
	return func(r *request) error {
		r.options.Flags |= abi.CloneDropPrivileges
		return nil
	}
}

// WithReport fills in the report, after a failure too; it is empty where nothing was tried.
func WithReport(report *Report) Option {
	return func(r *request) error {
		r.report = report
		return nil
	}
}
