// SPDX-License-Identifier: MIT
// One request for a clone: its options, its source and its result.
#pragma once

#include "seal/copy.h"

#include <span>

namespace exeseal {

struct Strategy;

struct Request {
    const exeseal_clone_options &options;
    Source &source;
    Procfs &procfs;
    exeseal_report &report;
    CopyLimit limit = {};

    bool requires_all(uint64_t bits) const { return (options.require & bits) == bits; }
};

// The name of the memfd or of the file on tmpfs, which /proc/PID/exe shows.
inline const char *object_name(const Request &request) {
    return request.options.name[0] != '\0' ? request.options.name : "exeseal";
}

// The result of a strategy.
struct Sealed {
    UniqueFd fd;
    uint64_t guarantees = 0;
    uint64_t bytes = 0;
    uint64_t huge_bytes = 0;
    bool was_snapshot = false; // see Copied
    Failure remark;            // a shortcoming of a good result; recorded as an attempt
    uint32_t evidence = EXESEAL_EVIDENCE_NONE;
    exeseal_digest digest = {};
};

// Writes the result into the report.
void describe(const Sealed &sealed, exeseal_report &report);

// Requires that the source is chosen. Returns the new descriptor or -errno.
int make_sealed(Request &request, std::span<const Strategy *const> plan);

} // namespace exeseal
