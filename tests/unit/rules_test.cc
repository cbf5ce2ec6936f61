// SPDX-License-Identifier: MIT
#include "seal/rules.h"

#include "base/errno_name.h"
#include "base/names.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace exeseal;

namespace {

std::string names_of(Strategies strategies) {
    std::string list;
    for (uint32_t id = 0; strategy_name(id) != nullptr; id++)
        if ((strategies & set_of(id)) != 0)
            list += (list.empty() ? "" : ", ") + std::string(strategy_name(id));
    return strategies == kEvery ? "every" : list;
}

std::string names_of(const Errnos &errors) {
    std::string list;
    for (int error : errors)
        list += (list.empty() ? "" : ", ") + std::string(errno_name(error));
    return list;
}

std::string failures_page() {
    std::ostringstream page;
    page << "# What follows a failure\n\n"
            "A clone tries the strategies of its mode in their order. The strategies that\n"
            "create a file in a directory try one directory after the other. If an attempt\n"
            "fails at one of these steps with one of these errors, then this kernel, policy or\n"
            "file system cannot do it in this way, and the next one is tried.\n\n"
            "| strategy | step | errno | next |\n"
            "| --- | --- | --- | --- |\n";
    for (const Rule &rule : rules())
        page << "| " << names_of(rule.strategies) << " | " << step_name(rule.step) << " | " << names_of(rule.errors)
             << " | " << (rule.next == Next::Strategy ? "strategy" : "directory") << " |\n";
    page << "\nEvery other failure stops the clone and is its result: after EMFILE, ENFILE,\n"
            "ENOMEM, EIO or ESTALE another attempt would double the load or hide an attack.\n"
            "Once a stream has been read from, every failure stops the clone.\n";
    return page.str();
}

} // namespace

// That no two of them overlap is a static_assert beside the table.
TEST(Rules, NameWhatThereIsAndDoNotStop) {
    ASSERT_FALSE(rules().empty());
    for (const Rule &rule : rules()) {
        ASSERT_NE(step_name(rule.step), nullptr);
        ASSERT_FALSE(rule.errors.is_empty());
        for (int error : rule.errors)
            ASSERT_NE(errno_name(error), nullptr) << step_name(rule.step) << " " << error;
        EXPECT_NE(rule.next, Next::Stop) << "is what happens without a rule: " << step_name(rule.step);
    }
}

TEST(Rules, HaveAnotherDirectoryOnlyWhereThereAreSome) {
    for (const Rule &rule : rules())
        EXPECT_TRUE(rule.next != Next::Directory || (rule.strategies & ~kFiles) == 0)
            << names_of(rule.strategies) << " " << step_name(rule.step);
}

TEST(Rules, LetNothingGoOnThatHidesAnAttackOrDoublesTheLoad) {
    for (uint32_t strategy = 0; strategy_name(strategy) != nullptr; strategy++)
        for (uint32_t step = 0; step_name(step) != nullptr; step++)
            for (int error : {EMFILE, ENFILE, ENOMEM, EIO, ESTALE, ETXTBSY, EINTR, EFAULT, EFBIG, EBADF, EAGAIN, ENXIO})
                EXPECT_EQ(what_follows(strategy, {step, error, ""}), Next::Stop)
                    << strategy_name(strategy) << " " << step_name(step) << " " << errno_name(error);
}

TEST(Rules, ArePrintedInTheDocumentation) {
    const std::string path = SOURCE_ROOT "/docs/failures.md";
    if (getenv("EXESEAL_UPDATE") != nullptr)
        std::ofstream(path) << failures_page();
    std::stringstream page;
    page << std::ifstream(path).rdbuf();
    EXPECT_EQ(page.str(), failures_page()) << "run this test with EXESEAL_UPDATE=1 to write " << path;
}
