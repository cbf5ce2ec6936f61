// SPDX-License-Identifier: MIT
// Files of the name that a program was found by, which a person may think is the one that runs.
#pragma once

#include "find.h"
#include "json.h"

namespace exeseal_tool {

// Different files of this name that are not executed: in the directories that the search would have come to later, and
// in PATH where that is not used.
void look_for_others(const char *name, Program &program);

// What was found so, on standard error, and as a member of a JSON object.
void print_others(const Program &program);
void write_others(Json &json, const Program &program);

} // namespace exeseal_tool
