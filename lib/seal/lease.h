// SPDX-License-Identifier: MIT
// Read leases: while one holds, nobody has the file open for writing, and a process that tries to
// open it for writing waits (fcntl(2), F_SETLEASE).
#pragma once

#include "base/sys.h"

namespace exeseal {

// The open file description of fd must be exeseal's own. Returns 0; -EAGAIN: the file is open for
// writing; -EACCES: the caller is not the file's owner and lacks CAP_LEASE; another -errno: the
// file system has no leases. No signal reaches the host program.
int take_read_lease(int fd);

// Returns false once a writer waits for the lease or the lease was broken.
inline bool holds_read_lease(int fd) {
    return sys::fcntl(fd, F_GETLEASE) == F_RDLCK;
}

// Closing fd is not enough: a child forked by another thread may keep the description open.
inline void release_lease(int fd) {
    sys::fcntl(fd, F_SETLEASE, F_UNLCK);
}

} // namespace exeseal
