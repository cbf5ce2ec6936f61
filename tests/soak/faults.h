// SPDX-License-Identifier: MIT
// Lets system calls of the library fail, as on a machine that runs out of something.
#pragma once

#include <random>

// The faults of one operation. A spawned child shares them with the thread that waits for it.
struct Faults {
    int calls_left = -1; // until one fails; negative: none fails
    bool has_fired = false, are_short = false, lack_memfd = false, lack_fsopen = false;
};
extern thread_local Faults faults;
extern thread_local std::minstd_rand chance;

unsigned below(unsigned limit);

// In half of the operations one call fails.
void add_faults();
