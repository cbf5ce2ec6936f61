// SPDX-License-Identifier: MIT
// A clean environment: fixed values, and what is named besides.
#pragma once

#include <cstddef>
#include <sys/types.h>

namespace exeseal {

struct Environment {
    char **entries;
    size_t capacity; // of entries, its NULL included
    char *text;      // for what has to be written
    size_t text_size;
};

// The number of entries, or -errno.
int build_environment(const char *const *names, char *const *from, const Environment &environment);

} // namespace exeseal
