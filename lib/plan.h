// SPDX-License-Identifier: MIT
// Which strategies a mode stands for, in which order, and what follows when one fails.
#pragma once

#include "clone.h"

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
    bool (*applies)(const Clone &);    // nullptr: always; where it does not, this is passed over silently
    uint64_t (*offers)(const Clone &); // the guarantees that it can give for this clone
    Failure (*run)(Clone &, const Place &, Sealed &); // one try in one place
    std::span<const Place> places;
};

// Strongest first, or with EXESEAL_CLONE_FAST the quickest copy, or with EXESEAL_CLONE_RECLAIMABLE what is on a disk.
std::span<const Strategy> plan_of(uint32_t mode, uint64_t flags);
// For a program that will look for itself: copies that can be told to be copies. On a read-only tmpfs lie others too.
std::span<const Strategy> plan_of_reexec();
// Nothing but this strategy.
std::span<const Strategy> plan_of_one(uint32_t strategy);

// Fills in `sealed` from the first strategy that works. 0 or -errno.
int run_plan(std::span<const Strategy> plan, Clone &clone, Sealed &sealed);

enum class Next : uint8_t { Stop, Directory, Strategy };

constexpr uint32_t kAnyStrategy = UINT32_MAX;

// What follows a failure. Whatever no row names stops: running on after EMFILE, ENOMEM, EIO or ESTALE would double the
// load or hide an attack.
struct Rule {
    uint32_t strategy;
    uint32_t step;
    int error;
    Next next;
};

std::span<const Rule> rules();
Next what_follows(uint32_t strategy, const Failure &failure);

} // namespace exeseal
