// SPDX-License-Identifier: MIT
// Read leases: while one holds, nobody has the file open for writing, and who tries to open it so waits (fcntl(2),
// F_SETLEASE).
#pragma once

#include "base/sys.h"

namespace exeseal {

// On a description that is nobody else's. 0; -EAGAIN: there is a writer; -EACCES: not the file's owner and no
// CAP_LEASE; or another -errno where the file system has no leases. No signal reaches the host program.
int take_read_lease(int fd);

// false as soon as a writer waits for it, or it has been broken.
inline bool holds_read_lease(int fd) {
    return sys::fcntl(fd, F_GETLEASE) == F_RDLCK;
}

// close(2) would not do: a child that another thread forked may hold the description for longer.
inline void release_lease(int fd) {
    sys::fcntl(fd, F_SETLEASE, F_UNLCK);
}

} // namespace exeseal
