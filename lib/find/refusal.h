// SPDX-License-Identifier: MIT
// A candidate that was refused, and the line that says so.
#pragma once

#include "base/failure.h"

#include <string_view>

namespace exeseal {

class Text;

struct Refusal {
    std::string_view candidate; // the path that was tried
    std::string_view wrapped;   // the program that it wraps, if that is what was refused; else ""
    std::string_view parent;    // the parent directory that is the reason, if one is; else ""
    Failure failure;            // where: the rule that is broken; "" if a system call failed
};

// "CANDIDATE: REASON\n" or "CANDIDATE: wraps WRAPPED: REASON\n". In both paths a byte that is not printable ASCII is
// '?', and so is a blank behind a colon: the first ": " of a line ends the candidate.
Text &operator<<(Text &why, const Refusal &refusal);

} // namespace exeseal
