// SPDX-License-Identifier: MIT
// Finds the write lease and the record locks that this process holds on a descriptor's file.
#include "base/felt.h"

#include "base/reopen.h"

#include <cstddef>

namespace exeseal {
namespace {

struct Entry { // struct linux_dirent64
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[1]; // variable length
};

// A line reads "lock:\t1: POSIX  ADVISORY  READ 4242 08:01:1234 0 EOF"; for a lock of an open file
// description it has OFDLCK in place of POSIX.
bool shows_record_lock(int fdinfo) {
    constexpr char kWanted[] = "POSIX";
    char buffer[512];
    size_t matched = 0;
    for (;;) {
        ssize_t got = sys::read(fdinfo, buffer, sizeof buffer);
        for (ssize_t i = 0; i < got; i++) {
            matched = buffer[i] == kWanted[matched] ? matched + 1 : buffer[i] == kWanted[0];
            if (matched == sizeof kWanted - 1)
                return true;
        }
        if (got <= 0)
            return false;
    }
}

bool is_same_inode(const struct statx &a, const struct statx &b) {
    return a.stx_ino == b.stx_ino && a.stx_dev_minor == b.stx_dev_minor && a.stx_dev_major == b.stx_dev_major;
}

struct Descriptors {
    UniqueFd links, infos; // /proc/PID/task/TID/fd and fdinfo

    int open(Procfs &procfs) {
        UniqueFd thread;
        int error = procfs.open_thread(thread);
        if (error == 0)
            error = links.take(sys::openat(thread.get(), "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return error < 0 ? error : infos.take(sys::openat(thread.get(), "fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC));
    }

    // AT_STATX_DONT_SYNC: sends no request to a file server about the host's open files.
    bool is_locked_through(const char *number, const struct statx &wanted) const {
        constexpr int kDontSync = 0x4000; // AT_STATX_DONT_SYNC
        struct statx file;
        UniqueFd info;
        return sys::statx(links.get(), number, kDontSync, file) == 0 && is_same_inode(file, wanted) &&
               info.take(sys::openat(infos.get(), number, O_RDONLY | O_CLOEXEC)) >= 0 && shows_record_lock(info.get());
    }
};

// fdinfo shows a lock with the descriptor that took it; that descriptor is still open, or the lock
// would be gone. The kernel compares owners, so the result is also right for threads with their own
// descriptor tables.
bool is_locked_through_any(const Descriptors &descriptors, const struct statx &wanted) {
    alignas(Entry) char buffer[1024];
    for (;;) {
        ssize_t got = sys::getdents64(descriptors.links.get(), buffer, sizeof buffer);
        if (got <= 0)
            return got < 0;
        for (ssize_t at = 0; at < got;) {
            const Entry *entry = reinterpret_cast<const Entry *>(buffer + at);
            if (descriptors.is_locked_through(entry->name, wanted))
                return true;
            at += entry->size;
        }
    }
}

// fcntl(2) reports only one lock, the first that was taken. If another process holds it, this
// process may hold a further one, because read locks can overlap. Without a usable /proc this
// cannot be determined; the file could not be opened anew either.
bool may_be_locked_behind(int fd) {
    struct statx file;
    Procfs procfs;
    Descriptors descriptors;
    if (sys::statx(fd, "", AT_EMPTY_PATH, file) < 0 || descriptors.open(procfs) < 0)
        return true;
    return is_locked_through_any(descriptors, file);
}

// Only locks of this process count. Anybody who may read a file can hold a lock on it.
bool has_own_record_lock(int fd) {
    int holder = 0;
    if (sys::fcntl_ofd_getlk(fd, holder) != 1)
        return false;
    return holder == sys::getpid() || may_be_locked_behind(fd);
}

} // namespace

Felt felt_by_host(int fd) {
    return {sys::fcntl(fd, F_GETLEASE) == F_WRLCK, has_own_record_lock(fd)};
}

} // namespace exeseal
