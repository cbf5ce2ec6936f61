// SPDX-License-Identifier: MIT
#include "newcomers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace cmocka_gtest {

namespace {

const testing::UnitTest &unit() {
    return *testing::UnitTest::GetInstance();
}

bool anything_was_chosen;
bool anything_has_run;
bool anything_has_failed;
bool running_newcomers;

bool stopped() {
    return anything_has_failed && GTEST_FLAG_GET(fail_fast);
}

// The user's filter without the suites that have run. With --gtest_fail_fast, everything ends at
// the first failure.
std::string filter_for(const std::string &newcomer) {
    std::string filter = GTEST_FLAG_GET(filter);
    if (!anything_has_run)
        return filter;
    if (stopped())
        return "-*";
    if (filter.empty())
        filter += ':'; // matches nothing, even with a `-` after it
    if (filter.find('-') == std::string::npos)
        filter += '-';
    for (int i = 0; i < unit().total_test_suite_count(); ++i) {
        const char *name = unit().GetTestSuite(i)->name();
        if (name != newcomer)
            filter.append(":").append(name).append(".*");
    }
    return filter;
}

// GoogleTest accepts a run without tests. Only at the program's end is it known that no group has a
// test that matches the filter, and only _Exit() can report that then.
void fail_if_nothing_was_chosen() {
    if (anything_was_chosen || unit().test_to_run_count() > 0)
        return;
    fflush(stdout);
    fprintf(stderr, "--gtest_filter=%s matches no test\n", GTEST_FLAG_GET(filter).c_str());
    _Exit(1);
}

// A shard may have no test.
void watch_the_filter() {
    if (GTEST_FLAG_GET(filter) != "*" && getenv("GTEST_TOTAL_SHARDS") == nullptr)
        atexit(fail_if_nothing_was_chosen);
}

class Run : public testing::EmptyTestEventListener {
  public:
    Run(Suite &suite, const std::string &name)
        : suite_(suite), name_(name), alone_(suite.tests().empty() && GTEST_FLAG_GET(filter) == "*" && !stopped()),
          filter_(GTEST_FLAG_GET(filter)) {
        GTEST_FLAG_SET(filter, filter_for(name));
    }

    int other_failures() const { return other_failures_; }

  private:
    // The tests are selected by now. From here on the user's filter is printed.
    void OnTestProgramStart(const testing::UnitTest &) override { GTEST_FLAG_SET(filter, filter_); }

    // The fixtures of a group without tests run too. GoogleTest has no such suite.
    void OnTestIterationStart(const testing::UnitTest &, int) override {
        if (alone_)
            suite_.begin();
        noticed_ = unit().ad_hoc_test_result().total_part_count();
    }
    void OnTestIterationEnd(const testing::UnitTest &, int) override {
        if (unit().ad_hoc_test_result().total_part_count() > noticed_)
            ++other_failures_; // of an environment
        if (alone_)
            suite_.end();
    }

    void OnTestSuiteEnd(const testing::TestSuite &ended) override {
        if (ended.name() != name_ && ended.Failed())
            other_failures_ += std::max(1, ended.failed_test_count());
    }

    Suite &suite_;
    const std::string &name_;
    bool alone_;
    std::string filter_;
    int noticed_ = 0;
    int other_failures_ = 0;
};

} // namespace

bool is_known(const std::string &name) {
    for (int i = 0; i < unit().total_test_suite_count(); ++i) {
        if (name == unit().GetTestSuite(i)->name())
            return true;
    }
    return false;
}

// A run that is not ours is not shown between its suites.
bool is_running() {
    return running_newcomers || unit().current_test_suite() != nullptr;
}

int run_newcomers(Suite &suite, const std::string &name) {
    [[maybe_unused]] static bool watched = (watch_the_filter(), true);
    // by the run before this one
    anything_was_chosen = anything_was_chosen || unit().test_to_run_count() > 0;
    anything_has_run = anything_has_run || unit().start_timestamp() != 0;
    // On the heap and owned by GoogleTest: a test may call exit(), and GoogleTest then deletes its
    // listeners.
    auto run = new Run(suite, name);
    auto &listeners = testing::UnitTest::GetInstance()->listeners();
    listeners.Append(run);
    // The result has less than the counts: a group's failed teardown fails the run, but not the
    // program.
    running_newcomers = true;
    bool failed = RUN_ALL_TESTS() != 0;
    running_newcomers = false;
    int failures = suite.failures() + run->other_failures();
    delete listeners.Release(run);
    anything_has_run = true;
    anything_has_failed = anything_has_failed || failed;
    return failures;
}

} // namespace cmocka_gtest
