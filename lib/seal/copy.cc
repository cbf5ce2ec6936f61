// SPDX-License-Identifier: MIT
// Copies by FICLONE, sendfile(2), splice(2), or read and write, whichever the file systems support.
#include "seal/copy.h"

#include "base/errno_class.h"
#include "seal/file_system.h"

#include <algorithm>
#include <cerrno>

namespace exeseal {
namespace {

constexpr uint64_t kStreamCap = uint64_t{512} << 20;
constexpr size_t kLargestCall = 0x7ffff000; // the kernel's limit for one call
constexpr size_t kBuffer = 16 << 10;        // small, because musl's threads have stacks of 128 KiB

size_t at_most(uint64_t bytes, size_t largest) {
    return static_cast<size_t>(std::min<uint64_t>(bytes, largest));
}

int write_all(int to, const void *bytes, size_t count, uint64_t offset) {
    const char *from = static_cast<const char *>(bytes);
    while (count > 0) {
        ssize_t moved = sys::pwrite(to, from, at_most(count, kLargestCall), offset);
        if (moved <= 0)
            return moved < 0 ? static_cast<int>(moved) : -EIO;
        from += moved;
        offset += static_cast<uint64_t>(moved);
        count -= static_cast<size_t>(moved);
    }
    return 0;
}

ssize_t move_by_buffer(int to, int from, uint64_t offset, uint64_t count) {
    char buffer[kBuffer];
    ssize_t got = sys::pread(from, buffer, at_most(count, sizeof buffer), offset);
    if (got <= 0)
        return got;
    int error = write_all(to, buffer, static_cast<size_t>(got), offset);
    return error < 0 ? error : got;
}

// With DAX (xfs on persistent memory) there is no page cache, so a shared block would be a shared
// page.
bool may_share_blocks(const Source &source) {
    return has_reflinks(source.file.file_system) && (source.file.stat.stx_attributes & STATX_ATTR_DAX) == 0;
}

// Shares all blocks of the source in one atomic operation. A later writer to the source gets new
// blocks.
int share_blocks(const Source &source, int to, bool &was_snapshot) {
    int error = sys::ioctl_ficlone(to, source.fd);
    struct statx copy;
    if (error == 0)
        error = sys::statx(to, "", AT_EMPTY_PATH, copy);
    if (error != 0)
        return error;
    was_snapshot = true;
    return copy.stx_size == source.size ? 0 : -ESTALE;
}

int copy_file(const Source &source, int to, bool &was_snapshot) {
    if (may_share_blocks(source))
        if (int error = share_blocks(source, to, was_snapshot); !cannot_share_blocks(error))
            return error;
    bool by_sendfile = true;
    for (uint64_t done = 0; done < source.size;) {
        uint64_t left = source.size - done;
        ssize_t moved = by_sendfile ? sys::sendfile(to, source.fd, done, at_most(left, kLargestCall))
                                    : move_by_buffer(to, source.fd, done, left);
        if (by_sendfile && cannot_move_so(moved)) {
            by_sendfile = false;
            continue;
        }
        if (moved < 0)
            return static_cast<int>(moved);
        if (moved == 0)
            return -ESTALE; // the source shrank; runc, crun and LXC loop for ever here
        done += static_cast<uint64_t>(moved);
    }
    return 0;
}

ssize_t read_into(int to, int from, uint64_t offset, uint64_t count) {
    char buffer[kBuffer];
    ssize_t got = sys::read(from, buffer, at_most(count, sizeof buffer));
    if (got <= 0)
        return got;
    int error = write_all(to, buffer, static_cast<size_t>(got), offset);
    return error < 0 ? error : got;
}

ssize_t one_more_byte(int from) {
    char byte;
    return sys::read(from, &byte, 1);
}

int copy_stream(const Source &source, uint64_t limit, int to, uint64_t &done) {
    bool by_splice = true;
    for (done = 0;;) {
        uint64_t left = limit - done;
        ssize_t moved = left == 0   ? one_more_byte(source.fd)
                        : by_splice ? sys::splice(to, done, source.fd, at_most(left, kLargestCall))
                                    : read_into(to, source.fd, done, left);
        if (moved == -EAGAIN && source.stream.is_nonblocking) {
            if (int error = sys::ppoll_in(source.fd); error < 0)
                return error;
            continue;
        }
        if (by_splice && left != 0 && cannot_move_so(moved)) {
            by_splice = false;
            continue;
        }
        if (moved < 0)
            return static_cast<int>(moved);
        if (moved == 0)
            return done == 0 ? -ENOEXEC : 0;
        if (left == 0)
            return -EFBIG;
        done += static_cast<uint64_t>(moved);
    }
}

int copy_once(Source &source, const CopyLimit &limit, int to, Copied &copied) {
    copied = {.bytes = source.size};
    switch (source.kind) {
    case Source::Kind::Stream:
        source.stream.is_consumed = true;
        return copy_stream(source, limit.bytes, to, copied.bytes);
    case Source::Kind::Memory:
        return write_all(to, source.bytes, static_cast<size_t>(source.size), 0);
    case Source::Kind::File:
        break;
    }
    return copy_file(source, to, copied.was_snapshot);
}

// ENOEXEC means an empty stream. The kernel never returns it here, but a FUSE server may.
Failure copy_failure(int error, const CopyLimit &limit, Source::Kind kind) {
    if (error == -EFBIG)
        return {EXESEAL_STEP_LIMIT, EFBIG, limit.name};
    bool is_empty = error == -ENOEXEC && kind == Source::Kind::Stream;
    return Failure::from(error, is_empty ? EXESEAL_STEP_SOURCE : EXESEAL_STEP_COPY);
}

} // namespace

Failure find_limit(const Source &source, uint64_t max_bytes, CopyLimit &limit) {
    bool is_stream = source.kind == Source::Kind::Stream;
    if (max_bytes != 0 || is_stream)
        limit.bytes = max_bytes != 0 ? max_bytes : kStreamCap;
    uint64_t file_size = UINT64_MAX;
    if (int error = sys::prlimit_fsize(file_size); error < 0)
        return Failure::from(error, EXESEAL_STEP_LIMIT, "RLIMIT_FSIZE");
    if (file_size < limit.bytes)
        limit = {file_size, "RLIMIT_FSIZE"};
    return Failure::unless(is_stream || source.size <= limit.bytes, EXESEAL_STEP_LIMIT, EFBIG, limit.name);
}

Failure copy(Source &source, const CopyLimit &limit, int to, Copied &copied, uint32_t &retries) {
    int error = copy_once(source, limit, to, copied);
    if (error < 0)
        return copy_failure(error, limit, source.kind);
    error = source.check_unchanged(copied.was_snapshot);
    if (error == -EAGAIN) {
        retries++;
        error = sys::lseek_start(to);
        if (error == 0)
            error = copy_once(source, limit, to, copied);
        if (error == 0)
            error = source.check_unchanged(copied.was_snapshot);
        if (error == -EAGAIN)
            error = -ESTALE;
    }
    return Failure::from(error, EXESEAL_STEP_STABILITY);
}

} // namespace exeseal
