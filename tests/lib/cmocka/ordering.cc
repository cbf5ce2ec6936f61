// SPDX-License-Identifier: MIT
#include "ordering.h"

#include "message.h"
#include "running.h"
#include "times.h"

#include <algorithm>
#include <cstring>
#include <list>

using namespace cmocka_gtest;

namespace {

struct ExpectedCall {
    const char *function;
    SourceLocation declared;
    Times times;
};

thread_local std::list<ExpectedCall> calls;

} // namespace

SourceLocation cmocka_gtest::find_missing_calls() {
    calls.remove_if([](const ExpectedCall &call) { return call.times.may_stay(); });
    for (const ExpectedCall &call : calls) {
        say("%s function was expected to be called but was not.\n", call.function);
        say("%s:%d: note: remaining item was declared here\n", call.declared.file, call.declared.line);
    }
    return calls.empty() ? SourceLocation{} : calls.front().declared;
}

void cmocka_gtest::forget_calls() {
    calls.clear();
}

extern "C" {

void _expect_function_call(const char *function, const char *file, int line, int count) {
    if (count == 0) {
        say("%s: a count of 0 expects nothing\n", function);
        leave_failing({file, line});
    }
    calls.push_back({function, {file, line}, Times(count)});
}

void _function_called(const char *function, const char *file, int line) {
    // Ignored calls have no order among themselves; the first counted call has.
    auto next = std::find_if(calls.begin(), calls.end(), [function](const ExpectedCall &call) {
        return strcmp(call.function, function) == 0 || !call.times.may_stay();
    });
    if (next == calls.end()) {
        say("error: No mock calls expected but called() was invoked in %s\n", function);
        leave_failing({file, line});
    }
    if (strcmp(next->function, function) != 0) {
        say("error: Expected call to %s but received called() in %s\n", next->function, function);
        leave_failing({file, line});
    }
    if (next->times.use())
        calls.erase(next);
}
}
