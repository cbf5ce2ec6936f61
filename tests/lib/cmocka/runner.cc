// SPDX-License-Identifier: MIT
// Groups become GoogleTest's test suites. Each group is a run of its own, because the program uses
// its result before it starts the next.
#include "arguments.h"
#include "cmocka_gtest.h"
#include "newcomers.h"
#include "output_file.h"
#include "suite.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>

namespace cmocka_gtest {

namespace {

bool register_only;

// The suites by their name in GoogleTest. They are kept, since a later RUN_ALL_TESTS() may run them
// again.
std::map<std::string, std::unique_ptr<Suite>> suites;

class CTest : public testing::Test {
  public:
    CTest(Suite &suite, size_t index) : suite_(suite), index_(index) {}

    static void SetUpTestSuite() { current().begin(); }
    static void TearDownTestSuite() { current().end(); }

    void TestBody() override {
        std::string why;
        if (suite_.run(index_, why) == Verdict::skipped)
            GTEST_SKIP() << why;
    }

  private:
    static Suite &current() { return *suites.at(testing::UnitTest::GetInstance()->current_test_suite()->name()); }

    Suite &suite_;
    size_t index_;
};

// Characters that a filter cannot contain are replaced. A name in use gets a number, since `tests`
// is a frequent name.
std::string free_name(std::string name) {
    for (char &c : name) {
        if (std::string_view(":*?-.\n").find(c) != std::string_view::npos)
            c = '_';
    }
    std::string numbered = name;
    for (int number = 2; suites.contains(numbered) || is_known(numbered); ++number)
        numbered = name + "/" + std::to_string(number);
    return numbered;
}

std::string register_tests(std::unique_ptr<Suite> suite) {
    std::string name = free_name(suite->name());
    size_t index = 0;
    for (const std::string &test : suite->tests()) {
        testing::RegisterTest(name.c_str(), test.c_str(), nullptr, nullptr, "", 0,
                              [&suite = *suite, index] { return new CTest(suite, index); });
        ++index;
    }
    suites[name] = std::move(suite);
    return name;
}

void exit_if_leaked(const Suite &suite) {
    if (suite.leaked())
        exit(-1);
}

// Inside a test or fixture nothing can be registered any more. The program judges a failure by the
// result.
int run_nested(Suite &suite) {
    testing::TestPartResultArray failures;
    {
        testing::ScopedFakeTestPartResultReporter aside(&failures);
        size_t count = suite.begin() ? suite.tests().size() : 0;
        for (size_t i = 0; i < count; ++i) {
            std::string why;
            suite.run(i, why);
        }
        suite.end();
    }
    for (int i = 0; i < failures.size(); ++i)
        std::cout << failures.GetTestPartResult(i) << std::endl;
    exit_if_leaked(suite);
    return suite.failures();
}

// Runs all groups at once, when the last one is known.
void list_tests() {
    [[maybe_unused]] int always_0 = RUN_ALL_TESTS();
}

int list_at_exit() {
    static int registered = atexit(list_tests);
    return registered;
}

int run_registered(const std::string &name) {
    if (GTEST_FLAG_GET(list_tests))
        return list_at_exit();
    static OutputFile output;
    Suite &suite = *suites.at(name);
    int failures = run_newcomers(suite, name);
    output.join_last_run();
    exit_if_leaked(suite);
    return failures;
}

} // namespace

int run(std::unique_ptr<Suite> suite) {
    if (is_running())
        return run_nested(*suite);
    start_googletest();
    std::string name = register_tests(std::move(suite));
    return register_only ? 0 : run_registered(name);
}

} // namespace cmocka_gtest

extern "C" void cmocka_gtest_register_only(void) {
    cmocka_gtest::register_only = true;
}
