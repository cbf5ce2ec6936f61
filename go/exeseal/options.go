// SPDX-License-Identifier: MIT

package exeseal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/exeseal/exeseal/go/internal/abi"
)

// Option changes how a clone is made.
type Option func(*request) error

type request struct {
	options   abi.CloneOptions
	name      string   // the name of the *os.File, if WithName sets one
	temporary *os.File // its descriptor is in the options only during the call
	digest    *[sha256.Size]byte
	report    *Report
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
		*r.report = Report{} // do not keep the report of an earlier call
	}
	return r, first
}

// WithMode sets the mode. An explicit mode is strict: a source that is already sealed is not
// reused. Of several WithMode and [WithModes] options the last takes effect.
func WithMode(mode Mode) Option {
	return func(r *request) (err error) {
		r.options.Fallback = [abi.CloneFallbacks]uint32{}
		r.options.Mode, err = mode.number()
		return err
	}
}

// WithModes tries explicit modes in the given order until one has a strategy that works here. The
// report covers all of them. A list of two or more modes is a preference: a source that is already
// sealed is reused, as in [ModeAutomatic]. A list of one mode is strict, like [WithMode].
//
//	exeseal.WithModes(exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy) // runc's order
//
// The list has one to five different modes. [ModeAutomatic] is rejected.
func WithModes(modes ...Mode) Option {
	return func(r *request) error {
		numbers, err := listed(modes)
		if err == nil {
			r.options.Mode = numbers[0]
			r.options.Fallback = [abi.CloneFallbacks]uint32{}
			copy(r.options.Fallback[:], numbers[1:])
		}
		return err
	}
}

