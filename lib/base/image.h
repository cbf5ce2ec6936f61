// SPDX-License-Identifier: MIT
// Reads from a file's header what kind of program it holds. Treats everything in the header as
// hostile until it is checked.
#pragma once

#include "exeseal.h"

namespace exeseal {

struct Image {
    uint32_t kind = EXESEAL_IMAGE_NONE;
    uint32_t machine = 0;       // e_machine
    bool is_foreign = false;    // ELF for another architecture than this library
    char interpreter[256] = ""; // truncated if longer
};

// Returns 0 or -errno. If the file is not a program, or its ELF headers are damaged, the kind is
// EXESEAL_IMAGE_NONE and the result is 0. Async-signal-safe.
int read_image(int fd, Image &image);

// The same for a descriptor that will be executed. An O_PATH descriptor is opened anew unless the
// host program would notice it (felt.h).
void look_at_image(int fd, Image &image);

} // namespace exeseal
