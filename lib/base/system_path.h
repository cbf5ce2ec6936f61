// SPDX-License-Identifier: MIT
// Root's usual PATH, for a clean environment and for finding programs.
#pragma once

#include <string_view>

namespace exeseal {

// The directories without "PATH="; the view ends where the string does.
constexpr char kSystemPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kSystemDirectories = kSystemPath + sizeof "PATH=" - 1;

} // namespace exeseal
