// SPDX-License-Identifier: MIT
// Files of the name that a program was found by, which a person may think is the one that runs.
#pragma once

#include "find.h"

namespace exeseal_tool {

// Different files of this name that are not executed: in the directories that the search would have come to later, and
// in PATH where that is not used.
void look_for_others(const char *name, Program &program);

} // namespace exeseal_tool
