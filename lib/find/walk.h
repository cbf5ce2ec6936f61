// SPDX-License-Identifier: MIT
// Follows a path one component at a time, and judges every directory on the way by its open descriptor. Nothing is
// looked up twice, so nothing can change between check and use.
#pragma once

#include "exeseal.h"
#include "find/trust.h"

namespace exeseal {

constexpr size_t kPathSize = sizeof exeseal_resolution::resolved;

struct Found {
    UniqueFd fd;        // O_PATH
    UniqueFd directory; // that it lies in, O_PATH and judged; none: it is a directory itself
    struct statx file = {};
    char path[kPathSize] = "";   // where it is, without symbolic links
    char parent[kPathSize] = ""; // the directory that breaks a rule or cannot be searched; "" if none does
};

// `path` is absolute. `user` may own what is trusted, besides root. EPERM and the rule that is broken: it is there and
// not to be trusted. A directory that may not be searched is EACCES at step locate.
Failure walk(std::string_view path, uint32_t user, Found &found);

} // namespace exeseal
