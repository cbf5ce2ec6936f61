// SPDX-License-Identifier: MIT
#include "base/advice.h"

#include "base/errno_name.h"
#include "base/names.h"
#include "base/report.h"
#include "seal/strategies/strategies.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

using namespace exeseal;

namespace {

// The steps that each strategy reaches, as its source shows; none means the call itself,
// before and after the strategies.
struct Reach {
    uint32_t strategy;
    std::vector<uint32_t> steps;
};
const Reach kReach[] = {
    {EXESEAL_STRATEGY_NONE,
     {EXESEAL_STEP_ARGUMENT, EXESEAL_STEP_SOURCE, EXESEAL_STEP_PRIVILEGES, EXESEAL_STEP_REQUIRE,
      EXESEAL_STEP_NO_NEW_PRIVS, EXESEAL_STEP_CLOSE_OTHERS, EXESEAL_STEP_CAPABILITIES, EXESEAL_STEP_DIRECTORY,
      EXESEAL_STEP_DEATH_SIGNAL, EXESEAL_STEP_LANDLOCK, EXESEAL_STEP_SPAWN, EXESEAL_STEP_EXECVEAT,
      EXESEAL_STEP_PROC_EXEC, EXESEAL_STEP_SCRIPT, EXESEAL_STEP_INTERPRETER, EXESEAL_STEP_ARCHITECTURE,
      EXESEAL_STEP_FORMAT, EXESEAL_STEP_POLICY, EXESEAL_STEP_VERIFY}},
    {EXESEAL_STRATEGY_REUSE,
     {EXESEAL_STEP_REQUIRE, EXESEAL_STEP_STABILITY, EXESEAL_STEP_REOPEN, EXESEAL_STEP_VERIFY, EXESEAL_STEP_EXECVEAT}},
    {EXESEAL_STRATEGY_MEMFD,
     {EXESEAL_STEP_REQUIRE, EXESEAL_STEP_STABILITY, EXESEAL_STEP_LIMIT, EXESEAL_STEP_CREATE, EXESEAL_STEP_COPY,
      EXESEAL_STEP_SOURCE, EXESEAL_STEP_PERMISSIONS, EXESEAL_STEP_SEAL, EXESEAL_STEP_REOPEN, EXESEAL_STEP_VERIFY,
      EXESEAL_STEP_EXECVEAT}},
    {EXESEAL_STRATEGY_TMPFILE,
     {EXESEAL_STEP_REQUIRE, EXESEAL_STEP_STABILITY, EXESEAL_STEP_LIMIT, EXESEAL_STEP_NOEXEC, EXESEAL_STEP_CREATE,
      EXESEAL_STEP_COPY, EXESEAL_STEP_SOURCE, EXESEAL_STEP_PERMISSIONS, EXESEAL_STEP_REOPEN, EXESEAL_STEP_VERIFY,
      EXESEAL_STEP_EXECVEAT}},
    {EXESEAL_STRATEGY_TMPFS,
     {EXESEAL_STEP_REQUIRE, EXESEAL_STEP_STABILITY, EXESEAL_STEP_LIMIT, EXESEAL_STEP_MOUNT, EXESEAL_STEP_CREATE,
      EXESEAL_STEP_COPY, EXESEAL_STEP_SOURCE, EXESEAL_STEP_PERMISSIONS, EXESEAL_STEP_REOPEN, EXESEAL_STEP_READ_ONLY,
      EXESEAL_STEP_VERIFY, EXESEAL_STEP_EXECVEAT}},
    {EXESEAL_STRATEGY_OVERLAY,
     {EXESEAL_STEP_REQUIRE, EXESEAL_STEP_LOCATE, EXESEAL_STEP_SOURCE, EXESEAL_STEP_NOEXEC, EXESEAL_STEP_MOUNT,
      EXESEAL_STEP_REOPEN, EXESEAL_STEP_VERIFY, EXESEAL_STEP_EXECVEAT}},
    {EXESEAL_STRATEGY_BIND,
     {EXESEAL_STEP_REQUIRE, EXESEAL_STEP_LOCATE, EXESEAL_STEP_SOURCE, EXESEAL_STEP_NOEXEC, EXESEAL_STEP_MOUNT,
      EXESEAL_STEP_READ_ONLY, EXESEAL_STEP_REOPEN, EXESEAL_STEP_VERIFY, EXESEAL_STEP_EXECVEAT}},
    {EXESEAL_STRATEGY_VERITY,
     {EXESEAL_STEP_REQUIRE, EXESEAL_STEP_STABILITY, EXESEAL_STEP_LIMIT, EXESEAL_STEP_NOEXEC, EXESEAL_STEP_CREATE,
      EXESEAL_STEP_COPY, EXESEAL_STEP_SOURCE, EXESEAL_STEP_PRIVILEGES, EXESEAL_STEP_PERMISSIONS, EXESEAL_STEP_SEAL,
      EXESEAL_STEP_REOPEN, EXESEAL_STEP_VERIFY, EXESEAL_STEP_EXECVEAT}},
};

bool reaches(uint32_t strategy, uint32_t step) {
    for (const Reach &reach : kReach)
        if (reach.strategy == strategy)
            return std::find(reach.steps.begin(), reach.steps.end(), step) != reach.steps.end();
    return false;
}

// Calls the function for each strategy, step and errno that a report can have.
template <typename Function> void for_each_failure(Function function) {
    for (const Reach &reach : kReach)
        for (uint32_t step : reach.steps)
            for (int error = 1; error < 140; error++)
                if (errno_name(error) != nullptr)
                    function(reach.strategy, Failure{step, error, "place"});
}

std::string line_of(uint32_t strategy, const Failure &failure) {
    exeseal_report report = {};
    record(report, strategy, failure);
    char buffer[512];
    EXPECT_LT(format(report, buffer, sizeof buffer), sizeof buffer);
    return buffer;
}

std::string advice_of(uint32_t strategy, uint32_t step, int error) {
    const char *text = advice(strategy, step, error);
    return text != nullptr ? text : "";
}

// The texts of all tables.
std::set<const char *> all_texts() {
    std::set<const char *> texts;
    for (std::span<const Advice> table : {advice_at_any_step(), advice_of_any_strategy(), advice_of_no_strategy()})
        for (const Advice &row : table)
            texts.insert(row.text);
    auto add = [&](std::span<const Outcome> outcomes) {
        for (const Outcome &outcome : outcomes)
            if (outcome.advice != nullptr)
                texts.insert(outcome.advice);
    };
    add(outcomes_of_every_strategy());
    for (const Strategy *strategy : all_strategies())
        add(strategy->outcomes);
    return texts;
}

bool mentions(const std::string &text, const char *word) {
    return text.find(word) != text.npos;
}

// The first word of the last sentence.
std::string verb_of(std::string text) {
    size_t end = text.rfind(". ");
    text = end == text.npos ? "" : text.substr(end + 2);
    return text.substr(0, text.find_first_of(" ."));
}

} // namespace

