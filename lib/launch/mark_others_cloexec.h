// SPDX-License-Identifier: MIT
// Marks the descriptors that the program is not to inherit close-on-exec.
#pragma once

#include "launch/obstacle.h"

#include <cstdint>

namespace exeseal {

// EBADF: a descriptor in `keep` is not open.
Obstacle check_kept(const int32_t *keep, uint32_t keep_count);

// Marks every descriptor except 0, 1, 2 and those in `keep` close-on-exec. It closes none, so the
// caller keeps its descriptors if the execution fails. EBADF: a descriptor in `keep` is not open,
// and none was marked.
Obstacle mark_others_cloexec(const int32_t *keep, uint32_t keep_count);

// Whether mark_others_cloexec marks fd.
bool is_marked_with_others(int fd, const int32_t *keep, uint32_t keep_count);

} // namespace exeseal
