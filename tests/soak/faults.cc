// SPDX-License-Identifier: MIT
#include "faults.h"

#include <cerrno>
#include <cstdarg>
#include <sys/syscall.h>
#include <unistd.h>

thread_local Faults faults;
thread_local std::minstd_rand chance;

unsigned below(unsigned limit) {
    return static_cast<unsigned>(chance() % limit);
}

void add_faults() {
    faults = {};
    if (below(2) != 0)
        faults.calls_left = static_cast<int>(below(48));
    faults.are_short = below(8) == 0;
}

namespace {

constexpr long kFsopen = 430, kFsmount = 432, kOpenTree = 428; // which older headers lack

template <size_t N> int one_of(const int (&errors)[N]) {
    return errors[below(N)];
}

// An error that the call returns on a machine that runs out of something; 0: it never fails here.
int error_of(long number) {
    switch (number) {
    case SYS_openat:
    case SYS_memfd_create:
    case kFsopen:
    case kFsmount:
    case kOpenTree:
        return one_of({EMFILE, ENFILE, ENOMEM, EINTR});
    case SYS_pwritev:
    case SYS_ftruncate:
    case SYS_sendfile:
    case SYS_splice:
        return one_of({ENOSPC, EIO, EINTR, EDQUOT});
    case SYS_read:
    case SYS_preadv:
        return one_of({EIO, EINTR, ENOMEM});
    case SYS_mmap:
    case SYS_execveat:
        return ENOMEM;
    default:
        return 0;
    }
}

// The error to return instead of the call's result; 0: the call is made.
int next_error(long number) {
    if (faults.lack_memfd && number == SYS_memfd_create)
        return EPERM;
    if (faults.lack_fsopen && number == kFsopen)
        return ENOSYS;
    if (faults.calls_left < 0)
        return 0;
    if (faults.calls_left > 0) {
        faults.calls_left--;
        return 0;
    }
    int error = error_of(number);
    if (error != 0) {
        faults.calls_left = -1;
        faults.has_fired |= error != EINTR;
    }
    return error;
}

// The argument of the call that has the number of bytes to move; -1: none.
int count_argument(long number) {
    return number == SYS_read ? 2 : number == SYS_sendfile ? 3 : number == SYS_splice ? 4 : -1;
}

} // namespace

extern "C" long __real_syscall(long number, ...);
// Reads six arguments however many were passed, as libc's syscall does.
extern "C" __attribute__((no_sanitize_address)) long __wrap_syscall(long number, ...) {
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (long &argument : arguments)
        argument = va_arg(list, long);
    va_end(list);
    int error = next_error(number);
    if (error != 0) {
        errno = error;
        return -1;
    }
    if (int index = count_argument(number); index >= 0 && faults.are_short && arguments[index] > 30'000)
        arguments[index] = 30'000;
    return __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
