// SPDX-License-Identifier: MIT
// What the memory cgroups around this process still let it use. A memfd and a tmpfs are charged to
// them, and whoever goes beyond is killed and can tell nothing. So this is looked at before a copy is made.
#pragma once

#include <climits>
#include <cstdint>

namespace exeseal_tool {

struct MemoryRoom {
    uint64_t left = UINT64_MAX; // bytes, with swap and with what can be reclaimed; UINT64_MAX: no limit is known
    char group[PATH_MAX] = "";  // the directory of the cgroup that leaves the least

    uint64_t max_bytes() const { return left > 0 ? left : 1; } // for exeseal_clone, which takes 0 for its default
};

// Of cgroup v1 or v2, whichever has the memory controller. What cannot be read counts as no limit.
MemoryRoom find_memory_room();

} // namespace exeseal_tool
