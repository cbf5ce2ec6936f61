// SPDX-License-Identifier: MIT
// syscall(2) with the error as its result. For base/sys.cc and launch/sys.cc alone.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <sys/syscall.h>
#include <unistd.h>

namespace exeseal::sys {

template <typename... Arguments> long call_once(long number, Arguments... arguments) {
    long result = ::syscall(number, arguments...);
    return result < 0 ? -errno : result;
}

// A signal whose handler lacks SA_RESTART interrupts a wait for a child, a lease, a stream, or a file system that
// others answer for (FUSE, NFS). Every such call is made again.
template <typename... Arguments> long call(long number, Arguments... arguments) {
    long result;
    do
        result = call_once(number, arguments...);
    while (result == -EINTR);
    return result;
}

template <typename... Arguments> int call_int(long number, Arguments... arguments) {
    return static_cast<int>(call(number, arguments...));
}

// The size that the kernel takes for its sigset_t.
constexpr size_t kSignalSetSize = _NSIG / 8;

} // namespace exeseal::sys
