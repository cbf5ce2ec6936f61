// SPDX-License-Identifier: MIT
// Finds the program behind a Nix wrapper: a script that sets an environment and ends in a line such
// as
//
//     exec -a "$0" "/nix/store/...-runc/bin/.runc-wrapped"  "$@"
#pragma once

#include "base/failure.h"

#include <string_view>

namespace exeseal {

// The longest wrapper that is accepted. nixpkgs does not write longer ones.
constexpr size_t kLongestWrapper = 4096;

bool is_script(std::string_view text);

// Sets `program` to the absolute path that the last `exec` line runs with the wrapper's own name
// and arguments. EPERM: the line does anything else, or a shell would have to expand it.
Failure wrapped_program(std::string_view script, std::string_view &program);

// True if a wrapper called `name` may run `program`: NAME, .NAME-wrapped or, where nixpkgs nests
// wrappers, .NAME-wrapped_. Any other program, such as an interpreter, is not the requested one.
bool is_wrapped_name(std::string_view program, std::string_view name);

} // namespace exeseal
