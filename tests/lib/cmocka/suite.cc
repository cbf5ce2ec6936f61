// SPDX-License-Identifier: MIT
#include "suite.h"

#include "functions.h"
#include "report.h"

namespace cmocka_gtest {

void Suite::fail_if_group_leaked(HeapMark since) {
    Outcome outcome = run_guarded([since] {
        fail_if_leaked(since, "the group");
        return 0;
    });
    if (outcome.ok())
        return;
    report("Group", outcome);
    leaked_ = true;
}

} // namespace cmocka_gtest
