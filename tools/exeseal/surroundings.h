// SPDX-License-Identifier: MIT
// Facts about this process and this host.
#pragma once

namespace exeseal_tool {

bool is_sysctl(const char *path, char value); // whether it begins with this digit; false without /proc
char first_byte(const char *path);            // '\0' if it cannot be read
bool is_filtered();                           // by seccomp
bool has_cap_sys_admin();
bool is_initial_user_namespace(); // false without /proc
bool is_proc_missing();
bool is_proc_fake(); // something is there, and it is no procfs
bool is_kernel_before(unsigned major, unsigned minor);
bool is_selinux_enforcing(); // and this process is not one that it lets do anything
bool is_apparmor_enforcing();
bool are_huge_pages_denied();   // to every memfd
bool are_huge_pages_disabled(); // to this process, by prctl(2)
bool is_memory_reported_free(); // to a hypervisor, which takes it back

} // namespace exeseal_tool
