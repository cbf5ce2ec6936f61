// SPDX-License-Identifier: MIT
// Which strategies a mode stands for, and in which order.
#pragma once

#include "seal/strategy.h"

namespace exeseal {

// The strategies of one call, in the order in which they are tried.
class Plan {
  public:
    void add(Strategies strategies); // those that are not in it
    operator Strategies() const { return {list_, count_}; }

  private:
    static constexpr size_t kMost = 8; // every strategy, verity as a view and as a copy
    const Strategy *list_[kMost];
    size_t count_ = 0;
};

// Strongest first, or with EXESEAL_CLONE_RECLAIMABLE what is on a disk.
Strategies plan_of(uint32_t mode, uint64_t flags);
// The mode's plan, and behind it those of its fallbacks.
Plan plan_of(const exeseal_clone_options &options);
// Whether nothing in it reads the source, so that nothing need be known of what happens to it.
bool is_of_views(Strategies plan);
// For a program that will look for itself: copies that can be told to be copies. On a read-only tmpfs lie others too.
Strategies plan_of_reexec();
// Nothing but this strategy.
Strategies plan_of_one(uint32_t strategy);

// Fills in `sealed` from the first strategy that works. 0 or -errno.
int run_plan(Strategies plan, Request &request, Sealed &sealed);

} // namespace exeseal
