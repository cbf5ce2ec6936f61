// SPDX-License-Identifier: MIT
// Starts a program under ptrace(2) and watches whether it executes a copy of itself.
#include "observe.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr int kPolls = 3000; // of a millisecond

// A runtime that copies itself may exceed the limit of its memory cgroup. The kernel should kill
// the runtime then, not the doctor. A process may always raise its own score
// (proc_pid_oom_score_adj(5)).
void be_first_to_be_killed() {
    constexpr char kFirst[] = "1000";
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score < 0)
        return;
    ssize_t written = write(score, kFirst, sizeof kFirst - 1);
    static_cast<void>(written); // if it failed, the kernel chooses as usual
    close(score);
}

[[noreturn]] void start(int fd, char *const argv[], char *const envp[]) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool is_quiet = null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2;
    if (!is_quiet || setsid() < 0 || ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0)
        _exit(0);
    be_first_to_be_killed();
    raise(SIGSTOP); // until the tracer has set its options
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_CLOSE_OTHERS; // those that exeseal has inherited
    exeseal_exec_fd(fd, argv, envp, &options, sizeof options, nullptr, 0);
    exeseal_exec_fd(fd, argv, envp, nullptr, 0, nullptr, 0);
    _exit(0);
}

// In a PID namespace without its own /proc, the numbers in /proc are those of other processes.
bool is_proc_ours() {
    char self[16] = "";
    return readlink("/proc/self", self, sizeof self - 1) > 0 && atoi(self) == getpid();
}

void look(pid_t child, Observation &seen) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/exe", static_cast<int>(child));
    seen.executions++;
    seen.last = {};
    if (!is_proc_ours())
        return;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    exeseal_inspect(fd, &seen.last, sizeof seen.last);
    close(fd);
}

// Returns whether the child has stopped, as opposed to ended.
bool await(pid_t child, int &polls, Observation &seen) {
    pid_t got;
    while ((got = waitpid(child, &seen.status, WNOHANG)) == 0 && polls-- > 0)
        usleep(1000);
    seen.is_late = got == 0;
    return got == child && WIFSTOPPED(seen.status);
}

void trace(pid_t child, Observation &seen) {
    constexpr int kExecuted = SIGTRAP | PTRACE_EVENT_EXEC << 8;
    int polls = kPolls;
    if (!await(child, polls, seen) ||
        ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) != 0)
        return;
    long signal = 0;
    while (ptrace(PTRACE_CONT, child, nullptr, signal) == 0 && await(child, polls, seen)) {
        bool is_executed = seen.status >> 8 == kExecuted;
        if (is_executed)
            look(child, seen);
        bool is_stop = WSTOPSIG(seen.status) == SIGSTOP || WSTOPSIG(seen.status) == SIGTRAP;
        signal = is_stop ? 0 : WSTOPSIG(seen.status);
    }
}

} // namespace

Observation observe(int fd, char *const argv[], char *const envp[]) {
    Observation seen;
    pid_t child = fork();
    if (child == 0)
        start(fd, argv, envp);
    if (child < 0)
        return seen;
    trace(child, seen);
    bool has_ended = WIFEXITED(seen.status) || WIFSIGNALED(seen.status);
    if (has_ended && !seen.is_late)
        return seen;
    kill(-child, SIGKILL); // all of its session
    kill(child, SIGKILL);
    waitpid(child, &seen.status, 0);
    return seen;
}

} // namespace exeseal_tool
