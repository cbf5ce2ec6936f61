// SPDX-License-Identifier: MIT
// A clean environment: fixed values, and what is named besides. And one without promises that do not hold.
#pragma once

#include <cstddef>
#include <cstdint>
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

// `from` without the variables of socket activation, unless every descriptor that they promise is in keep. The number
// of entries, or -errno.
int filter_environment(char *const *from, const int32_t *keep, uint32_t keep_count, char **entries, size_t capacity);

} // namespace exeseal