TEST(Advice, EveryStrategyIsReached) {
    for (uint32_t strategy = 0; strategy_name(strategy) != nullptr; strategy++)
        EXPECT_TRUE(std::any_of(std::begin(kReach), std::end(kReach), [&](const Reach &reach) {
            return reach.strategy == strategy;
        })) << strategy_name(strategy);
}

TEST(Advice, ExistsForEveryFailureThatContinues) {
    for_each_failure([](uint32_t strategy, const Failure &failure) {
        if (what_follows(strategy, failure) == Next::Stop)
            return;
        std::string line = line_of(strategy, failure), text = advice_of(strategy, failure.step, failure.error);
        EXPECT_NE(text, "") << line;
        EXPECT_FALSE(mentions(line, "unknown") || mentions(line, "errno ")) << line;
        for (const Advice &row : advice_at_any_step())
            EXPECT_NE(row.text, text) << line;
    });
}

// No row may be hidden by an earlier one, or belong to a strategy that never reaches the step.
TEST(Advice, EveryTextIsUsed) {
    std::set<std::string> used;
    for_each_failure([&](uint32_t strategy, const Failure &failure) {
        used.insert(advice_of(strategy, failure.step, failure.error));
    });
    for (const char *text : all_texts())
        EXPECT_TRUE(used.contains(text)) << text;
}

