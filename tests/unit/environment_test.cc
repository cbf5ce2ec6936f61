// SPDX-License-Identifier: MIT
#include "exeseal.h"

#include "helpers.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using Entries = std::vector<std::string>;

// Heap buffers of exactly these sizes, so that a sanitizer detects a write past their end.
struct Built {
    int result;
    Entries entries;
};

Built build(std::vector<const char *> names, std::vector<const char *> from, size_t count = 32, size_t size = 128) {
    names.push_back(nullptr);
    from.push_back(nullptr);
    std::vector<char *> envp(count, reinterpret_cast<char *>(1));
    std::vector<char> buffer(size, '#');
    Built built = {exeseal_environment(names.data(), const_cast<char *const *>(from.data()), envp.data(), count,
                                       buffer.data(), size),
                   {}};
    if (built.result >= 0)
        for (char **entry = envp.data(); *entry != nullptr; entry++)
            built.entries.push_back(*entry);
    return built;
}

const Entries kCommon = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR=/tmp"};

Entries fixed() {
    Entries entries = kCommon;
    std::string user = std::to_string(geteuid());
    for (std::string entry :
         geteuid() == 0 ? Entries{"HOME=/root", "USER=root", "LOGNAME=root", "XDG_RUNTIME_DIR=/run"}
                        : Entries{"HOME=/", "USER=" + user, "LOGNAME=" + user, "XDG_RUNTIME_DIR=/run/user/" + user})
        entries.push_back(entry);
    return entries;
}

Entries with(Entries entries, const char *more) {
    entries.push_back(more);
    return entries;
}

Entries replaced(Entries entries, const std::string &old, const char *entry) {
    std::replace_if(
        entries.begin(), entries.end(), [&](auto &e) { return e.rfind(old, 0) == 0; }, entry);
    return entries;
}

const std::vector<const char *> kHost = {
    "SECRET=1", "TERM=xterm", "PATH=/evil", "EMPTY=", "NOVALUE", "LD_PRELOAD=x", "TERM=second"};

} // namespace

TEST(Environment, HoldsTheFixedListAndNothingOfTheHost) {
    Built built = build({}, kHost);
    EXPECT_EQ(built.entries, fixed());
    EXPECT_EQ(built.result, static_cast<int>(fixed().size()));
}

