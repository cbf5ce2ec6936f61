// SPDX-License-Identifier: MIT
// Finds how much memory the memory cgroups leave to this process. A memfd and a tmpfs are charged
// to them, and the kernel kills a process that exceeds a limit, so the limit is checked before a
// copy is made.
#pragma once

#include <climits>
#include <cstdint>

namespace exeseal_tool {

struct MemoryRoom {
    // bytes, including swap and reclaimable memory; UINT64_MAX: no limit is known
    uint64_t left = UINT64_MAX;
    char group[PATH_MAX] = ""; // the directory of the cgroup that leaves the least

    // for exeseal_clone, 0 means its default
    uint64_t max_bytes() const { return left > 0 ? left : 1; }
};

// Uses cgroup v1 or v2, whichever has the memory controller. A value that cannot be read counts as
// no limit.
MemoryRoom find_memory_room();

} // namespace exeseal_tool
