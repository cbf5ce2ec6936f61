// SPDX-License-Identifier: MIT
// The runner's view of a group of tests.
#ifndef CMOCKA_GTEST_SUITE_H
#define CMOCKA_GTEST_SUITE_H

#include <memory>
#include <string>
#include <vector>

namespace cmocka_gtest {

enum class Verdict { passed, failed, skipped };

class Suite {
  public:
    Suite() = default;
    Suite(const Suite &) = delete;
    Suite &operator=(const Suite &) = delete;
    virtual ~Suite() = default;

    virtual std::string name() const = 0;
    virtual std::vector<std::string> tests() const = 0;

    // Called before the first and after the last test that runs, in each run with tests. No test
    // runs if begin() returns false.
    // All report their own failures. run() tells why it skipped.
    virtual bool begin() = 0;
    virtual Verdict run(size_t test, std::string &why) = 0;
    virtual void end() = 0;

    // The interface function's return value for the program, over everything that has run.
    int failures() const { return failures_; }

    // libcmocka ends the process after a group that leaves blocks behind.
    bool leaked() const { return leaked_; }

  protected:
    void count_failure() { ++failures_; }
    void fail_if_group_leaked(unsigned long since);

  private:
    int failures_ = 0;
    bool leaked_ = false;
};

// Returns the name of a group or test. For a missing name libcmocka prints the same word.
inline std::string spelled(const char *name) {
    return name != nullptr ? name : "(null)";
}

// Registers the tests with GoogleTest and runs them. Returns suite->failures() plus the failures of
// C++ tests that ran in the same run.
int run(std::unique_ptr<Suite> suite);

} // namespace cmocka_gtest

#endif
