// SPDX-License-Identifier: MIT
// Whether a copy gets huge pages here, what it costs with and without them, and what is in the way.
#pragma once

#include "cause.h"
#include "memory_room.h"

namespace exeseal_tool {

constexpr size_t kHugeSample = 8 << 20;

struct HugePages {
    bool is_tried = false;   // not where a copy of the sample cannot be had
    bool is_default = false; // without --huge-pages, too
    uint64_t bytes = 0;      // of the sample's
    int64_t microseconds = 0, small_microseconds = 0;
    Cause cause; // if not all of them are huge, or not by default
};

HugePages try_huge_pages(const MemoryRoom &room);

} // namespace exeseal_tool