// listed returns the modes' numbers. It rejects only lists that the options struct cannot hold; the
// backend rejects the others.
func listed(modes []Mode) ([]uint32, error) {
	if len(modes) == 0 || len(modes) > 1+abi.CloneFallbacks {
		return nil, fmt.Errorf("exeseal: WithModes has %d modes; pass 1 to %d", len(modes), 1+abi.CloneFallbacks)
	}
	numbers := make([]uint32, len(modes))
	for i, mode := range modes {
		if mode == ModeAutomatic {
			return nil, errors.New(`exeseal: mode "" cannot be in a list of modes; pass explicit modes only`)
		}
		var err error
		if numbers[i], err = mode.number(); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

// WithRequire skips every strategy that cannot give all of these guarantees. Several WithRequire
// options add up.
func WithRequire(guarantees Guarantees) Option {
	return func(r *request) error {
		r.options.Require |= uint64(guarantees)
		return nil
	}
}

// WithReclaimable tries fs-verity before memfd. The result is Sealed, and the kernel can reclaim
// its pages and read them from disk again, which it cannot do with a memfd.
//
// In [ModeAutomatic], a source that already has fs-verity is used itself, without OwnPages. Any
// other source is copied to an unnamed file in the directory of [WithTempDir], in /var/tmp or in
// /tmp, whichever is the first on ext4, f2fs or (from Linux 7.0) btrfs with fs-verity. The report
// contains the digest. runc and crun copy such a file again.
//
// WithReclaimable requires the C++ core. Without the core, or without fs-verity, the clone is made
// as if the option were absent, and the report says why.
func WithReclaimable() Option {
	return func(r *request) error {
		r.options.Flags |= abi.CloneReclaimable
		return nil
	}
}

// WithMaxBytes limits the size of a copy: a larger one is EFBIG. With 0, the default, a file may
// have any size and a stream 512 MiB. A view or a sealed source that is used again is not limited.
func WithMaxBytes(limit uint64) Option {
	return func(r *request) error {
		r.options.MaxBytes = limit
		return nil
	}
}

// WithName sets the name that /proc/PID/exe shows and that the *os.File has: 1 to 63 bytes without
// NUL. A memfd gets the name unchanged. In strategy tmpfs the name becomes a file name, in which
// "_" replaces each "/" and the names "." and "..".
//
// With a name, a sealed source is copied, so that the result has the name. Exception: [CloneSelf]
// reuses a running program that is already sealed, with its existing name.
func WithName(name string) Option {
	return func(r *request) error {
		if name == "" || len(name) >= len(r.options.Name) || strings.ContainsRune(name, 0) {
			return fmt.Errorf("exeseal: invalid name %q; use 1 to %d bytes without NUL", name, len(r.options.Name)-1)
		}
		r.options.Name = [64]byte{}
		copy(r.options.Name[:], name)
		r.name = name
		return nil
	}
}

// WithTempDir sets the directory that the strategies tmpfile and verity try first, for example
// runc's state directory. Without it, tmpfile tries /tmp, /dev/shm and /run, and verity tries
// /var/tmp and /tmp. The directory may be opened with O_PATH. It stays open during the call.
func WithTempDir(directory *os.File) Option {
	return func(r *request) error {
		if directory == nil {
			return fmt.Errorf("exeseal: the directory of WithTempDir is nil: %w", os.ErrInvalid)
		}
		r.temporary = directory
		return nil
	}
}

// WithHugePages puts a copy into huge pages if the kernel supports MADV_COLLAPSE (Linux 6.1) and
// has pages of 4096 bytes. It applies to a memfd that is made from a file or from memory of 4 to
// 256 MiB. Programs start faster from huge pages, and on some machines the copy is made faster
// ([measured]). In a program with several threads, as every Go program is, only this
// option enables huge pages.
//
// To collapse pages, the kernel waits for a worker on each processor and holds the process's
// mmap_lock during that time. Other threads that map or unmap memory, such as those of the Go
// runtime, wait too: sometimes for more than 1 ms, and up to 1 s if a SCHED_FIFO or SCHED_RR thread
// occupies a processor.
//
// The option has no effect if kernel.sched_rt_runtime_us is -1, if processors are isolated
// (isolcpus=), or if /proc and /sys do not show these settings. If a hypervisor takes back the
// virtual machine's free memory, a copy can take longer than with small pages; exeseal doctor
// measures both.
//
// [measured]: https://github.com/exeseal/exeseal/blob/main/docs/performance.md
func WithHugePages() Option {
	return func(r *request) error {
		r.options.Flags |= abi.CloneHugePages
		return nil
	}
}

// WithSmallPages keeps the copy out of huge pages, whatever the strategy; without it, tmpfs may use
// them. It cannot be combined with [WithHugePages].
func WithSmallPages() Option {
	return func(r *request) error {
		r.options.Flags |= abi.CloneSmallPages
		return nil
	}
}

// WithSHA256 requires that the program has this digest. The digest is computed from the result, so
// if the result is Sealed, the checked bytes are the ones that run. On a mismatch the error is
// EBADMSG, and no file is returned.
func WithSHA256(digest [sha256.Size]byte) Option {
	return func(r *request) error {
		r.digest = &digest
		return nil
	}
}

// WithDropPrivileges permits a source with setuid or setgid bits or file capabilities, which the
// result does not have. Without it, such a source is EPERM.
func WithDropPrivileges() Option {
	return func(r *request) error {
		r.options.Flags |= abi.CloneDropPrivileges
		return nil
	}
}

// WithReport writes the report to *report, also after a failure. If nothing was tried, the report
// is empty.
func WithReport(report *Report) Option {
	return func(r *request) error {
		r.report = report
		return nil
	}
}

// call runs clone. If there is a directory, its descriptor is in the options and stays open during
// the call.
func (r *request) call(clone func() (int, error)) (fd int, err error) {
	if r.temporary == nil {
		return clone()
	}
	closed := withDescriptor(r.temporary, func(number int) {
		r.options.Flags |= abi.CloneTmpDirfd
		r.options.TmpDirfd = int32(number)
		fd, err = clone()
	})
	if closed != nil {
		return -1, closed
	}
	return fd, err
}