TEST(Outcomes, NameOnlyReachableSteps) {
    for (const Strategy *strategy : all_strategies())
        for (const Outcome &outcome : strategy->outcomes)
            EXPECT_TRUE(outcome.step == kAnyStep || reaches(strategy->id, outcome.step))
                << strategy_name(strategy->id) << " " << step_name(outcome.step);
}

TEST(Advice, StatesTheCauseThenTheAction) {
    const std::set<std::string> verbs = {"Accept", "Add",     "Allow",   "Build", "Check",   "Close",   "Free",
                                         "Grant",  "Install", "Keep",    "Load",  "Map",     "Mount",   "Name",
                                         "Open",   "Pass",    "Provide", "Raise", "Release", "Require", "Run",
                                         "Set",    "Start",   "Try",     "Use"};
    for (std::string text : all_texts()) {
        EXPECT_TRUE(text.ends_with('.')) << text;
        EXPECT_TRUE(verbs.contains(verb_of(text)) || verb_of(text) == "Do") << text;
        for (const char *idiom : {"to be had", "tmpfile do", " takes ", "will do", "what is meant", "all the same"})
            EXPECT_FALSE(mentions(text, idiom)) << text;
    }
}

TEST(Advice, ReportsMemoryShortageForENOMEMOnly) {
    for_each_failure([](uint32_t strategy, const Failure &failure) {
        bool is_told = mentions(advice_of(strategy, failure.step, failure.error), "Memory is exhausted");
        EXPECT_EQ(is_told, failure.error == ENOMEM) << line_of(strategy, failure);
    });
}

// The errnos of a filter, at the steps where a filter is the most likely cause.
TEST(Advice, NamesTheFilter) {
    const struct {
        uint32_t strategy, step;
        std::vector<int> errors;
    } filtered[] = {
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_SOURCE, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_SPAWN, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_EXECVEAT, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_PROC_EXEC, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_CLOSE_OTHERS, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_LANDLOCK, {ENOSYS}},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_LIMIT, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_STABILITY, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_PERMISSIONS, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_SEAL, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_REOPEN, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_VERIFY, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_MOUNT, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_CREATE, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_READ_ONLY, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_CREATE, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_PERMISSIONS, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, {EPERM}},
        {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_LOCATE, {EPERM, ENOSYS}},
        {EXESEAL_STRATEGY_BIND, EXESEAL_STEP_READ_ONLY, {EPERM, ENOSYS}},
    };
    for (const auto &row : filtered)
        for (int error : row.errors)
            EXPECT_TRUE(mentions(advice_of(row.strategy, row.step, error), "filter"))
                << line_of(row.strategy, {row.step, error, ""});
}

