// SPDX-License-Identifier: MIT

//go:build linux

package pure

import (
	"math"

	"github.com/exeseal/exeseal/go/internal/abi"
	"golang.org/x/sys/unix"
)

const (
	streamCap   = 512 << 20
	largestCall = 0x7ffff000
)

type limit struct {
	bytes uint64
	name  string
}

func findLimit(s *source, maxBytes uint64) (limit, failure) {
	most := limit{math.MaxUint64, "max_bytes"}
	switch {
	case maxBytes != 0:
		most.bytes = maxBytes
	case s.kind == kindStream:
		most.bytes = streamCap
	}
	var size unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_FSIZE, nil, &size); err != nil {
		return most, fail(abi.StepLimit, err, "RLIMIT_FSIZE")
	}
	if size.Cur < most.bytes {
		most = limit{size.Cur, "RLIMIT_FSIZE"}
	}
	if s.kind != kindStream && s.size > most.bytes {
		return most, failure{abi.StepLimit, unix.EFBIG, most.name}
	}
	return most, failure{}
}

// copySource copies all bytes of s into the empty file `to`.
func copySource(s *source, most limit, to int, result *sealed, retries *uint32) failure {
	err := copyOnce(s, most.bytes, to, result)
	switch {
	case err == nil:
	case err == unix.EFBIG:
		return failure{abi.StepLimit, unix.EFBIG, most.name}
	case err == unix.ENOEXEC && s.kind == kindStream:
		return failure{abi.StepSource, unix.ENOEXEC, ""}
	default:
		return fail(abi.StepCopy, err, "")
	}
	err = s.checkUnchanged(result.wasSnapshot)
	if err == unix.EAGAIN {
		*retries++
		if _, err = unix.Seek(to, 0, 0); err == nil {
			err = copyOnce(s, most.bytes, to, result)
		}
		if err == nil {
			err = s.checkUnchanged(result.wasSnapshot)
		}
		if err == unix.EAGAIN {
			err = unix.ESTALE
		}
	}
	return fail(abi.StepStability, err, "")
}

func copyOnce(s *source, most uint64, to int, result *sealed) (err error) {
	result.bytes, result.wasSnapshot = s.size, false
	switch s.kind {
	case kindStream:
		s.consumed = true
		result.bytes, err = copyStream(s, most, to)
		return err
	case kindMemory:
		return writeAll(to, s.memory, 0)
	default:
		return copyFile(s, to, result)
	}
}

// shareBlocks copies the source atomically, as lib/seal/copy.cc does.
func shareBlocks(s *source, to int, result *sealed) error {
	err := ficlone(to, s.fd)
	var stat unix.Stat_t
	if err == nil {
		err = fstat(to, &stat)
	}
	if err != nil {
		return err
	}
	result.wasSnapshot = true
	if uint64(stat.Size) != s.size {
		return unix.ESTALE
	}
	return nil
}

func cannotShareBlocks(err error) bool {
	return saysOtherWay(err) || err == unix.EXDEV || err == unix.ETXTBSY || err == unix.ENOTTY
}

func saysOtherWay(err error) bool {
	switch err {
	case unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP, unix.ESPIPE, unix.EPERM, unix.EACCES:
		return true
	}
	return false
}

func writeAll(to int, from []byte, offset int64) error {
	for len(from) > 0 {
		moved, err := unix.Pwritev(to, [][]byte{from[:min(len(from), largestCall)]}, offset)
		if err == unix.EINTR {
			continue
		}
		if err == nil && moved == 0 {
			err = unix.EIO
		}
		if err != nil {
			return err
		}
		from, offset = from[moved:], offset+int64(moved)
	}
	return nil
}

func copyFile(s *source, to int, result *sealed) error {
	if s.mayShareBlocks() {
		if err := shareBlocks(s, to, result); !cannotShareBlocks(err) {
			return err
		}
	}
	var buffer []byte // nil while sendfile(2) works
	for done := int64(0); done < int64(s.size); {
		left := int(min(s.size-uint64(done), largestCall))
		var moved int
		var err error
		if buffer == nil {
			from := done
			moved, err = unix.Sendfile(to, s.fd, &from, left)
		} else if moved, err = unix.Preadv(s.fd, [][]byte{buffer[:min(left, len(buffer))]}, done); err == nil {
			err = writeAll(to, buffer[:moved], done)
		}
		switch {
		case err == unix.EINTR:
		case buffer == nil && saysOtherWay(err):
			buffer = make([]byte, 64<<10)
		case err != nil:
			return err
		case moved == 0:
			return unix.ESTALE
		default:
			done += int64(moved)
		}
	}
	return nil
}

func copyStream(s *source, most uint64, to int) (uint64, error) {
	var buffer []byte // nil while splice(2) works
	for done := uint64(0); ; {
		left := most - done
		moved, err := moveFromStream(s.fd, to, done, left, buffer)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN && s.nonblocking:
			if _, err = unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, -1); err != nil && err != unix.EINTR {
				return 0, err
			}
		case buffer == nil && left != 0 && saysOtherWay(err):
			buffer = make([]byte, 64<<10)
		case err != nil:
			return 0, err
		case moved == 0 && done == 0:
			return 0, unix.ENOEXEC
		case moved == 0:
			return done, nil
		case left == 0:
			return 0, unix.EFBIG
		default:
			done += uint64(moved)
		}
	}
}

// moveFromStream moves at most `left` bytes of the stream. If left is 0, it reads one byte, to
// detect whether the stream has more.
func moveFromStream(from, to int, done, left uint64, buffer []byte) (int, error) {
	if left == 0 {
		return unix.Read(from, make([]byte, 1))
	}
	if buffer == nil {
		offset := int64(done)
		moved, err := unix.Splice(from, nil, to, &offset, int(min(left, largestCall)), 0)
		return int(moved), err
	}
	moved, err := unix.Read(from, buffer[:min(left, uint64(len(buffer)))])
	if err != nil {
		return 0, err
	}
	return moved, writeAll(to, buffer[:moved], int64(done))
}
