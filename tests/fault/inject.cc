// SPDX-License-Identifier: MIT
#include "inject.h"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/syscall.h>
#include <utility>

namespace inject {
namespace {

bool is_active;
bool has_fired;
std::vector<long> made;
constexpr long kFsopen = 430; // which older headers lack
std::optional<int> target;
std::optional<long> most_moved;
std::function<void()> event_before;
bool (*is_refused)(const long *);
long failing_number;
int failing_error;
Times failing_times;
Lacks missing;
std::function<void(int)> look_before_execution;

void start() {
    made.clear();
    made.reserve(1000);
    target.reset();
    most_moved.reset();
    event_before = nullptr;
    is_refused = nullptr;
    has_fired = false;
    is_active = true;
}

// The error that the next call must fail with; 0 if none.
int next_error(long number) {
    if (!is_active)
        return 0;
    int index = static_cast<int>(made.size());
    made.push_back(number);
    if (event_before && index == *target) {
        has_fired = true;
        is_active = false;
        event_before();
        is_active = true;
        return 0;
    }
    bool is_target = target && !most_moved && !event_before && index == *target;
    if (is_target) {
        failing_number = number;
        has_fired = true;
    }
    // The library restarts a call that returns EINTR, so EINTR on every call would never end; only
    // close(2) is not restarted.
    bool is_endless = failing_error == EINTR && number != SYS_close;
    bool is_for_good = failing_times == Times::Always && !is_endless;
    bool goes_on = has_fired && !most_moved && !event_before && is_for_good && number == failing_number;
    if (is_target || goes_on)
        return failing_error;
    if (missing.fsopen && number == kFsopen)
        return ENOSYS;
    if (missing.sendfile && number == SYS_sendfile)
        return ENOSYS;
    return missing.memfd && number == SYS_memfd_create ? EPERM : 0;
}

int error_of_refusal(long number, const long *arguments) {
    if (!is_active || is_refused == nullptr || has_fired || number != failing_number || !is_refused(arguments))
        return 0;
    has_fired = true;
    return failing_error;
}

// close(2) closes the descriptor even if it returns EINTR or EIO. Restoring the signal mask and
// unmapping are also carried out and then reported as failed, because a caller could do no better.
bool is_done_whatever_is_answered(long number, const long *arguments) {
    bool restores_mask = number == SYS_rt_sigprocmask && arguments[2] == 0;
    return number == SYS_close || number == SYS_munmap || restores_mask;
}

// The speed of huge pages on this machine, and whether it has them, would decide which calls
// follow. So the clocks stand still, and MADV_COLLAPSE succeeds.
bool is_clock(long number) {
    return number == SYS_clock_gettime;
}
bool collapses(long number, const long *arguments) {
    constexpr long kCollapse = 25;
    return number == SYS_madvise && arguments[2] == kCollapse;
}

bool is_next_to_be_cut() {
    bool is_it = is_active && most_moved && static_cast<int>(made.size()) == *target + 1;
    has_fired |= is_it;
    return is_it;
}

// "/proc/thread-self/fd/N"
int number_at_end(const char *path) {
    return atoi(strrchr(path, '/') + 1);
}

// Whether the call would execute a program, and must not be made.
bool is_execution(long number, const long *arguments) {
    if (!look_before_execution || (number != SYS_execveat && number != SYS_execve))
        return false;
    bool was_active = std::exchange(is_active, false);
    look_before_execution(number == SYS_execveat ? static_cast<int>(arguments[0])
                                                 : number_at_end(reinterpret_cast<const char *>(arguments[0])));
    is_active = was_active;
    return true;
}

} // namespace

void pretend(Lacks lacks) {
    missing = lacks;
}

void instead_of_execution(std::function<void(int)> look) {
    look_before_execution = std::move(look);
}

void record() {
    start();
}

void arm(int index, int error, Times times) {
    start();
    target = index;
    failing_error = error;
    failing_times = times;
}

void refuse(long number, bool (*is_meant)(const long *), int error) {
    start();
    is_refused = is_meant;
    failing_number = number;
    failing_error = error;
}

void cut(int index, long most) {
    start();
    target = index;
    most_moved = most;
}

void interrupt(int index, std::function<void()> event) {
    start();
    target = index;
    event_before = std::move(event);
}

bool disarm() {
    is_active = false;
    return has_fired;
}

const std::vector<long> &calls() {
    return made;
}

} // namespace inject

// The index of the argument that has the number of bytes to move.
static int count_argument(long number) {
    switch (number) {
    case SYS_read:
        return 2;
    case SYS_sendfile:
        return 3;
    case SYS_splice:
        return 4;
    default:
        return -1;
    }
}

extern "C" long __real_syscall(long number, ...);
// Reads six arguments however many were passed, as libc's syscall does; AddressSanitizer would
// report the words past the last one.
extern "C" __attribute__((no_sanitize_address)) long __wrap_syscall(long number, ...) {
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (long &argument : arguments)
        argument = va_arg(list, long);
    va_end(list);
    int error = inject::next_error(number);
    if (error == 0)
        error = inject::error_of_refusal(number, arguments);
    bool is_tmpfile = number == SYS_openat && (arguments[2] & O_TMPFILE) == O_TMPFILE;
    if (error == 0 && inject::missing.tmpfile && is_tmpfile)
        error = EOPNOTSUPP;
    if (error == 0 && inject::is_execution(number, arguments))
        error = ECANCELED;
    if (error != 0 && !inject::is_done_whatever_is_answered(number, arguments)) {
        errno = error;
        return -1;
    }
    if (inject::is_next_to_be_cut() && count_argument(number) >= 0) {
        if (*inject::most_moved == 0)
            return 0;
        long &count = arguments[count_argument(number)];
        count = count < *inject::most_moved ? count : *inject::most_moved;
    }
    if (error == 0 && inject::is_active && inject::is_clock(number))
        return 0;
    long result =
        __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    if (error == 0 && inject::is_active && inject::collapses(number, arguments))
        return 0;
    if (error == 0)
        return result;
    errno = error;
    return -1;
}
