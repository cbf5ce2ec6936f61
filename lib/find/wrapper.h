// SPDX-License-Identifier: MIT
// Nix puts a script in front of a program that needs an environment of its own. It ends in a line like
//
//     exec -a "$0" "/nix/store/...-runc/bin/.runc-wrapped"  "$@"
#pragma once

#include "base/failure.h"

#include <string_view>

namespace exeseal {

// nixpkgs writes no longer ones.
constexpr size_t kLongestWrapper = 4096;

bool is_script(std::string_view text);

// The absolute path of the program that the last `exec` line runs, with the wrapper's own name and arguments. EPERM:
// that line does anything else, or a shell would have to expand it.
Failure wrapped_program(std::string_view script, std::string_view &program);

// Whether a wrapper of the program NAME may run a program of this name: NAME or .NAME-wrapped, and, where nixpkgs has
// put a wrapper around a wrapper, .NAME-wrapped_. Any other program, an interpreter above all, is not the one that was
// named.
bool is_wrapped_name(std::string_view program, std::string_view name);

} // namespace exeseal
