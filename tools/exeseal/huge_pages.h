// SPDX-License-Identifier: MIT
// Finds out whether a copy gets huge pages here, how long it takes with and without them, and what
// prevents them.
#pragma once

#include "cause.h"
#include "memory_room.h"

namespace exeseal_tool {

constexpr size_t kHugeSample = 8 << 20;

struct HugePages {
    bool is_tried = false;   // false if no copy of the sample can be made
    bool is_default = false; // also without --huge-pages
    uint64_t bytes = 0;      // of the sample, in huge pages
    int64_t microseconds = 0, small_microseconds = 0;
    Cause cause; // why not all of the sample is in huge pages by default
};

HugePages try_huge_pages(const MemoryRoom &room);

} // namespace exeseal_tool
