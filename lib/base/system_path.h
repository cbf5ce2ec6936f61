// SPDX-License-Identifier: MIT
// Root's usual PATH: what a clean environment has, and where programs are looked for.
#pragma once

#include <string_view>

namespace exeseal {

// The value ends where the string does.
constexpr char kSystemPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kSystemDirectories = kSystemPath + sizeof "PATH=" - 1;

} // namespace exeseal
