// SPDX-License-Identifier: MIT
// The kernel's version, for properties that no system call reports.
#pragma once

#include "base/sys.h"

namespace exeseal {

struct KernelVersion {
    unsigned major = 0, minor = 0;

    constexpr bool is(unsigned a, unsigned b) const { return major == a && minor == b; }
    constexpr bool is_before(unsigned a, unsigned b) const { return major < a || (major == a && minor < b); }
};

// "6.12.3-..." is 6.12. Text that is not a version is 0.0.
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

// Whether the kernel refuses to open the file of a running program for writing. Linux 6.11 and 6.12
// do not (commit 2a010c41, reverted in 6.13), nor does Linux 6.14 or later if a fanotify(7) mark
// for pre-content events exists (exe_file_deny_write_access). Versions below 5.4 are not supported
// Linux kernels: gVisor reports 4.4, and personality(2) with UNAME26 reports 2.6.
constexpr bool protects_running_programs(KernelVersion version) {
    return !version.is_before(5, 4) && (version.is_before(6, 11) || version.is(6, 13));
}

} // namespace exeseal
