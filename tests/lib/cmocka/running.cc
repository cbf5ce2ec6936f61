// SPDX-License-Identifier: MIT
#include "running.h"

#include "message.h"
#include "ordering.h"
#include "signals.h"
#include "skip.h"
#include "values.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cmocka_gtest {

namespace {

thread_local sigjmp_buf way_out;
thread_local bool running;
thread_local SourceLocation failed_at;

void forget_expectations() {
    forget_values();
    forget_calls();
}

bool abort_wanted() {
    const char *setting = getenv("CMOCKA_TEST_ABORT");
    return setting != nullptr && strcmp(setting, "1") == 0 && !skip_requested();
}

void print_failure() {
    if (failed_at.file != nullptr)
        fprintf(stderr, "%s:%d: ", failed_at.file, failed_at.line);
    fprintf(stderr, "error: %s\n", take_message().c_str());
}

Outcome outcome_of(Ending ending, int value) {
    say_signal();
    return {ending, value, failed_at, take_message()};
}

} // namespace

void leave() {
    if (abort_wanted()) {
        print_failure();
        abort();
    }
    if (!running) {
        print_failure();
        exit(-1);
    }
    siglongjmp(way_out, 1);
}

void leave_failing(SourceLocation where) {
    failed_at = where;
    leave();
}

Outcome run_guarded(const std::function<int()> &body) noexcept {
    volatile Ending ending = Ending::failed;
    volatile int value = 0;
    {
        CaughtSignals signals;
        failed_at = {};
        running = true;
        if (sigsetjmp(way_out, 1) == 0) {
            value = body();
            ending = Ending::returned;
        }
        running = false;
        forget_expectations();
    }
    return outcome_of(ending, value);
}

} // namespace cmocka_gtest