TEST(Advice, FitsTheCause) {
    const struct {
        uint32_t strategy, step;
        int error;
        const char *word, *never; // nullptr: no forbidden word
    } wanted[] = {
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EACCES, "vm.memfd_noexec", "filter"},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, ENOSPC, "vm.overcommit_memory", "file system"},
        {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_COPY, ENOSPC, "memory", "directory"},
        {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_COPY, ENOSPC, "file system is full", "memory"},
        {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_CREATE, ENOSPC, "file system is full", "memory"},
        {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, ENOSPC, "file system is full", "memory"},
        {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_COPY, EDQUOT, "quota", "full"},
        {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_NOEXEC, EACCES, "tmp_dirfd", nullptr},
        {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_REOPEN, EACCES, "permission", "/proc"},
        {EXESEAL_STRATEGY_REUSE, EXESEAL_STEP_REOPEN, EACCES, "permission", "/proc"},
        {EXESEAL_STRATEGY_REUSE, EXESEAL_STEP_REOPEN, ENOENT, "/proc", "permission"},
        {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_REOPEN, EACCES, "permission", "/proc"},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_REOPEN, EACCES, "security module", "/proc"},
        {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, ENOSPC, "user.max_mnt_namespaces", "fs.mount-max"},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_STABILITY, EOPNOTSUPP, "fs.leases-enable", "filter"},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_STABILITY, EOPNOTSUPP, "CAP_LEASE", nullptr},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_STABILITY, EOPNOTSUPP, "open for writing", nullptr},
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_PRIVILEGES, EPERM, "EXESEAL_CLONE_DROP_PRIVILEGES", "filter"},
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_SCRIPT, ENOENT, "EXESEAL_EXEC_SCRIPT", nullptr},
        {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_EXECVEAT, EAGAIN, "RLIMIT_NPROC", nullptr},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, EMFILE, "RLIMIT_NOFILE", nullptr},
        {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, ENOMEM, "memory cgroup", nullptr},
    };
    for (const auto &row : wanted) {
        std::string text = advice_of(row.strategy, row.step, row.error);
        EXPECT_TRUE(mentions(text, row.word)) << text << " | " << row.word;
        EXPECT_FALSE(row.never != nullptr && mentions(text, row.never)) << text << " | " << row.never;
    }
}

// Nor may it name any other strategy than the failed one, except as the replacement.
TEST(Advice, MentionsOverlayfsForOverlayOnly) {
    for_each_failure([](uint32_t strategy, const Failure &failure) {
        std::string text = advice_of(strategy, failure.step, failure.error);
        EXPECT_FALSE(strategy != EXESEAL_STRATEGY_OVERLAY && (mentions(text, "verlayfs") || mentions(text, "ayer")))
            << line_of(strategy, failure);
    });
}

TEST(Advice, IsNullWithoutAKnownCause) {
    EXPECT_EQ(advice(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_COPY, EIO), nullptr);
    EXPECT_EQ(advice(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_ARGUMENT, EINVAL), nullptr);
    EXPECT_EQ(advice(999, 999, 999), nullptr);
}

TEST(Advice, StatesTheRequirementsOfALaunch) {
    auto says = [](uint32_t step, int error, const char *word) {
        return mentions(advice_of(EXESEAL_STRATEGY_NONE, step, error), word);
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

// Advice for one error must not be given for another error at the same step.
TEST(Advice, ReportsDescriptorShortageAtEveryStep) {
    for (uint32_t strategy = 0; strategy_name(strategy) != nullptr; strategy++)
        for (uint32_t step : {EXESEAL_STEP_SOURCE, EXESEAL_STEP_CREATE, EXESEAL_STEP_REOPEN})
            EXPECT_TRUE(mentions(advice_of(strategy, step, EMFILE), "out of file descriptors"))
                << line_of(strategy, {step, EMFILE, ""});
}

TEST(Advice, DoesNotBlameTheKernelForABadKeptDescriptor) {
    EXPECT_FALSE(mentions(advice_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_CLOSE_OTHERS, EBADF), "5.11"));
    EXPECT_TRUE(mentions(advice_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_CLOSE_OTHERS, ENOSYS), "5.11"));
}

// execve(2) of a path below /proc returns ENOENT for both causes.
TEST(Advice, NamesBothCausesOfENOENTBelowProc) {
    for (const char *cause : {"/proc", "interpreter"})
        EXPECT_TRUE(mentions(advice_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_PROC_EXEC, ENOENT), cause)) << cause;
}

TEST(Advice, DoesNotCallAnUnusableInterpreterMissing) {
    EXPECT_FALSE(mentions(advice_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_INTERPRETER, ENOEXEC), "not exist"));
    EXPECT_TRUE(mentions(advice_of(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_INTERPRETER, ENOENT), "not exist"));
}
