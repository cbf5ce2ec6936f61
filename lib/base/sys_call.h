// SPDX-License-Identifier: MIT
// syscall(2) that returns -errno, and numbers that older headers lack. For base/sys.cc and
// launch/sys.cc only.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <sys/syscall.h>
#include <unistd.h>

// These numbers are the same on every architecture.
#ifndef SYS_fsopen
#define SYS_open_tree 428
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

namespace exeseal::sys {

template <typename... Arguments> long call_once(long number, Arguments... arguments) {
    long result = ::syscall(number, arguments...);
    return result < 0 ? -errno : result;
}

// Restarts the call after EINTR. A signal whose handler lacks SA_RESTART interrupts calls that wait
// for a child, a lease, a stream, or a file system with a remote or user-space server (FUSE, NFS).
template <typename... Arguments> long call(long number, Arguments... arguments) {
    long result;
    do
        result = call_once(number, arguments...);
    while (result == -EINTR);
    return result;
}

template <typename... Arguments> int call_int(long number, Arguments... arguments) {
    return static_cast<int>(call(number, arguments...));
}

// mmap(2); `offset` is a multiple of 4096. Returns nullptr on failure, with the error in errno,
// because on 32 bits a valid address can look like a negative number.
inline void *mmap(void *address, size_t size, int protection, int flags, int fd, uint64_t offset) {
#ifdef SYS_mmap2
    long result = ::syscall(SYS_mmap2, address, size, protection, flags, fd, static_cast<long>(offset >> 12));
#else
    long result = ::syscall(SYS_mmap, address, size, protection, flags, fd, static_cast<long>(offset));
#endif
    return result == -1 ? nullptr : reinterpret_cast<void *>(result);
}

// The size of the kernel's sigset_t.
constexpr size_t kSignalSetSize = _NSIG / 8;

} // namespace exeseal::sys
