// SPDX-License-Identifier: MIT
// cmocka_run_group_tests(): a group with its fixtures.
#include "abi.h"
#include "filter.h"
#include "functions.h"
#include "report.h"
#include "skip.h"
#include "suite.h"

using namespace cmocka_gtest;

namespace {

class Group : public Suite {
  public:
    Group(const char *name, CMFixtureFunction setup, CMFixtureFunction teardown)
        : name_(spelled(name)), setup_(setup), teardown_(teardown) {}

    void add(const CMUnitTest &test) { tests_.push_back(test); }

    std::string name() const override { return name_; }
    std::vector<std::string> tests() const override;
    bool begin() override;
    Verdict run(size_t index, std::string &why) override;
    void end() override;

  private:
    Verdict fail() {
        count_failure();
        return Verdict::failed;
    }

    std::string name_;
    CMFixtureFunction setup_, teardown_;
    // the program's array may no longer exist when GoogleTest starts again
    std::vector<CMUnitTest> tests_;
    void *state_ = nullptr;
    HeapMark since_ = 0;
};

std::vector<std::string> Group::tests() const {
    std::vector<std::string> names;
    for (const CMUnitTest &test : tests_)
        names.push_back(test.name);
    return names;
}

bool Group::begin() {
    state_ = nullptr;
    since_ = mark_heap();
    Outcome outcome = setup_ != nullptr ? run_setup(setup_, &state_) : Outcome();
    if (!outcome.ok()) {
        report("Group setup", outcome);
        count_failure();
    }
    return outcome.ok();
}

// If a test's setup fails, neither the test nor its teardown runs. Each test has a copy of the
// group's state.
Verdict Group::run(size_t index, std::string &why) {
    const CMUnitTest &test = tests_[index];
    void *state = state_ != nullptr ? state_ : test.initial_state;
    HeapMark since = mark_heap();
    if (test.setup_func != nullptr) {
        Outcome outcome = run_setup(test.setup_func, &state);
        if (!outcome.ok()) {
            report("Test setup", outcome);
            return fail();
        }
    }

    Verdict verdict = Verdict::passed;
    Outcome outcome = run_test(test.test_func, &state, test.name);
    if (!outcome.ok()) {
        verdict = take_skip_request() ? Verdict::skipped : Verdict::failed;
        if (verdict == Verdict::failed)
            report(nullptr, outcome);
        why = outcome.message;
    }

    if (test.teardown_func != nullptr) {
        // Without a setup, the teardown answers only for its own blocks.
        HeapMark from = test.setup_func != nullptr ? since : mark_heap();
        Outcome ended = run_teardown(test.teardown_func, &state, from, test.name);
        if (!ended.ok()) {
            report("Test teardown", ended);
            return fail();
        }
    }
    return verdict == Verdict::failed ? fail() : verdict;
}

// A failed teardown is reported but not counted, as in libcmocka: the program's exit code does not
// show it.
void Group::end() {
    if (teardown_ != nullptr) {
        Outcome outcome = run_teardown(teardown_, &state_, since_, "the group");
        if (!outcome.ok())
            report("Group teardown", outcome);
    }
    fail_if_group_leaked(since_);
}

bool can_run(const CMUnitTest &test) {
    return test.name != nullptr &&
           (test.test_func != nullptr || test.setup_func != nullptr || test.teardown_func != nullptr);
}

} // namespace

extern "C" int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                       CMFixtureFunction setup, CMFixtureFunction teardown) {
    auto group = std::make_unique<Group>(name, setup, teardown);
    for (size_t i = 0; i < count; ++i) {
        if (can_run(tests[i]) && passes_filters(tests[i].name))
            group->add(tests[i]);
    }
    return run(std::move(group));
}
