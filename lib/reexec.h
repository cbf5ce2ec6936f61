// SPDX-License-Identifier: MIT
// The running program executes a sealed copy of itself, once.
#pragma once

#include "exeseal.h"

namespace exeseal {

// 0: it runs from one already. -errno. Else it does not return.
int reexec_self(char *const argv[], char *const envp[], const exeseal_clone_options &options, exeseal_report &report);

} // namespace exeseal
