// SPDX-License-Identifier: MIT
// Read leases: while one holds, nobody has the file open for writing, and who tries to open it so waits (fcntl(2),
// F_SETLEASE).
#pragma once

#include "sys.h"

#include <csignal>

namespace exeseal {

// On a description that is nobody else's. 0; -EAGAIN: there is a writer; -EACCES: not the file's owner and no
// CAP_LEASE; or another -errno where the file system has no leases.
//
// F_SETLEASE makes the caller the receiver of SIGIO, by which the first writer would kill the host program. So the
// signal is one that is ignored by default, and afterwards nobody is its receiver. (F_SETOWN before is undone by
// F_SETLEASE.)
inline int take_read_lease(int fd) {
    int error = sys::fcntl(fd, F_SETSIG, SIGURG);
    if (error == 0)
        error = sys::fcntl(fd, F_SETLEASE, F_RDLCK);
    if (error == 0)
        sys::fcntl(fd, F_SETOWN, 0);
    return error;
}

// false as soon as a writer waits for it, or it has been broken.
inline bool holds_read_lease(int fd) {
    return sys::fcntl(fd, F_GETLEASE) == F_RDLCK;
}

// close(2) would not do: a child that another thread forked may hold the description for longer.
inline void release_lease(int fd) {
    sys::fcntl(fd, F_SETLEASE, F_UNLCK);
}

} // namespace exeseal
