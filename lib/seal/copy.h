// SPDX-License-Identifier: MIT
// Copies all bytes of a source into a new file, or fails.
#pragma once

#include "seal/source.h"

namespace exeseal {

// The most bytes that may be copied: the lower of the caller's max_bytes and RLIMIT_FSIZE, beyond
// which the kernel would raise SIGXFSZ.
struct CopyLimit {
    uint64_t bytes = UINT64_MAX;
    const char *name = "max_bytes";
};

// Fails with EFBIG if the source is known to be larger. max_bytes 0 means no limit for a source of
// known size, and 512 MiB for a stream.
Failure find_limit(const Source &source, uint64_t max_bytes, CopyLimit &limit);

struct Copied {
    uint64_t bytes = 0;
    bool was_snapshot = false; // the file system copied atomically
};

// `to` must be empty. A second reading (see Source::check_unchanged) is counted in retries.
Failure copy(Source &source, const CopyLimit &limit, int to, Copied &copied, uint32_t &retries);

} // namespace exeseal
