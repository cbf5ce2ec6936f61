// SPDX-License-Identifier: MIT
// Executes a descriptor in a child process and reports the failure that the child met.
#include "launch/spawn.h"

#include "base/fd.h"
#include "base/report.h"
#include "launch/child.h"
#include "launch/exec.h"
#include "launch/profile.h"
#include "launch/sys.h"

#include <cerrno>
#include <csignal>

namespace exeseal {
namespace {

constexpr int kFailed = 127;

// The child's data. The child shares the caller's memory until it executes.
struct Child {
    int fd;
    char *const *argv;
    char *const *envp;
    exeseal_exec_options exec_options;
    const exeseal_spawn_options &options;
    exeseal_report &report;
    int parent = sys::getpid();
    sys::SignalSet signals = {};
    int result = 0;

    bool wants(uint64_t flag) const { return (options.flags & flag) != 0; }
};

// If the parent was killed before the signal was set, no signal is sent, so the child must notice.
Failure check_parent(const Child &child) {
    if ((child.exec_options.flags & EXESEAL_EXEC_DEATH_SIGNAL) == 0)
        return {};
    int parent = sys::getppid();
    bool is_orphan = child.exec_options.death_signal != 0 && parent != child.parent && parent != 0;
    return is_orphan ? Failure{EXESEAL_STEP_DEATH_SIGNAL, ESRCH, "parent"} : Failure{};
}

// A new session includes a new process group.
int leave_group(const Child &child) {
    if (child.wants(EXESEAL_SPAWN_NEW_SESSION))
        return sys::setsid();
    return child.wants(EXESEAL_SPAWN_NEW_GROUP) ? sys::setpgid_own() : 0;
}

bool is_target(const exeseal_spawn_options &options, int fd) {
    for (uint32_t i = 0; i < options.map_count; i++)
        if (options.map[i].to == fd)
            return true;
    return false;
}

// Whether the call names this number. If nothing is open there, it must stay so until the call
// fails: a copy with that number would be executed or mapped.
bool is_named(const Child &child, int fd) {
    for (uint32_t i = 0; i < child.options.map_count; i++)
        if (child.options.map[i].from == fd)
            return true;
    return child.fd == fd || is_target(child.options, fd);
}

// Duplicates fd to a number that the call does not name.
int copy_aside(const Child &child, int fd) {
    for (int lowest = 3;;) {
        int copy = sys::fcntl_dupfd_cloexec(fd, lowest);
        if (copy < 0 || !is_named(child, copy))
            return copy;
        sys::close(copy);
        lowest = copy + 1;
    }
}

// Duplicates fd if the map is about to replace it.
int move_out_of_the_way(const Child &child, int &fd) {
    if (!is_target(child.options, fd))
        return 0;
    fd = copy_aside(child, fd);
    return fd;
}

// Duplicates all source descriptors to free numbers before the first target is replaced, because a
// target may be the source of another entry.
Failure map_descriptors(Child &child) {
    const exeseal_spawn_options &options = child.options;
    int moved[EXESEAL_SPAWN_MAP];
    int error = move_out_of_the_way(child, child.fd);
    if (error >= 0 && (child.exec_options.flags & EXESEAL_EXEC_DIRECTORY) != 0)
        error = move_out_of_the_way(child, child.exec_options.directory);
    for (uint32_t i = 0; error >= 0 && i < options.map_count; i++) {
        moved[i] = copy_aside(child, options.map[i].from);
        error = moved[i];
    }
    for (uint32_t i = 0; error >= 0 && i < options.map_count; i++)
        error = sys::dup3(moved[i], options.map[i].to);
    return Failure::from(error, EXESEAL_STEP_SPAWN, "map");
}

Failure check_map(const exeseal_spawn_options &options) {
    uint64_t limit;
    int error = sys::prlimit_nofile(limit);
    for (uint32_t i = 0; error >= 0 && i < options.map_count; i++)
        error = sys::fcntl(options.map[i].from, F_GETFD);
    for (uint32_t i = 0; error >= 0 && i < options.map_count; i++)
        if (static_cast<uint64_t>(options.map[i].to) >= limit)
            error = -EBADF; // as dup3(2) would return
    return Failure::from(error, EXESEAL_STEP_SPAWN, "map");
}

// Descriptors are marked close-on-exec before the mapping, so that mapped ones are inherited.
constexpr uint64_t kBeforeMapping = EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_DEATH_SIGNAL;

// Returns the failure that `prepare` would meet, without changing anything.
Failure check_preparation(int fd, const exeseal_exec_options &exec_options, const exeseal_spawn_options &options) {
    Failure failure = check_profile(fd, exec_options, kBeforeMapping);
    return failure ? failure : check_map(options);
}

Failure prepare(Child &child) {
    if (Failure failure = apply_profile(child.fd, child.exec_options, kBeforeMapping))
        return failure;
    if (Failure failure = check_parent(child))
        return failure;
    child.exec_options.flags &= ~kBeforeMapping;
    if (Failure failure = map_descriptors(child))
        return failure;
    return Failure::from(leave_group(child), EXESEAL_STEP_SPAWN, "session or group");
}

// No signal handler of the host program may run in the child: it would modify the host's memory.
void give_back_signals(const Child &child) {
    bool is_default = child.wants(EXESEAL_SPAWN_DEFAULT_SIGNALS);
    sys::reset_signal_handlers(is_default);
    sys::rt_sigprocmask_setmask(is_default ? sys::SignalSet{} : child.signals);
}

int child_main(void *argument) {
    Child &child = *static_cast<Child *>(argument);
    Failure failure = prepare(child);
    if (failure) {
        child.result = fail(child.report, failure);
        return kFailed;
    }
    give_back_signals(child);
    child.result = exec_fd(child.fd, child.argv, child.envp, child.exec_options, &child.report);
    return kFailed;
}

// Moves the pidfd to 3 or higher. If 0, 1 or 2 was closed in the host, its output would otherwise
// go to the pidfd. Returns fd if that is not possible: the child already runs, so this may not
// fail.
int move_up(int fd) {
    int moved = fd < 3 ? sys::fcntl_dupfd_cloexec(fd, 3) : -EINVAL;
    if (moved < 0)
        return fd;
    sys::close(fd);
    return moved;
}

// SIGSYS is not blocked, because a seccomp filter may let its handler answer system calls. If the
// child exits before execve, no signal is sent, and only a wait with __WCLONE finds it. execve
// turns it into an ordinary child (fs/exec.c, de_thread), which that wait no longer finds.
int run(Child &child, const Stack &stack) {
    if (int error = sys::rt_sigprocmask_block_except(SIGSYS, child.signals); error < 0)
        return fail(child.report, Failure::from(error, EXESEAL_STEP_SPAWN, "signals"));
    int number = -1;
    int pid = start_child(child_main, &child, stack, number);
    bool has_ended = pid >= 0 && sys::wait4_wclone(pid) == pid;
    sys::rt_sigprocmask_setmask(child.signals);
    if (pid < 0)
        return fail(child.report, Failure::from(pid, EXESEAL_STEP_SPAWN, "clone"));
    if (!has_ended && child.result == 0)
        return move_up(number);
    sys::close(number);
    return child.result < 0 ? child.result : fail(child.report, {EXESEAL_STEP_SPAWN, ECHILD, "killed"});
}

} // namespace

int spawn_fd(int fd, char *const argv[], char *const envp[], const exeseal_exec_options &exec_options,
             const exeseal_spawn_options &options, exeseal_report &report) {
    Child child = {fd, argv, envp, exec_options, options, report};
    if ((exec_options.flags & EXESEAL_EXEC_CHECK) != 0) {
        UniqueFd copy; // close-on-exec, as in the child
        Failure failure = check_preparation(fd, exec_options, options);
        if (!failure && is_target(options, fd))
            failure = Failure::from(copy.take(copy_aside(child, fd)), EXESEAL_STEP_SPAWN, "map");
        return failure ? fail(report, failure) : exec_fd(copy ? copy.get() : fd, argv, envp, exec_options, &report);
    }
    Stack stack;
    if (!stack)
        return fail(report, {EXESEAL_STEP_SPAWN, ENOMEM, "stack"});
    return run(child, stack);
}

} // namespace exeseal
