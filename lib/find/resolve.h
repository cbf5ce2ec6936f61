// SPDX-License-Identifier: MIT
// Finds a program that may be trusted, and hands out the very file that was judged.
#pragma once

#include "exeseal.h"

#include <cstddef>

namespace exeseal {

class Text;

struct Search {
    const char *name;
    const char *directories; // nullptr: none but the system's
    const char *path;        // nullptr: PATH is not to be used
    uint64_t flags;
};

// The descriptor, or -errno. `why` gets a line for every candidate that was there and refused, in the order tried.
int resolve(const Search &search, exeseal_resolution &resolution, Text &why);

} // namespace exeseal
