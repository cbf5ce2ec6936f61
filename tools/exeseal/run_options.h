// SPDX-License-Identifier: MIT
// What `exeseal run` is asked to do.
#pragma once

#include "launch_options.h"

namespace exeseal_tool {

enum class ReportForm { None, Text, Json };

struct RunRequest {
    exeseal_clone_options clone = {};
    Launch launch;
    ReportForm report = ReportForm::None;
};

// Complains of what is wrong. The program is argv[optind], if that is there.
bool parse_run_options(int argc, char **argv, RunRequest &request);

} // namespace exeseal_tool
