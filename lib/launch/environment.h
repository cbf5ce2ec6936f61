// SPDX-License-Identifier: MIT
// A clean environment: fixed values, and what is named besides. And one without promises that do not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <sys/types.h>

namespace exeseal {

// Root's usual PATH; programs are looked for in the same order. The value ends where the string does.
constexpr char kSystemPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kSystemDirectories = kSystemPath + sizeof "PATH=" - 1;

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
