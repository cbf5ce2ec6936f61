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

struct LaunchOption {
    const char *name;
    uint64_t flag;        // EXESEAL_EXEC_*, or 0
    const char *argument; // as the help shows it; nullptr if there is none
    const char *help;
    bool (*parse)(Launch &launch, const char *text); // nullptr: the flag is all
};

// An option of the tool for each row of launch/exec_options.h, and three of its own.
constexpr size_t kLaunchOptions = 3
#define EXEC_OPTION(...) +1
#include "launch/exec_options.h"
    ;
extern const LaunchOption launch_options[kLaunchOptions];

// Complains of a text that will not do.
bool set_launch_option(Launch &launch, const LaunchOption &option, const char *text);

// Complains of options that do not go together.
bool is_consistent(const Launch &launch);

// Without promises of descriptors (LISTEN_FDS) that --close-fds closes. nullptr: out of memory.
char **make_environment(const Launch &launch);

} // namespace exeseal_tool
