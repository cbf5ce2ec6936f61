// SPDX-License-Identifier: MIT
// Returns facts about this process and this host.
#pragma once

namespace exeseal_tool {

bool is_sysctl(const char *path, char value); // whether the file begins with this digit
char first_byte(const char *path);            // '\0' if the file cannot be read
bool is_filtered();                           // by seccomp
bool has_cap_sys_admin();
bool is_initial_user_namespace(); // false without /proc
bool is_proc_missing();
bool is_proc_fake(); // /proc exists but is not a procfs
bool is_kernel_before(unsigned major, unsigned minor);
bool is_selinux_enforcing(); // and confines this process
bool is_apparmor_enforcing();
bool are_huge_pages_denied();   // for every memfd
bool are_huge_pages_disabled(); // for this process, by prctl(2)
bool is_memory_reported_free(); // to a hypervisor, which reclaims it

} // namespace exeseal_tool
