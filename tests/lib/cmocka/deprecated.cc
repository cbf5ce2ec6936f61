// SPDX-License-Identifier: MIT
// run_test(), run_tests() and run_group_tests(): lists in which fixtures and tests are mixed.
#include "functions.h"
#include "report.h"
#include "suite.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

using namespace cmocka_gtest;

namespace {

// An invalid list ends the process, as in libcmocka.
[[noreturn]] void give_up(const char *why) {
    print_error("%s\n", why);
    exit(-1);
}

Outcome run_entry(const UnitTest &entry, void **state, HeapMark since) {
    void *none = nullptr;
    return run_deprecated(entry, state != nullptr ? state : &none, since);
}

// run_test().
class Single : public Suite {
  public:
    Single(const UnitTest &test, void **state) : test_(test), state_(state) {}

    std::string name() const override { return "run_test"; }
    std::vector<std::string> tests() const override { return {spelled(test_.name)}; }
    bool begin() override { return true; }
    Verdict run(size_t index, std::string &why) override;
    void end() override {}

  private:
    UnitTest test_;
    void **state_;
};

Verdict Single::run(size_t, std::string &) {
    Outcome outcome = run_entry(test_, state_, mark_heap());
    if (outcome.ok())
        return Verdict::passed;
    report(nullptr, outcome);
    count_failure();
    return Verdict::failed;
}

// run_tests(). A setup, its teardown and the tests between them are one test for GoogleTest, so
// that a filter or shuffling cannot separate them.
class List : public Suite {
  public:
    List(const UnitTest *entries, size_t count);

    std::string name() const override { return "run_tests"; }
    std::vector<std::string> tests() const override;
    bool begin() override;
    Verdict run(size_t index, std::string &why) override;
    void end() override { fail_if_group_leaked(since_); }

    bool balanced() const { return balanced_; }

  private:
    struct Level {
        HeapMark since;
        void *state;
    };

    HeapMark prepare(const UnitTest &entry);
    void count(const UnitTest &entry, bool failed);

    std::vector<std::vector<UnitTest>> brackets_;
    bool balanced_ = true;

    HeapMark since_ = 0;
    std::vector<Level> levels_;
    size_t depth_ = 0;
    // of the last setup or teardown, which also serves tests outside a pair
    Level *level_ = nullptr;
    bool run_next_ = true, setup_failed_ = false, test_failed_ = false;
};

List::List(const UnitTest *entries, size_t count) : levels_(count) {
    size_t depth = 0;
    for (const UnitTest *entry = entries; entry != entries + count; ++entry) {
        if (entry->function == nullptr)
            continue;
        if (depth == 0)
            brackets_.emplace_back();
        brackets_.back().push_back(*entry);
        if (entry->function_type == UNIT_TEST_FUNCTION_TYPE_SETUP)
            ++depth;
        if (entry->function_type == UNIT_TEST_FUNCTION_TYPE_TEARDOWN && depth > 0)
            --depth;
    }
    balanced_ = depth == 0;
}

bool is_test(const UnitTest &entry) {
    return entry.function_type == UNIT_TEST_FUNCTION_TYPE_TEST;
}

std::vector<std::string> List::tests() const {
    std::vector<std::string> names;
    for (const auto &bracket : brackets_) {
        auto test = std::find_if(bracket.begin(), bracket.end(), is_test);
        names.push_back(spelled(test != bracket.end() ? test->name : bracket.front().name));
    }
    return names;
}

bool List::begin() {
    since_ = mark_heap();
    depth_ = 0;
    level_ = nullptr;
    run_next_ = true;
    setup_failed_ = test_failed_ = false;
    return true;
}

// Sets the entry's state, whether it runs, and the mark from which it answers for the heap. After a
// failed setup nothing runs until the next setup.
HeapMark List::prepare(const UnitTest &entry) {
    switch (entry.function_type) {
    case UNIT_TEST_FUNCTION_TYPE_TEST:
        run_next_ = run_next_ || !setup_failed_;
        return mark_heap();
    case UNIT_TEST_FUNCTION_TYPE_SETUP:
        level_ = &levels_[depth_++];
        *level_ = {mark_heap(), nullptr};
        run_next_ = true;
        return level_->since;
    case UNIT_TEST_FUNCTION_TYPE_TEARDOWN:
        if (depth_ == 0)
            give_up("a teardown without a setup");
        level_ = &levels_[--depth_];
        return level_->since;
    default:
        give_up("run_tests() knows tests, setups and teardowns only");
    }
}

// The failure of a teardown whose test failed too is not counted.
void List::count(const UnitTest &entry, bool failed) {
    bool setup = entry.function_type == UNIT_TEST_FUNCTION_TYPE_SETUP;
    if (failed && (is_test(entry) || setup || !test_failed_))
        count_failure();
    if (failed && setup) {
        run_next_ = false;
        setup_failed_ = true;
    }
    if (is_test(entry) || setup)
        test_failed_ = failed && is_test(entry);
}

Verdict List::run(size_t index, std::string &why) {
    bool ran = false, failed = false;
    for (const UnitTest &entry : brackets_[index]) {
        HeapMark since = prepare(entry);
        if (!run_next_)
            continue;
        Outcome outcome = run_entry(entry, level_ != nullptr ? &level_->state : nullptr, since);
        if (!outcome.ok())
            report(is_test(entry) ? nullptr : spelled(entry.name).c_str(), outcome);
        count(entry, !outcome.ok());
        ran = true;
        failed = failed || !outcome.ok();
    }
    why = "Not run: a setup before it failed";
    return failed ? Verdict::failed : ran ? Verdict::passed : Verdict::skipped;
}

// run_group_tests(). The tests run even after a failed setup, so that failure is reported at the
// end: GoogleTest would skip the tests.
class OldGroup : public Suite {
  public:
    OldGroup(const UnitTest *entries, size_t count);

