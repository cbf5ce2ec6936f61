// SPDX-License-Identifier: MIT
// A refused candidate, and the line that reports it.
#pragma once

#include "base/failure.h"

#include <string_view>

namespace exeseal {

class Text;

struct Refusal {
    std::string_view candidate; // the path that was tried
    std::string_view wrapped;   // the wrapped program, if that was refused; else ""
    std::string_view parent;    // the parent directory that is the reason, if any; else ""
    Failure failure;            // where: the violated rule; "" if a system call failed
};

// Writes "CANDIDATE: REASON\n" or "CANDIDATE: wraps WRAPPED: REASON\n". In both paths, '?' replaces
// each byte that is not printable ASCII and each space after a colon, so the first ": " of a line
// ends the candidate.
Text &operator<<(Text &why, const Refusal &refusal);

} // namespace exeseal
