// SPDX-License-Identifier: MIT
// Which strategies a mode stands for, and in which order.
#pragma once

#include "seal/request.h"
#include "seal/rules.h"

#include <span>

namespace exeseal {

// Where a strategy makes its file. Strategies that need no directory have one place without a path.
struct Place {
    const char *path;
    bool is_given; // the caller's tmp_dirfd
};

enum class Kind : uint8_t {
    Reuse,
    Copy, // writes bytes, so RLIMIT_FSIZE is asked first
    View, // reads none, so nothing is known of what happens to them
};

struct Strategy {
    uint32_t id;
    Kind kind;
    bool (*applies)(const Request &);    // nullptr: always; where it does not, this is passed over silently
    uint64_t (*offers)(const Request &); // the guarantees that it can give for this clone
    Failure (*run)(Request &, const Place &, Sealed &); // one try in one place
    std::span<const Place> places;
};

// The strategies of one call, in the order in which they are tried.
class Plan {
  public:
    void add(std::span<const Strategy> strategies); // those that are not in it
    operator std::span<const Strategy>() const { return {list_, count_}; }

  private:
    static constexpr size_t kMost = 8; // every strategy, verity as a view and as a copy
    Strategy list_[kMost];
    size_t count_ = 0;
};

// Strongest first, or with EXESEAL_CLONE_RECLAIMABLE what is on a disk.
std::span<const Strategy> plan_of(uint32_t mode, uint64_t flags);
// The mode's plan, and behind it those of its fallbacks.
Plan plan_of(const exeseal_clone_options &options);
// Whether nothing in it reads the source, so that nothing need be known of what happens to it.
bool is_of_views(std::span<const Strategy> plan);
// For a program that will look for itself: copies that can be told to be copies. On a read-only tmpfs lie others too.
std::span<const Strategy> plan_of_reexec();
// Nothing but this strategy.
std::span<const Strategy> plan_of_one(uint32_t strategy);

// Fills in `sealed` from the first strategy that works. 0 or -errno.
int run_plan(std::span<const Strategy> plan, Request &request, Sealed &sealed);

} // namespace exeseal
