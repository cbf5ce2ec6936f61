// SPDX-License-Identifier: MIT
// The parts that the copying strategies share once the file exists.
#pragma once

#include "seal/request.h"

namespace exeseal {

// Copies the bytes and sets the permission bits: 0555 less the bits that the source lacks. `file`
// receives the attributes of the file as written; `sealed` receives the number of bytes and whether
// the copy was a snapshot.
Failure fill(Request &request, int writer, struct statx &file, Sealed &sealed);

// Opens the same file read-only and compares it with the file as written. ENOENT at step reopen: no
// usable /proc.
Failure open_result(Request &request, int writer, const struct statx &written, UniqueFd &result);

// Checks that the file opened read-only is as it was written.
Failure check_result(const struct statx &found, const struct statx &written);

// Waits until nobody has fd's file open for writing; returns false if that takes too long. Another
// thread may have forked while the writer was open; until its child executes a program, executing
// the file returns ETXTBSY, and its file system cannot be made read-only. On file systems without
// leases nothing can be checked, and the result is true.
bool wait_for_writers(int fd, uint32_t &retries);

} // namespace exeseal
