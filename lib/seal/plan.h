// SPDX-License-Identifier: MIT
// The strategies of each mode, in order.
#pragma once

#include "seal/strategy.h"

namespace exeseal {

// The strategies of one call, in the order of the attempts.
class Plan {
  public:
    void add(Strategies strategies); // adds each strategy once
    operator Strategies() const { return {list_, count_}; }

  private:
    static constexpr size_t kMost = 8; // every strategy, and verity twice: as a view and as a copy
    const Strategy *list_[kMost];
    size_t count_ = 0;
};

// The strategies in the order in which they are tried. With EXESEAL_CLONE_RECLAIMABLE, verity comes
// before the copies in memory.
Strategies plan_of(uint32_t mode, uint64_t flags);
// The plan of the mode, followed by those of its fallbacks.
Plan plan_of(const exeseal_clone_options &options);
// Whether a strategy of the plan reads the source's bytes, which must not change meanwhile. A plan
// of views and reuse does not.
bool reads_source(Strategies plan);
// For re-execution: strategies whose result can be recognized as a copy. tmpfs is not among them,
// because other programs may lie on a read-only tmpfs too.
Strategies plan_of_reexec();
// This strategy only.
Strategies plan_of_one(uint32_t strategy);

// Fills `sealed` by the first strategy that works. Returns 0 or -errno.
int run_plan(Strategies plan, Request &request, Sealed &sealed);

} // namespace exeseal
