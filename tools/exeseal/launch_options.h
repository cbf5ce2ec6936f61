// SPDX-License-Identifier: MIT
// How the program is started: what it gets, and what it may do.
#pragma once

#include "exeseal.h"

#include <cstddef>

namespace exeseal_tool {

struct Launch {
    exeseal_exec_options options = {};
    bool has_clean_environment = false;
    const char **entries = nullptr; // of the environment: NAME or NAME=VALUE
    size_t entry_count = 0;
};

// Each complains of a text that will not do.
bool add_entry(Launch &launch, const char *text);
bool set_capabilities(Launch &launch, const char *text);
bool set_directory(Launch &launch, const char *text);
bool set_umask(Launch &launch, const char *text);
bool set_death_signal(Launch &launch, const char *text);
bool keep_descriptor(Launch &launch, const char *text);

// Complains of options that do not go together.
bool is_consistent(const Launch &launch);

// Without promises of descriptors (LISTEN_FDS) that --close-fds closes. nullptr: out of memory.
char **make_environment(const Launch &launch);

} // namespace exeseal_tool
