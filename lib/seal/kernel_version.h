// SPDX-License-Identifier: MIT
// Which Linux this is, for what no answer of the kernel tells.
#pragma once

#include "base/sys.h"

namespace exeseal {

struct KernelVersion {
    unsigned major = 0, minor = 0;

    constexpr bool is(unsigned a, unsigned b) const { return major == a && minor == b; }
    constexpr bool is_before(unsigned a, unsigned b) const { return major < a || (major == a && minor < b); }
};

// "6.12.3-..." is 6.12. What is no version is 0.0.
constexpr KernelVersion parse_kernel_version(const char *release) {
    unsigned numbers[2] = {};
    for (unsigned &number : numbers) {
        for (; *release >= '0' && *release <= '9' && number < 10000; release++)
            number = 10 * number + static_cast<unsigned>(*release - '0');
        if (*release != '.')
            break;
        release++;
    }
    return {numbers[0], numbers[1]};
}

inline KernelVersion kernel_version() {
    char release[16];
    return sys::uname_release(release, sizeof release) < 0 ? KernelVersion{} : parse_kernel_version(release);
}

// Whether nobody can open the file of a running program for writing. Linux 6.11 and 6.12 let everybody (commit
// 2a010c41, which 6.13 took back), and since 6.14 a fanotify(7) mark for pre-content events does
// (exe_file_deny_write_access). Below 5.4 is nothing that the library supports: gVisor says 4.4, and personality(2)
// with UNAME26 2.6.
constexpr bool protects_running_programs(KernelVersion version) {
    return !version.is_before(5, 4) && (version.is_before(6, 11) || version.is(6, 13));
}

} // namespace exeseal