TEST(Environment, OfAnOrdinaryUserNamesItByNumber) {
    if (geteuid() != 0)
        GTEST_SKIP() << "needs root";
    pid_t child = fork();
    if (child == 0) {
        bool changed = setresuid(4294967294u, 4294967294u, 4294967294u) == 0;
        Built built = build({}, {});
        Entries wanted = kCommon;
        for (const char *entry :
             {"HOME=/", "USER=4294967294", "LOGNAME=4294967294", "XDG_RUNTIME_DIR=/run/user/4294967294"})
            wanted.push_back(entry);
        _exit(!changed || built.entries != wanted);
    }
    int status;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST(Environment, CopiesANamedVariableFromTheHost) {
    EXPECT_EQ(build({"TERM"}, kHost).entries, with(fixed(), "TERM=xterm"));
    EXPECT_EQ(build({"EMPTY"}, kHost).entries, with(fixed(), "EMPTY="));
    EXPECT_EQ(build({"PATH"}, kHost).entries, replaced(fixed(), "PATH=", "PATH=/evil"));
}

TEST(Environment, IgnoresANameThatTheHostLacks) {
    for (const char *name : {"ABSENT", "NOVALUE", "TER", "TERMS", "SECRET1"})
        EXPECT_EQ(build({name}, kHost).entries, fixed()) << name;
}

TEST(Environment, AddsAnAssignmentAsIs) {
    EXPECT_EQ(build({"A=b=c"}, kHost).entries, with(fixed(), "A=b=c"));
    EXPECT_EQ(build({"A="}, {}).entries, with(fixed(), "A="));
    EXPECT_EQ(build({"TERM=mine"}, kHost).entries, with(fixed(), "TERM=mine"));
    EXPECT_EQ(build({"HOME=/srv"}, {}).entries, replaced(fixed(), "HOME=", "HOME=/srv"));
    EXPECT_EQ(build({"USER=me"}, {}).entries, replaced(fixed(), "USER=", "USER=me"));
}

TEST(Environment, KeepsOnlyTheLastOfSeveralAssignments) {
    EXPECT_EQ(build({"A=1", "A=2", "A=3"}, {}).entries, with(fixed(), "A=3"));
    EXPECT_EQ(build({"TERM", "TERM=mine"}, kHost).entries, with(fixed(), "TERM=mine"));
    EXPECT_EQ(build({"TERM=mine", "TERM"}, kHost).entries, with(fixed(), "TERM=xterm"));
    EXPECT_EQ(build({"AB=1", "A=1"}, {}).entries, with(with(fixed(), "AB=1"), "A=1"));
}

TEST(Environment, AnEmptyNameIsNone) {
    for (const char *name : {"", "=", "=value"})
        EXPECT_EQ(build({name}, kHost).result, -EINVAL) << name;
}

TEST(Environment, NamesAndTheHostsMayBeMissing) {
    char *envp[32], buffer[128];
    EXPECT_EQ(exeseal_environment(nullptr, nullptr, envp, 32, buffer, sizeof buffer), 6);
    const char *const names[] = {"TERM", "A=1", nullptr};
    EXPECT_EQ(exeseal_environment(names, nullptr, envp, 32, buffer, sizeof buffer), 7);
    EXPECT_EQ(exeseal_environment(nullptr, nullptr, nullptr, 32, buffer, sizeof buffer), -EINVAL);
    EXPECT_EQ(exeseal_environment(nullptr, nullptr, envp, 32, nullptr, sizeof buffer), -EINVAL);
}

TEST(Environment, FailsIfABufferIsTooSmall) {
    for (size_t count = 1; count < 9; count++)
        EXPECT_EQ(build({"A=1"}, {}, count).result, count < 8 ? -E2BIG : 7) << count;
    char *none, byte;
    EXPECT_EQ(exeseal_environment(nullptr, nullptr, &none, 0, &byte, 0), -E2BIG);
    EXPECT_EQ(build({"HOME=/srv"}, {}, 7).result, 6); // replaces another entry
}

TEST(Environment, ItsBufferHoldsWhatIsWritten) {
    size_t needed = 0;
    for (const std::string &entry : fixed())
        if (geteuid() != 0 && entry.rfind("HOME", 0) != 0 && entry.rfind("PATH", 0) != 0 && entry.rfind("TMP", 0) != 0)
            needed += entry.size() + 1;
    for (size_t size = 1; size < needed + 2; size++)
        EXPECT_EQ(build({}, {}, 32, size).result, size < needed ? -E2BIG : 6) << size;
}

TEST(Environment, LeavesErrnoAlone) {
    errno = 1234;
    build({"TERM"}, kHost);
    EXPECT_EQ(errno, 1234);
}

namespace {

Built filter(std::vector<const char *> from, const std::vector<int32_t> &keep, size_t count = 32) {
    from.push_back(nullptr);
    std::vector<char *> envp(count, reinterpret_cast<char *>(1));
    Built built = {exeseal_environment_filter(const_cast<char *const *>(from.data()), keep.data(),
                                              static_cast<uint32_t>(keep.size()), envp.data(), count),
                   {}};
    if (built.result >= 0)
        for (char **entry = envp.data(); *entry != nullptr; entry++)
            built.entries.push_back(*entry);
    EXPECT_EQ(built.result, built.result < 0 ? built.result : static_cast<int>(built.entries.size()));
    return built;
}

const Entries kOthers = {"A=1", "LISTEN_FDS_TOO=1", "XLISTEN_FDS=1", "Z"};

// Whether an environment with this LISTEN_FDS is kept whole; otherwise all four variables must be
// gone.
bool keeps_promise(const std::string &promise, const std::vector<int32_t> &keep) {
    Built built = filter({"A=1", "LISTEN_PID=1", "LISTEN_FDS_TOO=1", promise.c_str(), "LISTEN_FDNAMES=x:y",
                          "XLISTEN_FDS=1", "LISTEN_PIDFDID=7", "Z"},
                         keep);
    EXPECT_TRUE(built.entries.size() == 8 || built.entries == kOthers) << promise;
    return built.entries.size() == 8;
}

} // namespace

TEST(EnvironmentFilter, RemovesPromisesOfDescriptorsThatAreNotAllKept) {
    EXPECT_FALSE(keeps_promise("LISTEN_FDS=1", {}));
    EXPECT_FALSE(keeps_promise("LISTEN_FDS=1", {4}));
    EXPECT_FALSE(keeps_promise("LISTEN_FDS=2", {3}));
    EXPECT_FALSE(keeps_promise("LISTEN_FDS=2", {4, 5}));
    EXPECT_FALSE(keeps_promise("LISTEN_FDS=3", {3, 5, 3, 6}));
}

TEST(EnvironmentFilter, KeepsPromisesOfDescriptorsThatAreAllKept) {
    EXPECT_TRUE(keeps_promise("LISTEN_FDS=1", {3}));
    EXPECT_TRUE(keeps_promise("LISTEN_FDS=2", {9, 4, 3}));
    EXPECT_TRUE(keeps_promise("LISTEN_FDS=3", {5, 4, 4, -1, 3}));
    std::vector<int32_t> many;
    for (int fd = 3; fd < 3 + 1000; fd++)
        many.push_back(fd);
    EXPECT_TRUE(keeps_promise("LISTEN_FDS=1000", many));
    EXPECT_FALSE(keeps_promise("LISTEN_FDS=1001", many));
}

TEST(EnvironmentFilter, RemovesAmbiguousPromises) {
    for (const char *value : {"", "0", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1x", "x", "1.0", "4294967297",
                              "18446744073709551617", "99999999999999999999999999", "\xd9\xa1"})
        EXPECT_FALSE(keeps_promise(std::string("LISTEN_FDS=") + value, {0, 1, 2, 3, 4})) << value;
    EXPECT_FALSE(keeps_promise("LISTEN_FDS", {3}));
}

TEST(EnvironmentFilter, OfSeveralPromisesEachCounts) {
    EXPECT_EQ(filter({"LISTEN_FDS=1", "LISTEN_FDS=2", "A=1"}, {3}).entries, Entries{"A=1"});
    EXPECT_EQ(filter({"LISTEN_FDS=2", "A=1", "LISTEN_FDS=1", "LISTEN_PID=1"}, {3}).entries, Entries{"A=1"});
    EXPECT_EQ(filter({"LISTEN_FDS=1", "LISTEN_FDS=1"}, {3}).entries, (Entries{"LISTEN_FDS=1", "LISTEN_FDS=1"}));
}

TEST(EnvironmentFilter, WithoutAPromiseNothingIsChanged) {
    Entries all = {"LISTEN_PID=1", "A=1", "A=2", ""};
    EXPECT_EQ(filter({"LISTEN_PID=1", "A=1", "A=2", ""}, {}).entries, all);
    EXPECT_EQ(filter({}, {}).entries, Entries{});
}

TEST(EnvironmentFilter, FailsIfABufferIsTooSmall) {
    for (size_t count = 1; count < 5; count++) {
        EXPECT_EQ(filter({"A=1", "B=1"}, {}, count).result, count < 3 ? -E2BIG : 2) << count;
        EXPECT_EQ(filter({"A=1", "LISTEN_FDS=1", "B=1", "LISTEN_PID=1"}, {}, count).result, count < 3 ? -E2BIG : 2);
    }
    char *from[] = {nullptr}, *one;
    EXPECT_EQ(exeseal_environment_filter(from, nullptr, 0, &one, 0), -E2BIG);
    EXPECT_EQ(exeseal_environment_filter(nullptr, nullptr, 0, &one, 1), 0);
    EXPECT_EQ(one, nullptr);
}

TEST(EnvironmentFilter, RejectsNullArguments) {
    char *from[] = {nullptr}, *one;
    EXPECT_EQ(exeseal_environment_filter(from, nullptr, 0, nullptr, 1), -EINVAL);
    EXPECT_EQ(exeseal_environment_filter(from, nullptr, 1, &one, 1), -EINVAL);
}

TEST(EnvironmentFilter, WorksInPlace) {
    std::string entries[] = {"LISTEN_FDS=1", "A=1", "LISTEN_PID=7", "B=2"};
    char *envp[] = {entries[0].data(), entries[1].data(), entries[2].data(), entries[3].data(), nullptr};
    ASSERT_EQ(exeseal_environment_filter(envp, nullptr, 0, envp, 5), 2);
    EXPECT_STREQ(envp[0], "A=1");
    EXPECT_STREQ(envp[1], "B=2");
    EXPECT_EQ(envp[2], nullptr);
}
