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

// Option says how to seal.
type Option func(*request) error

type request struct {
	options   abi.CloneOptions
	name      string   // of the *os.File, if WithName gave one
	temporary *os.File // its descriptor is in the options during the call only
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
		*r.report = Report{} // never that of an earlier call
	}
	return r, first
}

// WithMode chooses the strategies. An explicit mode is a demand: a source that somebody else sealed is not reused. The last WithMode or
// WithModes counts.
func WithMode(mode Mode) Option {
	return func(r *request) (err error) {
		r.options.Fallback = [abi.CloneFallbacks]uint32{}
		r.options.Mode, err = mode.number()
		return err
	}
}

// WithModes tries explicit modes in this order until one has a strategy that works here; the report covers all of them. A list of two or more is
// a preference: a source that is sealed already is reused first, as in ModeAutomatic. A single mode is a demand, as with WithMode.
//
//	exeseal.WithModes(exeseal.ModeROSharedPage, exeseal.ModeIndependentDataCopy) // runc's order
//
// The list has one to five modes, each once. ModeAutomatic cannot be in it.
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

// listed has the modes' numbers. It rejects what the options have no room or no form for; the backend rejects the rest.
func listed(modes []Mode) ([]uint32, error) {
	if len(modes) == 0 || len(modes) > 1+abi.CloneFallbacks {
		return nil, fmt.Errorf("exeseal: a list of %d modes: name 1 to %d", len(modes), 1+abi.CloneFallbacks)
	}
	numbers := make([]uint32, len(modes))
	for i, mode := range modes {
		if mode == ModeAutomatic {
			return nil, errors.New(`exeseal: mode "" in a list of modes: name explicit modes, or use WithMode alone`)
		}
		var err error
		if numbers[i], err = mode.number(); err != nil {
			return nil, err
		}
	}
	return numbers, nil
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

// WithName names the object, as /proc/PID/exe shows it, and the *os.File: 1 to 63 bytes without NUL. A memfd has the name as it is, '/' included;
// where it becomes the name of a file (tmpfs), each '/' is '_', and so are "." and "..". A sealed source is copied so that the result has this name,
// except that CloneSelf reuses a running program that is sealed already, under the name that it has.
func WithName(name string) Option {
	return func(r *request) error {
		if name == "" || len(name) >= len(r.options.Name) || strings.ContainsRune(name, 0) {
			return fmt.Errorf("exeseal: the name %q: use 1 to %d bytes without NUL", name, len(r.options.Name)-1)
		}
		r.options.Name = [64]byte{}
		copy(r.options.Name[:], name)
		r.name = name
		return nil
	}
}

// WithTempDir names the directory in which a file is made, if the result is no memfd (strategies tmpfile and verity), before /tmp and the others are
// tried: runc's state directory, for example. It may be opened with O_PATH. The call keeps it open.
func WithTempDir(directory *os.File) Option {
	return func(r *request) error {
		if directory == nil {
			return fmt.Errorf("exeseal: the directory for files: %w", os.ErrInvalid)
		}
		r.temporary = directory
		return nil
	}
}

// WithHugePages puts a memfd that is a copy of a file or of memory of 4 to 256 MiB into huge pages where the kernel has them (MADV_COLLAPSE, Linux
// 6.1, pages of 4096 bytes): a program starts faster from it, and on some machines the copy is made faster (docs/performance.md). In a program with
// several threads, as every Go program is, that must be asked for. To collapse pages, the kernel waits for a worker on each processor, and holds the
// process's mmap_lock meanwhile: other threads that map or unmap memory, the Go runtime's among them, wait too. That sometimes takes more than 1 ms,
// and up to 1 s where a thread with policy SCHED_FIFO or SCHED_RR occupies a processor. It is not done if kernel.sched_rt_runtime_us
// is -1, if processors are isolated (isolcpus=), or if /proc and /sys do not tell. In a virtual machine whose free memory the
// hypervisor takes back, a copy can cost more than with small pages: exeseal doctor measures it.
func WithHugePages() Option {
	return func(r *request) error {
		r.options.Flags |= abi.CloneHugePages
		return nil
	}
}

// WithSmallPages keeps a copy out of huge pages by any strategy; tmpfs has them otherwise. It is an error beside WithHugePages.
func WithSmallPages() Option {
	return func(r *request) error {
		r.options.Flags |= abi.CloneSmallPages
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

// call runs the backend with the options, and with the directory's descriptor, which stays open meanwhile.
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
