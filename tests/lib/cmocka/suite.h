// SPDX-License-Identifier: MIT
// What the runner needs to know of a group of tests.
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

    // Before the first and after the last test that runs, each time that any runs; no test runs if begin() says so.
    // All report their failures, and run() says why it skipped.
    virtual bool begin() = 0;
    virtual Verdict run(size_t test, std::string &why) = 0;
    virtual void end() = 0;

    // What the interface's function returns to the program, over all that has run.
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

// The name of a group or a test, which may have none. libcmocka prints it with the same word.
inline std::string spelled(const char *name) {
    return name != nullptr ? name : "(null)";
}

// Registers the tests with GoogleTest and runs them: suite->failures(), and the failures of the C++ tests that were
// run along with them.
int run(std::unique_ptr<Suite> suite);

} // namespace cmocka_gtest

#endif
