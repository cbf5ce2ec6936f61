// SPDX-License-Identifier: MIT
#include "helper.h"

#include "helpers.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <sys/syscall.h>
#include <thread>
#include <vector>

using namespace exeseal;
using namespace exeseal::test;

namespace {

const Failure kRefused = {EXESEAL_STEP_MOUNT, EPERM, ""};

pid_t own_id() {
    return static_cast<pid_t>(syscall(SYS_gettid));
}

// First refused, as an ordinary user's mounting is, then this. What it does stays with async-signal-safe calls, as what
// the library does in there.
struct Refused {
    std::function<Failure()> then;
    Failure first = kRefused;
    int calls = 0;
    pid_t ran_in = 0;

    Failure run(Ids ids = Ids::None) {
        Procfs procfs;
        return with_mount_rights({call, this}, ids, procfs);
    }

    static Failure call(void *argument) {
        auto &self = *static_cast<Refused *>(argument);
        self.ran_in = own_id();
        return self.calls++ == 0 ? self.first : self.then();
    }
};

Failure succeed() {
    return {};
}

bool are_same(const Failure &a, const Failure &b) {
    return a.step == b.step && a.error == b.error && std::string_view(a.where) == b.where;
}

std::string blocked_signals() {
    sigset_t mask;
    sigprocmask(SIG_BLOCK, nullptr, &mask);
    std::string list;
    for (int number = 1; number < NSIG; number++)
        list += sigismember(&mask, number) == 1 ? '1' : '0';
    return list;
}

int count_mappings() {
    std::ifstream maps("/proc/self/maps");
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(maps), {}, '\n'));
}

class Helper : public testing::Test {
  protected:
    void SetUp() override {
        Refused refused{succeed};
        if (Failure failure = refused.run(); failure)
            GTEST_SKIP() << "no user namespace to be had: " << failure.where;
    }
};

volatile sig_atomic_t handled, handled_in;

void note(int) {
    handled = handled + 1;
    handled_in = own_id();
}

} // namespace

TEST(MountRights, TakeNoHelperWhereMountingWorks) {
    Refused refused{succeed, {}};
    EXPECT_FALSE(refused.run());
    EXPECT_EQ(refused.calls, 1);
    EXPECT_EQ(refused.ran_in, own_id());
}

TEST(MountRights, TakeNoHelperForOtherFailures) {
    for (const Failure &failure :
         {Failure{EXESEAL_STEP_MOUNT, ENOSYS, "a"}, Failure{EXESEAL_STEP_MOUNT, EACCES, "b"},
          Failure{EXESEAL_STEP_MOUNT, EINVAL, "c"}, Failure{EXESEAL_STEP_MOUNT, EMFILE, "d"},
          Failure{EXESEAL_STEP_LOCATE, EPERM, "e"}, Failure{EXESEAL_STEP_READ_ONLY, EPERM, "f"}}) {
        Refused refused{succeed, failure};
        EXPECT_TRUE(are_same(refused.run(), failure)) << failure.where;
        EXPECT_EQ(refused.calls, 1) << failure.where;
    }
}

TEST_F(Helper, IsAnotherProcessThatMayMount) {
    UniqueFd context;
    Refused refused{[&] { return failed_if_negative(context.take(sys::fsopen("tmpfs")), EXESEAL_STEP_MOUNT); }};
    EXPECT_FALSE(refused.run());
    EXPECT_EQ(refused.calls, 2);
    EXPECT_NE(refused.ran_in, own_id());
    EXPECT_TRUE(context);
    EXPECT_EQ(fcntl(context.get(), F_GETFD), FD_CLOEXEC) << "what it opens is ours";
}

TEST_F(Helper, AnswersWithItsFailure) {
    for (const Failure &failure : {Failure{EXESEAL_STEP_MOUNT, EINVAL, "stacking depth"},
                                   Failure{EXESEAL_STEP_LOCATE, EXDEV, "path"}, Failure{EXESEAL_STEP_MOUNT, EIO, ""}}) {
        Refused refused{[&] { return failure; }};
        EXPECT_TRUE(are_same(refused.run(), failure)) << failure.error;
    }
}

TEST_F(Helper, ThatIsRefusedTooNamesAnObstacle) {
    Refused refused{[] { return kRefused; }};
    Failure failure = refused.run();
    EXPECT_EQ(failure.step, uint32_t{EXESEAL_STEP_NAMESPACE});
    EXPECT_EQ(failure.error, EPERM);
    EXPECT_STRNE(failure.where, "");
}

