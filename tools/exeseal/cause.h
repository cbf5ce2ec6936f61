// SPDX-License-Identifier: MIT
// Explains why a strategy fails here. Restrictions are looked for only after the kernel has
// refused, because a restriction that seems to be in effect may not apply, and another may.
#pragma once

#include "exeseal.h"
#include "text.h"

namespace exeseal_tool {

struct Cause {
    const char *id = nullptr; // a stable word, or nullptr if the cause is unknown
    const char *text = "";    // the cause and one action
};

// A failed attempt, as JSON and as text present it.
struct Failure {
    const exeseal_attempt *attempt = nullptr;
    char error_name[24] = "";
    Cause cause;
    const char *advice = ""; // the text of the cause, else the advice of the library; may be ""
};

// For the samples of the doctor, which have all permission bits. does_memfd_run: a memfd can be
// executed here, so that no policy forbids it.
Failure explain(const exeseal_attempt &attempt, bool does_memfd_run);

// For any program.
Failure explain(const exeseal_attempt &attempt);

} // namespace exeseal_tool
