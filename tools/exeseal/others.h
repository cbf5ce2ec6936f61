// SPDX-License-Identifier: MIT
// Finds other files of the same name, which a user may believe to be the program that runs.
#pragma once

#include "find.h"
#include "json.h"

namespace exeseal_tool {

// Finds different files of this name that are not executed: in the directories after the one in
// which the program was found, and in PATH if it is ignored.
void look_for_others(const char *name, Program &program);

// Print the result on standard error, or as a member of a JSON object.
void print_others(const Program &program);
void write_others(Json &json, const Program &program);

} // namespace exeseal_tool
