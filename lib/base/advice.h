// SPDX-License-Identifier: MIT
// The advice for each failure: what the user can do about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#define ALLOW_IN_FILTER "Allow it in the filter."

namespace exeseal {

constexpr uint32_t kAnyStep = UINT32_MAX;
constexpr const char *kMountProc = "/proc is missing or is not a procfs. Mount procfs on /proc.";

// A set of errnos.
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
    int list_[8] = {};
    size_t count_ = 0;
};

// The text states the cause, then one action in the imperative. An empty set of errors matches any
// error.
struct Advice {
    uint32_t step;
    Errnos errors;
    const char *text;
};

// Returns nullptr if no advice says more than the errno itself. EXESEAL_STRATEGY_NONE: the failure
// belongs to the call and not to a strategy.
const char *advice(uint32_t strategy, uint32_t step, int error);

// The advice in the strategies' records. Wing seal defines this function, and base must not depend
// on seal. cgo compiles each wing separately, and a Go program that only finds programs is linked
// without seal; it has no strategy that could fail, and this symbol is nullptr in it. The libraries
// need a strong reference: a weak one does not pull a member out of libexeseal.a.
#ifdef EXESEAL_BASE_ALONE
[[gnu::weak]]
#endif
const char *
advice_of_strategy(uint32_t strategy, uint32_t step, int error);

// The tables in the order of the search; the first matching row counts. The strategies' records are
// searched between the first table and the second.
std::span<const Advice> advice_at_any_step();
std::span<const Advice> advice_of_any_strategy();
std::span<const Advice> advice_of_no_strategy();

} // namespace exeseal
