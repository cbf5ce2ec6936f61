// SPDX-License-Identifier: MIT
// Why a strategy fails here. The surroundings are looked at after the kernel has said no, and only then: what they seem
// to forbid may work, and what they seem to allow may not.
#pragma once

#include "exeseal.h"
#include "text.h"

namespace exeseal_tool {

struct Cause {
    const char *id = nullptr; // a stable word; nullptr: not known
    const char *text = "";    // the cause and the remedy
};

// An attempt that failed, in the words of a program and of a person.
struct Failure {
    const exeseal_attempt *attempt = nullptr;
    char error_name[24] = "";
    Cause cause;
    const char *advice = ""; // the cause's text, or the library's advice; "" if there is none
};

// Of the doctor's own samples, which lack no permission. With does_memfd_run, a memfd is executed here: no
// policy forbids that.
Failure explain(const exeseal_attempt &attempt, bool does_memfd_run);

// Of any program.
Failure explain(const exeseal_attempt &attempt);

} // namespace exeseal_tool
