// SPDX-License-Identifier: MIT
// Examines the first bytes of a file, before and after it is copied.
#pragma once

namespace exeseal_tool {

bool is_script(int fd);

// Whether the file certainly cannot be executed on this host, so that a copy would be of no use.
// The kernel decides in all other cases: binfmt_misc may have formats unknown to exeseal.
bool is_surely_no_program(int fd);

} // namespace exeseal_tool
