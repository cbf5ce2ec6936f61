// SPDX-License-Identifier: MIT
// What the copying strategies have in common once the file is there.
#pragma once

#include "seal/request.h"

namespace exeseal {

// Copies the bytes and sets the permission bits: 0555 less what the source withholds. `file` becomes what was written,
// `sealed` learns how the bytes were copied.
Failure fill(Request &request, int writer, struct statx &file, Sealed &sealed);

// The same file opened read-only, after comparing it with what was written. ENOENT at step reopen: no usable /proc.
Failure open_result(Request &request, int writer, const struct statx &written, UniqueFd &result);

// Whether what was opened read-only is what was written.
Failure check_result(const struct statx &found, const struct statx &written);

// Waits until nobody has fd's file open for writing, or for long enough: false. Another thread may have forked while
// the writer was open; until its child executes, running the file is ETXTBSY, and a file system with it does not become
// read-only. Where there are no leases nothing can be told: true.
bool wait_for_writers(int fd, uint32_t &retries);

} // namespace exeseal
