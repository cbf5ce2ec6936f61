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
    char name[1]; // and more
};

// "lock:\t1: POSIX  ADVISORY  READ 4242 08:01:1234 0 EOF". That of a description is OFDLCK.
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

    // Asks no server about the files that the host has open.
    bool is_locked_through(const char *number, const struct statx &wanted) const {
        constexpr int kDontSync = 0x4000; // AT_STATX_DONT_SYNC
        struct statx file;
        UniqueFd info;
        return sys::statx(links.get(), number, kDontSync, file) == 0 && is_same_inode(file, wanted) &&
               info.take(sys::openat(infos.get(), number, O_RDONLY | O_CLOEXEC)) >= 0 && shows_record_lock(info.get());
    }
};

// A lock is shown with the descriptor that it was taken through, which is still open, or the lock would be gone. The
// kernel compares owners, so that it is right for threads with descriptors of their own, too.
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

// fcntl(2) tells of one lock alone, the first that was taken. If that is another's, one of this process may be behind
// it: read locks overlap. Without a usable /proc nobody can tell, and nothing could be opened anew either.
bool may_be_locked_behind(int fd) {
    struct statx file;
    Procfs procfs;
    Descriptors descriptors;
    if (sys::statx(fd, "", AT_EMPTY_PATH, file) < 0 || descriptors.open(procfs) < 0)
        return true;
    return is_locked_through_any(descriptors, file);
}

// Of this process. Anybody who may read a file can hold a lock on it, which says nothing.
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
