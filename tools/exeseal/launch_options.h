// SPDX-License-Identifier: MIT
// The options of `exeseal run` that say how the program is started, and what they set.
#pragma once

#include "command.h"
#include "exeseal.h"

#include <cstddef>

namespace exeseal_tool {

struct Launch {
    exeseal_exec_options options = {};
    bool has_clean_environment = false;
    const char **entries = nullptr; // of the environment: NAME or NAME=VALUE
    size_t entry_count = 0;
};

enum class ReportForm { None, Text, Json };

struct RunRequest {
    exeseal_clone_options clone = {};
    Launch launch;
    ReportForm report = ReportForm::None;
};

// Each row sets its part of a RunRequest. There is a row for each row of launch/exec_options.h,
// and three more.
constexpr size_t kLaunchOptions = 3
#define EXEC_OPTION(...) +1
#include "launch/exec_options.h"
    ;
extern const Option launch_options[kLaunchOptions];

// Complains and returns false if one option requires another that is missing.
bool is_consistent(const Launch &launch);

// Returns nullptr if memory is exhausted. With --close-fds, LISTEN_FDS and the variables that
// belong to it are removed unless all of their descriptors are kept.
char **make_environment(const Launch &launch);

} // namespace exeseal_tool
