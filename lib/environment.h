// SPDX-License-Identifier: MIT
// A clean environment: fixed values, and what is named besides.
#pragma once

#include <cstddef>
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

} // namespace exeseal