    std::string name() const override { return "run_group_tests"; }
    std::vector<std::string> tests() const override;
    bool begin() override;
    Verdict run(size_t index, std::string &why) override;
    void end() override;

  private:
    void **state() { return setup_ ? &state_ : nullptr; }

    std::vector<UnitTest> tests_;
    std::optional<UnitTest> setup_, teardown_;
    Outcome set_up_;
    void *state_ = nullptr;
    HeapMark since_ = 0;
};

void keep_only(std::optional<UnitTest> &fixture, const UnitTest &entry) {
    if (fixture)
        give_up("more than one group setup or teardown");
    fixture = entry;
}

OldGroup::OldGroup(const UnitTest *entries, size_t count) {
    for (const UnitTest *entry = entries; entry != entries + count; ++entry) {
        if (entry->function == nullptr)
            continue;
        if (entry->function_type == UNIT_TEST_FUNCTION_TYPE_GROUP_SETUP)
            keep_only(setup_, *entry);
        if (entry->function_type == UNIT_TEST_FUNCTION_TYPE_GROUP_TEARDOWN)
            keep_only(teardown_, *entry);
        if (is_test(*entry))
            tests_.push_back(*entry);
    }
    if (setup_)
        setup_->function_type = UNIT_TEST_FUNCTION_TYPE_SETUP;
}

std::vector<std::string> OldGroup::tests() const {
    std::vector<std::string> names;
    for (const UnitTest &test : tests_)
        names.push_back(spelled(test.name));
    return names;
}

bool OldGroup::begin() {
    state_ = nullptr;
    since_ = mark_heap();
    set_up_ = setup_ ? run_entry(*setup_, &state_, since_) : Outcome();
    if (!set_up_.ok())
        count_failure();
    return true;
}

Verdict OldGroup::run(size_t index, std::string &) {
    Outcome outcome = run_entry(tests_[index], state(), mark_heap());
    if (outcome.ok())
        return Verdict::passed;
    report(nullptr, outcome);
    count_failure();
    return Verdict::failed;
}

void OldGroup::end() {
    if (!set_up_.ok())
        report("Group setup", set_up_);
    if (teardown_) {
        Outcome outcome = run_entry(*teardown_, state(), setup_ ? since_ : mark_heap());
        if (!outcome.ok()) {
            report("Group teardown", outcome);
            count_failure();
        }
    }
    fail_if_group_leaked(since_);
}

} // namespace

extern "C" {

int _run_test(const char *name, UnitTestFunction function, void **state, UnitTestFunctionType type, const void *) {
    return run(std::make_unique<Single>(UnitTest{name, function, type}, state));
}

int _run_tests(const UnitTest *tests, size_t count) {
    auto list = std::make_unique<List>(tests, count);
    bool balanced = list->balanced();
    int failures = run(std::move(list));
    return balanced ? failures : -1;
}

int _run_group_tests(const UnitTest *tests, size_t count) {
    return count == 0 ? -1 : run(std::make_unique<OldGroup>(tests, count));
}
}
