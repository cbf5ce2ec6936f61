// SPDX-License-Identifier: MIT
// One request for a sealed file: what was asked for, what it works on, and what came out.
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

// What the memfd is called: /proc/PID/exe shows it.
inline const char *object_name(const Request &request) {
    return request.options.name[0] != '\0' ? request.options.name : "exeseal";
}

// What came out.
struct Sealed {
    UniqueFd fd;
    uint64_t guarantees = 0;
    uint64_t bytes = 0;
    uint64_t huge_bytes = 0;
    bool was_snapshot = false; // see Copied
    Failure remark;            // what was lacking, though the result is good: a row of its own in the report
    uint32_t evidence = EXESEAL_EVIDENCE_NONE;
    exeseal_digest digest = {};
};

// What came out, into the report.
void describe(const Sealed &sealed, exeseal_report &report);

// The source has been chosen. The new descriptor, or -errno.
int make_sealed(Request &request, std::span<const Strategy *const> plan);

} // namespace exeseal
