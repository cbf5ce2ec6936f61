// SPDX-License-Identifier: MIT
#include "signals.h"

#include "message.h"
#include "running.h"

#include <cstring>
#include <utility>

namespace cmocka_gtest {

namespace {

thread_local volatile sig_atomic_t caught;

void leave_by_signal(int number) {
    caught = number;
    leave();
}

} // namespace

CaughtSignals::CaughtSignals() {
    struct sigaction action = {};
    action.sa_handler = leave_by_signal;
    action.sa_flags = SA_RESTART;
    for (size_t i = 0; i < numbers.size(); ++i)
        sigaction(numbers[i], &action, &before_[i]);
}

CaughtSignals::~CaughtSignals() {
    for (size_t i = 0; i < numbers.size(); ++i)
        sigaction(numbers[i], &before_[i], nullptr);
}

void say_signal() {
    if (caught != 0)
        say("Test failed with exception: %s(%d)", strsignal(caught), static_cast<int>(caught));
    caught = 0;
}

} // namespace cmocka_gtest