TEST_F(Helper, HasTheCallersIdsOnlyWhereTheyAreAskedFor) {
    uid_t user = 0;
    gid_t group = 0;
    Refused refused{[&] {
        user = sys::effective_user();
        group = sys::effective_group();
        return Failure{};
    }};
    EXPECT_FALSE(refused.run(Ids::Own));
    EXPECT_EQ(user, geteuid());
    EXPECT_EQ(group, getegid());
    refused.calls = 0;
    EXPECT_FALSE(refused.run(Ids::None));
    EXPECT_EQ(user, 65534u) << "kernel.overflowuid";
}

TEST_F(Helper, HasAllSignalsButSigsysBlockedAndTheCallerHasNoneMoreThanBefore) {
    sigset_t some, old;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    sigprocmask(SIG_BLOCK, &some, &old);
    std::string before = blocked_signals();
    sys::SignalSet inside = {};
    Refused refused{[&] {
        syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &inside, 8);
        return Failure{};
    }};
    EXPECT_FALSE(refused.run());
    EXPECT_EQ(blocked_signals(), before);
    uint64_t blocked;
    memcpy(&blocked, &inside, sizeof blocked);
    constexpr uint64_t kCannotBe = uint64_t{1} << (SIGKILL - 1) | uint64_t{1} << (SIGSTOP - 1);
    EXPECT_EQ(blocked | kCannotBe, ~(uint64_t{1} << (SIGSYS - 1))) << "blocked, a filter's SIGSYS kills";
    sigprocmask(SIG_SETMASK, &old, nullptr);
}

TEST_F(Helper, KeepsSignalsForTheCaller) {
    handled = 0;
    auto previous = signal(SIGUSR1, note);
    pid_t process = getpid();
    Refused refused{[&] {
        syscall(SYS_kill, process, SIGUSR1); // ours, while we stand still
        syscall(SYS_kill, own_id(), SIGUSR1);
        return Failure{};
    }};
    EXPECT_FALSE(refused.run());
    EXPECT_EQ(handled, 1) << "the helper's own ends with it";
    EXPECT_EQ(handled_in, own_id());
    signal(SIGUSR1, previous);
}

TEST_F(Helper, IsSeenByNoWaitAndRaisesNoSignal) {
    handled = 0;
    auto previous = signal(SIGCHLD, note);
    for (int i = 0; i < 10; i++) {
        Refused refused{succeed};
        EXPECT_FALSE(refused.run());
        EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
        EXPECT_EQ(errno, ECHILD);
    }
    EXPECT_EQ(handled, 0);
    signal(SIGCHLD, previous);
}

// A wait for any child in another thread neither ends nor takes the helper away.
TEST_F(Helper, IsSeenByNoWaitOfAnotherThread) {
    Pipe hold;
    pid_t child = fork();
    if (child == 0) {
        char byte;
        hold.writer.reset();
        _exit(read(hold.reader.get(), &byte, 1) == 0 ? 7 : 1);
    }
    pid_t ended = 0;
    std::thread waiting([&] { ended = waitpid(-1, nullptr, 0); });
    for (int i = 0; i < 50; i++) {
        Refused refused{succeed};
        EXPECT_FALSE(refused.run());
    }
    hold.writer.reset();
    waiting.join();
    EXPECT_EQ(ended, child);
}

TEST_F(Helper, ThatIsKilledIsNamed) {
    Refused refused{[] {
        syscall(SYS_kill, own_id(), SIGKILL);
        return Failure{};
    }};
    EXPECT_TRUE(are_same(refused.run(), {EXESEAL_STEP_NAMESPACE, ECHILD, "helper"}));
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
}

TEST_F(Helper, LeavesNothing) {
    auto run = [](Ids ids) {
        Refused refused{succeed};
        return refused.run(ids);
    };
    EXPECT_FALSE(run(Ids::Own));
    int descriptors = count_descriptors(), mappings = count_mappings();
    for (Ids ids : {Ids::None, Ids::Own})
        for (int i = 0; i < 10; i++)
            EXPECT_FALSE(run(ids));
    EXPECT_EQ(count_descriptors(), descriptors);
    EXPECT_EQ(count_mappings(), mappings);
}

TEST_F(Helper, IsEachThreadsOwn) {
    constexpr int kThreads = 8, kRounds = 25;
    std::vector<std::thread> threads;
    std::vector<int> good(kThreads);
    for (int i = 0; i < kThreads; i++)
        threads.emplace_back([&good, i] {
            for (int round = 0; round < kRounds; round++) {
                UniqueFd file;
                Refused refused{[&] {
                    return failed_if_negative(file.take(sys::memfd_create("own", MFD_CLOEXEC)), EXESEAL_STEP_CREATE);
                }};
                good[static_cast<size_t>(i)] += !refused.run(Ids::Own) && file && refused.ran_in != own_id();
            }
        });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(good, std::vector<int>(kThreads, kRounds));
}
