// SPDX-License-Identifier: MIT

package exeseal

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/exeseal/exeseal/go/internal/abi"
)

const defaultName = "exeseal"

// CloneSelf clones the running program and returns the clone. It opens /proc/self/exe, never the
// program's path. The clone's name is os.Args[0].
func CloneSelf(opts ...Option) (*os.File, error) {
	source := ""
	if len(os.Args) > 0 {
		source = os.Args[0]
	}
	return seal(source, opts, func(r *request, report *abi.Report) (int, error) {
		return backend.CloneSelf(&r.options, report), nil
	})
}

// ClonePath clones the file at a path and returns the clone. The clone's name is the path, and
// Command passes it as argv[0]: some runtimes behave differently under another name.
//
// If the path cannot be opened, the error is an *fs.PathError.
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

// CloneFile clones the content of a file and returns the clone, which has the source's name. A
// regular file is read from its beginning to its end, whatever its position; a pipe or socket is
// read until EOF. The source stays open, and neither its position nor its flags change.
func CloneFile(source *os.File, opts ...Option) (*os.File, error) {
	return seal(nameOf(source), opts, func(r *request, report *abi.Report) (int, error) {
		return clone(source, r, report)
	})
}

// CloneBytes clones a program that is in memory. The clone's name is "exeseal", unless [WithName]
// sets another.
func CloneBytes(program []byte, opts ...Option) (*os.File, error) {
	return seal("", opts, func(r *request, report *abi.Report) (int, error) {
		return backend.CloneMemory(program, &r.options, report), nil
	})
}

// CloneReader reads a program until io.EOF and seals it. An error of the reader is returned
// unchanged. CloneReader does not return before the reader's last Read has returned.
func CloneReader(source io.Reader, opts ...Option) (*os.File, error) {
	return seal("", opts, func(r *request, report *abi.Report) (int, error) {
		return cloneStream(source, r, report)
	})
}

func nameOf(f *os.File) string {
	if f == nil {
		return ""
	}
	return f.Name()
}

// seal runs one clone, checks the result and makes an *os.File of it. The argument source is the
// source's name, or "".
func seal(source string, opts []Option, clone func(*request, *abi.Report) (int, error)) (*os.File, error) {
	if !isSupported {
		return nil, errors.ErrUnsupported
	}
	r, err := newRequest(opts)
	if err != nil {
		return nil, err
	}
	name := r.name
	if name == "" {
		name = source
	}
	if name == "" {
		name = defaultName
	}
	if source == "" {
		source = name
	}
	var raw abi.Report
	start := time.Now()
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
	report := newReport(&raw, start)
	if r.report != nil {
		*r.report = report
	}
	if errno != 0 {
		return nil, &Error{Op: "clone", Name: source, Errno: errno, Report: report}
	}
	return sealed, nil
}

// accepts compares the required digest with that of the result. The source is not read again.
func (r *request) accepts(sealed *os.File, size uint64) bool {
	if r.digest == nil {
		return true
	}
	hash := sha256.New()
	_, err := io.Copy(hash, io.NewSectionReader(sealed, 0, int64(size)))
	return err == nil && [sha256.Size]byte(hash.Sum(nil)) == *r.digest
}

// refuse turns the report of a success into the report of a digest mismatch.
func refuse(raw *abi.Report) syscall.Errno {
	last := &raw.Attempt[min(raw.Attempts, abi.ReportAttempts)-1]
	last.Step, last.Errno = abi.StepVerify, int32(syscall.EBADMSG)
	last.Where = [len(last.Where)]byte{} // strategy tmpfile has written its directory here
	copy(last.Where[:], "sha256")
	raw.Strategy, raw.Guarantees, raw.Bytes, raw.HugeBytes, raw.Evidence = abi.StrategyNone, 0, 0, 0, abi.EvidenceNone
	raw.Digest = abi.Digest{}
	return syscall.EBADMSG
}

func clone(source *os.File, r *request, report *abi.Report) (fd int, err error) {
	err = withDescriptor(source, func(number int) { fd = backend.Clone(number, &r.options, report) })
	return fd, err
}

// cloneStream copies the source into a pipe, from which the backend clones. The caller's own
// goroutine reads the source, so that a panic or runtime.Goexit in a Read happens in the caller. If
// the reader fails, the clone is closed: it holds only a part of the program.
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
	defer func() { // also runs if the reader panics or ends its goroutine
		writer.Close()
		err = <-cloned
		if fd >= 0 && !isWhole {
			os.NewFile(uintptr(fd), "").Close()
			fd, err = -1, readError
			// EPIPE means that the clone ended first; its own error says why.
		} else if readError != nil && !errors.Is(readError, syscall.EPIPE) {
			err = readError
		}
	}()
	_, readError = io.Copy(writer, source)
	isWhole = readError == nil
	return // until the deferred function has received from cloned, the goroutine may write fd
}
