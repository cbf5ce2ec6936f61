// SPDX-License-Identifier: MIT
// What the first bytes of a file tell, before and after it is copied.
#pragma once

namespace exeseal_tool {

bool is_script(int fd);

// Whether nothing on this host would execute the file, so that a copy of it would be in vain. Not sure
// means no: the kernel decides, and binfmt_misc may know formats that exeseal does not.
bool is_surely_no_program(int fd);

} // namespace exeseal_tool
