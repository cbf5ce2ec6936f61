// SPDX-License-Identifier: MIT
// Sets of errnos and of strategies, for the tables that say what follows a failure and what helps.
#pragma once

#include "exeseal.h"

#include <cstddef>
#include <initializer_list>

namespace exeseal {

class Errnos {
  public:
    constexpr Errnos(std::initializer_list<int> errors) {
        for (int error : errors)
            list_[count_++] = error;
    }
    constexpr const int *begin() const { return list_; }
    constexpr const int *end() const { return list_ + count_; }
    constexpr bool is_empty() const { return count_ == 0; }
    constexpr bool has(int error) const {
        for (int one : *this)
            if (one == error)
                return true;
        return false;
    }

  private:
    int list_[16] = {};
    size_t count_ = 0;
};

// One bit for each strategy; EXESEAL_STRATEGY_NONE, which stands for the call itself, has one too.
using Strategies = uint32_t;
constexpr Strategies set_of(uint32_t strategy) {
    return strategy < 32 ? uint32_t{1} << strategy : 0;
}

constexpr Strategies kEvery = UINT32_MAX;
constexpr bool has(Strategies strategies, uint32_t strategy) {
    return strategies == kEvery || (strategies & set_of(strategy)) != 0;
}

constexpr Strategies kReuses = set_of(EXESEAL_STRATEGY_REUSE), kMemfds = set_of(EXESEAL_STRATEGY_MEMFD),
                     kTmpfses = set_of(EXESEAL_STRATEGY_TMPFS), kOverlays = set_of(EXESEAL_STRATEGY_OVERLAY),
                     kBinds = set_of(EXESEAL_STRATEGY_BIND), kVerities = set_of(EXESEAL_STRATEGY_VERITY);
// Those that create a file in a directory, and those that mount the source.
constexpr Strategies kFiles = set_of(EXESEAL_STRATEGY_TMPFILE) | kVerities, kViews = kOverlays | kBinds;

} // namespace exeseal
