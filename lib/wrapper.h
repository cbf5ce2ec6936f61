// SPDX-License-Identifier: MIT
// Nix puts a script in front of a program that needs an environment of its own. It ends in a line like
//
//     exec -a "$0" "/nix/store/...-runc/bin/.runc-wrapped"  "$@"
#pragma once

#include <string_view>

namespace exeseal {

// nixpkgs writes no longer ones.
constexpr size_t kLongestWrapper = 4096;

bool is_script(std::string_view text);

// The absolute path that the last `exec` line runs; "" if there is none, or only one that a shell would have to expand.
std::string_view wrapped_program(std::string_view script);

} // namespace exeseal
