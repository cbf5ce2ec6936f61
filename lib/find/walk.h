// SPDX-License-Identifier: MIT
// Follows a path one component at a time and checks each directory by its open descriptor.
//
// Nothing is looked up twice, so nothing can change between check and use.
#pragma once

#include "exeseal.h"
#include "find/trust.h"

namespace exeseal {

constexpr size_t kPathSize = sizeof exeseal_resolution::resolved;

struct Found {
    UniqueFd fd;        // O_PATH
    UniqueFd directory; // O_PATH, its checked parent; none if fd is a directory
    struct statx file = {};
    char path[kPathSize] = "";   // the file's absolute path without symbolic links
    char parent[kPathSize] = ""; // the directory that is untrusted or cannot be searched; else ""
};

// Follows the absolute `path`. `user` is trusted besides root (find/trust.h). EPERM and the
// violated rule: the file exists and is not trusted. EACCES at step locate: no permission to search
// a directory.
Failure walk(std::string_view path, uint32_t user, Found &found);

} // namespace exeseal
