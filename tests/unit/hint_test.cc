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

// Where the errno says all there is to say.
constexpr Rule kWithoutAdvice[] = {
    {EXESEAL_STRATEGY_REUSE, EXESEAL_STEP_REOPEN, ENOENT, Next::Strategy},
    {EXESEAL_STRATEGY_REUSE, EXESEAL_STEP_REOPEN, EACCES, Next::Strategy},
    {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EINVAL, Next::Strategy},
    {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_COPY, EDQUOT, Next::Directory},
};

bool needs_advice(const Rule &rule) {
    return std::none_of(std::begin(kWithoutAdvice), std::end(kWithoutAdvice), [&](const Rule &other) {
        return other.strategy == rule.strategy && other.step == rule.step && other.error == rule.error;
    });
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
        EXPECT_EQ(text != nullptr, needs_advice(rule)) << line_of(some_strategy(rule), {rule.step, rule.error, ""});
    }
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
