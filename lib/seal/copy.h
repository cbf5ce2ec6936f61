// SPDX-License-Identifier: MIT
// Moves the bytes of a source into a new file: all of them, or an error.
#pragma once

#include "seal/source.h"

namespace exeseal {

// At most so many bytes may be read: the caller's max_bytes and RLIMIT_FSIZE, beyond which the kernel would raise
// SIGXFSZ.
struct CopyLimit {
    uint64_t bytes = UINT64_MAX;
    const char *name = "max_bytes";
};

// EFBIG if the source is known to be larger. max_bytes 0: no cap for what has a size, 512 MiB for a stream.
Failure find_limit(const Source &source, uint64_t max_bytes, CopyLimit &limit);

struct Copied {
    uint64_t bytes = 0;
    bool was_snapshot = false; // the file system made the copy in one moment
};

// `to` is empty. Counts a second reading (see Source::check_unchanged) in retries.
Failure copy(Source &source, const CopyLimit &limit, int to, Copied &copied, uint32_t &retries);

} // namespace exeseal
