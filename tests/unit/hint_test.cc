// SPDX-License-Identifier: MIT
#include "hint.h"

#include "errno_name.h"
#include "names.h"
#include "plan.h"
#include "report.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

using namespace exeseal;

namespace {

uint32_t some_strategy(const Rule &rule) {
    return rule.strategy == kAnyStrategy ? uint32_t{EXESEAL_STRATEGY_MEMFD} : rule.strategy;
}

std::string line_of(uint32_t strategy, const Failure &failure) {
    exeseal_report report = {};
    record(report, strategy, failure);
    char buffer[512];
    EXPECT_LT(format(report, buffer, sizeof buffer), sizeof buffer);
    return buffer;
}

std::string hint_of(uint32_t strategy, uint32_t step, int error) {
    const char *text = hint(strategy, step, error);
    return text != nullptr ? text : "";
}

bool mentions(const std::string &text, const char *word) {
    return text.find(word) != text.npos;
}

} // namespace

TEST(Hint, EveryRuleReadsAsASentence) {
    ASSERT_FALSE(rules().empty());
    for (const Rule &rule : rules()) {
        std::string line = line_of(some_strategy(rule), {rule.step, rule.error, "place"});
        EXPECT_NE(errno_name(rule.error), nullptr) << line;
        EXPECT_FALSE(mentions(line, "unknown") || mentions(line, "errno ")) << line;
        EXPECT_TRUE(mentions(line, step_name(rule.step))) << line;
    }
}

TEST(Hint, EveryRuleComesWithAdvice) {
    for (const Rule &rule : rules()) {
        const char *text = hint(some_strategy(rule), rule.step, rule.error);
        EXPECT_NE(text, nullptr) << line_of(some_strategy(rule), {rule.step, rule.error, ""});
    }
}

TEST(Hint, LackOfMemoryIsNotBlamedOnAnythingElse) {
    for (uint32_t step : {EXESEAL_STEP_CREATE, EXESEAL_STEP_COPY, EXESEAL_STEP_SEAL, EXESEAL_STEP_REOPEN})
        for (uint32_t strategy = EXESEAL_STRATEGY_REUSE; strategy <= EXESEAL_STRATEGY_VERITY; strategy++)
            EXPECT_TRUE(mentions(hint_of(strategy, step, ENOMEM), "out of memory")) << strategy << " " << step;
}

TEST(Hint, NamesTheKnob) {
    EXPECT_TRUE(mentions(hint_of(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EACCES), "vm.memfd_noexec"));
    EXPECT_TRUE(mentions(hint_of(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EPERM), "seccomp"));
    EXPECT_TRUE(mentions(hint_of(EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_NOEXEC, EACCES), "tmp_dirfd"));
    EXPECT_TRUE(
        mentions(hint_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_PRIVILEGES, EPERM), "EXESEAL_CLONE_DROP_PRIVILEGES"));
    EXPECT_TRUE(mentions(hint_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_SCRIPT, ENOENT), "EXESEAL_EXEC_SCRIPT"));
    EXPECT_TRUE(mentions(hint_of(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, EMFILE), "RLIMIT_NOFILE"));
    EXPECT_TRUE(mentions(hint_of(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, ENOMEM), "memory cgroup"));
}

TEST(Hint, SaysNothingWhereItHasNothingToSay) {
    EXPECT_EQ(hint(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, EIO), nullptr);
    EXPECT_EQ(hint(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_ARGUMENT, EINVAL), nullptr);
    EXPECT_EQ(hint(999, 999, 999), nullptr);
}

TEST(Hint, OfALaunchSaysWhatItTakes) {
    auto says = [](uint32_t step, int error, const char *word) {
        return mentions(hint_of(EXESEAL_STRATEGY_NONE, step, error), word);
    };
    EXPECT_TRUE(says(EXESEAL_STEP_CAPABILITIES, EPERM, "CAP_SETPCAP"));
    EXPECT_TRUE(says(EXESEAL_STEP_DIRECTORY, EACCES, "search"));
    EXPECT_TRUE(says(EXESEAL_STEP_DEATH_SIGNAL, EPERM, "PR_SET_PDEATHSIG"));
    EXPECT_TRUE(says(EXESEAL_STEP_LANDLOCK, ENOSYS, "5.13"));
    EXPECT_TRUE(says(EXESEAL_STEP_LANDLOCK, EOPNOTSUPP, "lsm="));
    EXPECT_TRUE(says(EXESEAL_STEP_LANDLOCK, EPERM, "NO_NEW_PRIVS"));
    EXPECT_TRUE(says(EXESEAL_STEP_LANDLOCK, EINVAL, "script"));
    EXPECT_TRUE(says(EXESEAL_STEP_SPAWN, EAGAIN, "RLIMIT_NPROC"));
    EXPECT_TRUE(says(EXESEAL_STEP_SPAWN, EBADF, "map"));
    EXPECT_TRUE(says(EXESEAL_STEP_SPAWN, ECHILD, "killed"));
    EXPECT_TRUE(says(EXESEAL_STEP_SPAWN, EMFILE, "RLIMIT_NOFILE"));
}

// Advice for one error is none for another at the same step.
TEST(Hint, OutOfDescriptorsIsSaidAtEveryStep) {
    for (uint32_t strategy = 0; strategy_name(strategy) != nullptr; strategy++)
        for (uint32_t step : {EXESEAL_STEP_SOURCE, EXESEAL_STEP_CREATE, EXESEAL_STEP_REOPEN})
            EXPECT_TRUE(mentions(hint_of(strategy, step, EMFILE), "out of descriptors"))
                << line_of(strategy, {step, EMFILE, ""});
}

TEST(Hint, OfABadKeptDescriptorIsNotTheKernelsVersion) {
    EXPECT_FALSE(mentions(hint_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_CLOSE_OTHERS, EBADF), "5.11"));
    EXPECT_TRUE(mentions(hint_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_CLOSE_OTHERS, ENOSYS), "5.11"));
}

// exec.cc says step interpreter for ENOEXEC too: the interpreter is there, and is none.
TEST(Hint, OfAnInterpreterThatIsNoProgramDoesNotCallItMissing) {
    EXPECT_FALSE(mentions(hint_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_INTERPRETER, ENOEXEC), "not there"));
    EXPECT_TRUE(mentions(hint_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_INTERPRETER, ENOENT), "not there"));
}
