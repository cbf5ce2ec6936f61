// SPDX-License-Identifier: MIT
// Reads facts about this process and this host from /proc and the kernel.
#include "surroundings.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

// The first bytes of a file; "" if it cannot be read.
struct Beginning {
    char text[256] = "";

    explicit Beginning(const char *path) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
            return;
        ssize_t length = read(fd, text, sizeof text - 1);
        text[length > 0 ? length : 0] = '\0';
        close(fd);
    }

    bool has(const char *part) const { return strstr(text, part) != nullptr; }
};

} // namespace

char first_byte(const char *path) {
    return Beginning(path).text[0];
}

bool is_sysctl(const char *path, char value) {
    return first_byte(path) == value;
}

bool is_filtered() {
    constexpr int kFilter = 2;
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == kFilter;
}

bool has_cap_sys_admin() {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2] = {};
    return syscall(SYS_capget, &header, sets) == 0 && (sets[0].effective >> CAP_SYS_ADMIN & 1) != 0;
}

bool is_initial_user_namespace() {
    unsigned inside, outside, count;
    return sscanf(Beginning("/proc/self/uid_map").text, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
           outside == 0 && count == UINT32_MAX;
}

bool is_proc_missing() {
    return access("/proc/self", F_OK) != 0;
}

bool is_proc_fake() {
    struct statfs system;
    return !is_proc_missing() && statfs("/proc", &system) == 0 && system.f_type != PROC_SUPER_MAGIC;
}

bool is_kernel_before(unsigned major, unsigned minor) {
    utsname name;
    unsigned is_major = 0, is_minor = 0;
    if (uname(&name) != 0 || sscanf(name.release, "%u.%u", &is_major, &is_minor) != 2)
        return false;
    return is_major < major || (is_major == major && is_minor < minor);
}

bool is_selinux_enforcing() {
    if (Beginning("/sys/fs/selinux/enforce").text[0] != '1')
        return false;
    Beginning domain("/proc/self/attr/current");
    return !domain.has(":unconfined_t:") && !domain.has(":spc_t:");
}

bool are_huge_pages_denied() {
    return Beginning("/sys/kernel/mm/transparent_hugepage/shmem_enabled").has("[deny]");
}

bool are_huge_pages_disabled() {
    return prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1;
}

bool is_memory_reported_free() {
    char order = first_byte("/sys/module/page_reporting/parameters/page_reporting_order");
    return order != '\0' && order != '-';
}

bool is_apparmor_enforcing() {
    Beginning profile("/proc/self/attr/apparmor/current");
    return profile.text[0] != '\0' && !profile.has("unconfined") && !profile.has("(complain)");
}

} // namespace exeseal_tool
