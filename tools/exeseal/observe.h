// SPDX-License-Identifier: MIT
// Observes what a program executes when it starts.
#pragma once

#include "exeseal.h"

namespace exeseal_tool {

struct Observation {
    int executions = 0;     // the first is by exeseal; 0: it could not be started or traced
    exeseal_info last = {}; // the file of the last execution; type 0 if it is unknown
    bool is_late = false;   // it was killed after three seconds
    int status = 0;         // of wait(2)
};

// Executes and traces the descriptor, without terminal, input and output, and waits for its end.
Observation observe(int fd, char *const argv[], char *const envp[]);

} // namespace exeseal_tool
