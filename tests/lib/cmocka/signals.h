// SPDX-License-Identifier: MIT
// SIGFPE, SIGILL, SIGSEGV, SIGBUS and SIGSYS are failures of the test that runs.
#ifndef CMOCKA_GTEST_SIGNALS_H
#define CMOCKA_GTEST_SIGNALS_H

#include <array>
#include <csignal>

namespace cmocka_gtest {

// Catches them for as long as it lives, and puts back what was there (a sanitizer's handler, whole).
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

// Adds to the message the signal that ended the last function, if one did. Not done in the handler: the heap may be
// what the signal came from.
void say_signal();

} // namespace cmocka_gtest

#endif
