// SPDX-License-Identifier: MIT
// What root may execute without being asked to.
#pragma once

namespace exeseal_tool {

// Why not; nullptr if nobody but root can have put these bytes there, nor can put others in their place.
const char *distrust(const char *path, int fd);

} // namespace exeseal_tool
