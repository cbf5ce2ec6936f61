// SPDX-License-Identifier: MIT

package exeseal

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/exeseal/exeseal/go/internal/abi"
)

const defaultName = "exeseal"

// CloneSelf seals the running program, found by /proc/self/exe and never by its path. The file's name is os.Args[0].
func CloneSelf(opts ...Option) (*os.File, error) {
	name := defaultName
	if len(os.Args) > 0 {
		name = os.Args[0]
	}
	return seal(name, opts, func(r *request, report *abi.Report) (int, error) {
		return backend.CloneSelf(&r.options, report), nil
	})
}

// ClonePath seals the file at a path. The file that comes out has the path for a name: some runtimes look at their argv[0].
//
// A path that cannot be opened is an *fs.PathError.
func ClonePath(path string, opts ...Option) (*os.File, error) {
	if _, err := newRequest(opts); err != nil {
		return nil, err
	}
	source, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	return CloneFile(source, opts...)
}

// CloneFile seals what a file holds, whole and from its beginning, or what comes out of a pipe or socket until its end. The source stays
// open, its position and flags as they are. The file that comes out has the source's name.
func CloneFile(source *os.File, opts ...Option) (*os.File, error) {
	return seal(nameOf(source), opts, func(r *request, report *abi.Report) (int, error) {
		return clone(source, r, report)
	})
}

// CloneBytes seals a program that is in memory. Its name is "exeseal" unless WithName says otherwise.
func CloneBytes(program []byte, opts ...Option) (*os.File, error) {
	return seal(defaultName, opts, func(r *request, report *abi.Report) (int, error) {
		return backend.CloneMemory(program, &r.options, report), nil
	})
}

// CloneReader seals what a reader gives until io.EOF; its error is returned as it is. It returns when the last Read has.
func CloneReader(source io.Reader, opts ...Option) (*os.File, error) {
	return seal(defaultName, opts, func(r *request, report *abi.Report) (int, error) {
		return cloneStream(source, r, report)
	})
}

func nameOf(f *os.File) string {
	if f == nil {
		return ""
	}
	return f.Name()
}

// seal runs one clone, checks what came out and makes a file of it.
func seal(name string, opts []Option, clone func(*request, *abi.Report) (int, error)) (*os.File, error) {
	if !isSupported {
		return nil, errors.ErrUnsupported
	}
	r, err := newRequest(opts)
	if err != nil {
		return nil, err
	}
	if r.name != "" {
		name = r.name
	}
	var raw abi.Report
	fd, err := r.call(func() (int, error) { return clone(r, &raw) })
	if err != nil {
		return nil, err
	}
	var sealed *os.File
	errno := syscall.Errno(0)
	if fd < 0 {
		errno = syscall.Errno(-fd)
	} else if sealed = os.NewFile(uintptr(fd), name); !r.accepts(sealed, raw.Bytes) {
		sealed.Close()
		errno = refuse(&raw)
	}
	report := newReport(&raw)
	if r.report != nil {
		*r.report = report
	}
	if errno != 0 {
		return nil, &Error{Op: "clone", Name: name, Errno: errno, Report: report}
	}
	return sealed, nil
}

// accepts compares the digest of what came out, not of the source, with the one that is asked for.
func (r *request) accepts(sealed *os.File, size uint64) bool {
	if r.digest == nil {
		return true
	}
	hash := sha256.New()
	_, err := io.Copy(hash, io.NewSectionReader(sealed, 0, int64(size)))
	return err == nil && [sha256.Size]byte(hash.Sum(nil)) == *r.digest
}

// refuse turns the report of a success into that of a wrong digest.
func refuse(raw *abi.Report) syscall.Errno {
	last := &raw.Attempt[min(raw.Attempts, abi.ReportAttempts)-1]
	last.Step, last.Errno = abi.StepVerify, int32(syscall.EBADMSG)
	last.Where = [len(last.Where)]byte{} // tmpfile has its directory there
	copy(last.Where[:], "sha256")
	raw.Strategy, raw.Guarantees, raw.Bytes, raw.HugeBytes, raw.Evidence = abi.StrategyNone, 0, 0, 0, abi.EvidenceNone
	raw.Digest = abi.Digest{}
	return syscall.EBADMSG
}

func clone(source *os.File, r *request, report *abi.Report) (fd int, err error) {
	err = withDescriptor(source, func(number int) { fd = backend.Clone(number, &r.options, report) })
	return fd, err
}

// cloneStream gives the backend a pipe, and reads the source here, so that what the source does to its goroutine it does to the caller's. What
// came out of a reader that failed is thrown away: it is a part of the program only.
func cloneStream(source io.Reader, r *request, report *abi.Report) (fd int, err error) {
	reader, writer, err := pipe()
	if err != nil {
		return -1, err
	}
	cloned := make(chan error, 1)
	go func() {
		var cloneError error
		fd, cloneError = clone(reader, r, report)
		reader.Close()
		cloned <- cloneError
	}()
	isWhole, readError := false, error(nil)
	defer func() { // also if the reader panics, or ends its goroutine
		writer.Close()
		err = <-cloned
		if fd >= 0 && !isWhole {
			os.NewFile(uintptr(fd), "").Close()
			fd, err = -1, readError
		} else if readError != nil && !errors.Is(readError, syscall.EPIPE) { // EPIPE: the clone ended first, and says why
			err = readError
		}
	}()
	_, readError = io.Copy(writer, source)
	isWhole = readError == nil
	return // fd and err are the goroutine's until the deferred function has heard of it
}
