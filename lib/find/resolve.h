// SPDX-License-Identifier: MIT
// Finds a trusted program, and returns a descriptor of the file that was checked.
#pragma once

#include "exeseal.h"

#include <cstddef>

namespace exeseal {

class Text;

struct Search {
    const char *name;
    const char *directories; // nullptr: only the system's directories
    const char *path;        // nullptr: PATH is not searched
    uint64_t flags;
};

// Returns a descriptor or -errno. Adds a line to `why` for every candidate that exists and was
// refused, in search order.
int resolve(const Search &search, exeseal_resolution &resolution, Text &why);

} // namespace exeseal
