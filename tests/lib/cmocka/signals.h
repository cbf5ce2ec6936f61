// SPDX-License-Identifier: MIT
// SIGFPE, SIGILL, SIGSEGV, SIGBUS and SIGSYS fail the running test.
#ifndef CMOCKA_GTEST_SIGNALS_H
#define CMOCKA_GTEST_SIGNALS_H

#include <array>
#include <csignal>

namespace cmocka_gtest {

// Catches these signals during its lifetime, and then restores the previous handlers (a sanitizer's
// too).
class CaughtSignals {
  public:
    CaughtSignals();
    ~CaughtSignals();
    CaughtSignals(const CaughtSignals &) = delete;
    CaughtSignals &operator=(const CaughtSignals &) = delete;

    static constexpr std::array numbers = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS};

  private:
    std::array<struct sigaction, numbers.size()> before_;
};

// Adds the signal that ended the last function, if any, to the message. The handler does not do
// that, because the signal may come from a broken heap.
void say_signal();

} // namespace cmocka_gtest

#endif
