// SPDX-License-Identifier: MIT
#include "functions.h"

#include "ordering.h"
#include "values.h"

namespace cmocka_gtest {

namespace {

void fail_if_unused() {
    SourceLocation value = find_unused_values();
    SourceLocation call = find_missing_calls();
    if (value.file != nullptr)
        leave_failing(value);
    if (call.file != nullptr)
        leave_failing(call);
}

} // namespace

Outcome run_test(CMUnitTestFunction function, void **state, const char *name) {
    HeapMark since = mark_heap();
    return run_guarded([=] {
        if (function != nullptr)
            function(state);
        fail_if_leaked(since, name);
        fail_if_unused();
        return 0;
    });
}

// A setup's allocations are its teardown's to free.
Outcome run_setup(CMFixtureFunction function, void **state) {
    return run_guarded([=] {
        int result = function(state);
        fail_if_unused();
        return result;
    });
}

Outcome run_teardown(CMFixtureFunction function, void **state, HeapMark since, const char *name) {
    return run_guarded([=] {
        int result = function(state);
        fail_if_leaked(since, name);
        fail_if_unused();
        return result;
    });
}

Outcome run_deprecated(const UnitTest &test, void **state, HeapMark since) {
    return run_guarded([=, &test] {
        test.function(state);
        fail_if_unused();
        if (test.function_type != UNIT_TEST_FUNCTION_TYPE_SETUP)
            fail_if_leaked(since, test.name);
        return 0;
    });
}

} // namespace cmocka_gtest
