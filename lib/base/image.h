// SPDX-License-Identifier: MIT
// What kind of program a file holds, from its header. Everything in it is hostile until checked.
#pragma once

#include "exeseal.h"

namespace exeseal {

struct Image {
    uint32_t kind = EXESEAL_IMAGE_NONE;
    uint32_t machine = 0;       // e_machine
    bool is_foreign = false;    // ELF for another architecture than this library
    char interpreter[256] = ""; // cut if longer
};

// 0 or -errno; a file that is no program, or ELF whose headers are damaged, is EXESEAL_IMAGE_NONE and no error.
// Async-signal-safe.
int read_image(int fd, Image &image);

// The same for a descriptor that is to be executed: one that is O_PATH is opened anew, if it may be.
void look_at_image(int fd, Image &image);

} // namespace exeseal
