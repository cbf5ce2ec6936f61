// SPDX-License-Identifier: MIT
// What a program does with itself when it starts: seen, not believed.
#pragma once

#include "exeseal.h"

namespace exeseal_tool {

struct Observation {
    int executions = 0;     // the first is ours; 0: it could not be started, or not be traced
    exeseal_info last = {}; // what the last execution was of; type 0: not to be seen
    bool is_late = false;   // it was ended after some seconds
    int status = 0;         // as wait(2) has it
};

// Executes the descriptor without terminal, input and output, traced, and waits for its end.
Observation observe(int fd, char *const argv[], char *const envp[]);

} // namespace exeseal_tool
