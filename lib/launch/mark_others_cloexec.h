// SPDX-License-Identifier: MIT
// Marks the descriptors close-on-exec that the program is not meant to have.
#pragma once

#include "launch/obstacle.h"

#include <cstdint>

namespace exeseal {

// EBADF: one in keep is not open.
Obstacle check_kept(const int32_t *keep, uint32_t keep_count);

// Marks every descriptor but 0, 1, 2 and those in keep close-on-exec, so that an execution that fails has closed
// nothing. EBADF: one in keep is not open; then nothing was marked.
Obstacle mark_others_cloexec(const int32_t *keep, uint32_t keep_count);

// Whether it marks fd.
bool is_marked_with_others(int fd, const int32_t *keep, uint32_t keep_count);

} // namespace exeseal
