// SPDX-License-Identifier: MIT
// A clean environment, and a filter for the variables of socket activation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/types.h>

namespace exeseal {

struct Environment {
    char **entries;
    size_t capacity; // of `entries`, including the terminating NULL
    char *text;      // storage for entries that are composed here
    size_t text_size;
};

// Returns the number of entries, or -errno.
int build_environment(const char *const *names, char *const *from, const Environment &environment);

// Copies `from` without the variables of socket activation, unless `keep` contains every descriptor
// that they announce. Returns the number of entries, or -errno.
int filter_environment(char *const *from, const int32_t *keep, uint32_t keep_count, char **entries, size_t capacity);

} // namespace exeseal
