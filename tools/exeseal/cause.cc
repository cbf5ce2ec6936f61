// SPDX-License-Identifier: MIT
// Finds why a strategy failed: from its errno first, then from the restrictions that are visible.
#include "cause.h"

#include "surroundings.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr Cause kMemfdNoexec = {"vm.memfd_noexec",
                                "vm.memfd_noexec=2 in this PID namespace forbids executable memfds. Set it to 1 or 0."};
constexpr Cause kSeccomp = {"seccomp",
                            "A seccomp filter refuses this system call. Allow it in the profile of the sandbox."};
constexpr Cause kLikelySeccomp = {
    "seccomp", "Most likely a seccomp filter refuses this system call. Allow it in the profile of the sandbox."};
constexpr Cause kOldKernel = {"old-kernel", "This kernel is too old for it. Use a newer one, or another strategy."};
constexpr Cause kSelinux = {"selinux", "Most likely SELinux, which is enforcing, refuses it. Run ausearch -m avc."};
constexpr Cause kApparmor = {"apparmor",
                             "Most likely the AppArmor profile of this process refuses it. Read the kernel log."};
constexpr Cause kLandlock = {
    "landlock", "Memfds can be executed and files cannot: most likely Landlock, which requires a path. Use a memfd."};
constexpr Cause kLandlockMount = {"landlock",
                                  "Most likely Landlock, which forbids to reconfigure file systems. Use a memfd."};
constexpr Cause kPolicy = {
    "policy",
    "A policy (IMA appraisal, IPE, SELinux, AppArmor or Landlock) forbids the execution. Read the kernel log."};
constexpr Cause kNoexec = {"noexec", "Mounted noexec. Pass another directory (exeseal run --tmp-dir)."};
constexpr Cause kNoexecSource = {"noexec",
                                 "The source is on a noexec mount, and so would be a view of it. Use a copy."};
constexpr Cause kSource = {
    "source", "The source has no name, or its path leads to another file here. Start it by its path, or use a copy."};
constexpr Cause kDirectory = {"directory",
                              "No file can be created there. Pass another directory (exeseal run --tmp-dir)."};
constexpr Cause kSpace = {"space", "No space is left. Free some, or pass another directory (exeseal run --tmp-dir)."};
constexpr Cause kNoVerity = {"fs-verity", "No fs-verity there. Pass a directory on ext4 or f2fs with feature verity, "
                                          "or on btrfs (Linux 7.0), by exeseal run --tmp-dir."};
constexpr Cause kCutVerity = {"old-kernel",
                              "On btrfs before Linux 7.0, truncate(2) circumvents fs-verity. Use a newer kernel."};
constexpr Cause kNoProc = {"no-proc", "No /proc is mounted here. Mount it."};
constexpr Cause kFakeProc = {"fake-proc", "The file system on /proc is not procfs. Mount procfs there."};
constexpr Cause kLimits = {"limits", ""};
constexpr Cause kNoLeases = {"fs.leases-enable", "fs.leases-enable=0 forbids leases, and only a lease proves that "
                                                 "nobody writes to the source meanwhile. Set it to 1."};

constexpr Cause kNoMountRights = {"cap-sys-admin", "Requires CAP_SYS_ADMIN over this mount namespace. Use a memfd."};
constexpr Cause kFilteredMount = {"seccomp", "This process has CAP_SYS_ADMIN, so most likely a seccomp filter refuses "
                                             "to mount. Allow it in the profile of the sandbox."};

Cause security_module() {
    return is_selinux_enforcing() ? kSelinux : is_apparmor_enforcing() ? kApparmor : Cause{};
}

Cause missing_call(unsigned major, unsigned minor) {
    return is_kernel_before(major, minor) ? kOldKernel : is_filtered() ? kSeccomp : Cause{};
}

Cause proc_trouble() {
    return is_proc_missing() ? kNoProc : is_proc_fake() ? kFakeProc : Cause{};
}

Cause of_memfd(const exeseal_attempt &attempt) {
    if (attempt.error == EACCES)
        return is_sysctl("/proc/sys/vm/memfd_noexec", '2') ? kMemfdNoexec : security_module();
    if (attempt.error == ENOSYS)
        return missing_call(3, 17);
    return attempt.error == EPERM && is_filtered() ? kSeccomp : Cause{};
}

Cause of_missing_mount_rights(const exeseal_attempt &attempt) {
    if (!has_cap_sys_admin())
        return kNoMountRights;
    if (attempt.strategy == EXESEAL_STRATEGY_OVERLAY && is_kernel_before(5, 11))
        return kOldKernel; // only root of the initial user namespace could mount overlayfs
    return is_filtered() ? kFilteredMount : kNoMountRights;
}

Cause of_mount(const exeseal_attempt &attempt) {
    switch (attempt.error) {
    case EPERM:
        return of_missing_mount_rights(attempt);
    case ENOSYS:
        return missing_call(5, 2);
    case EACCES:
        return security_module();
    case ENOENT:
        return proc_trouble();
    default:
        return {};
    }
}

// Making a tmpfs read-only requires no system call that mounting it does not require, so a seccomp
// filter is not the cause.
Cause of_read_only(const exeseal_attempt &attempt) {
    if (attempt.error == ENOSYS)
        return missing_call(5, 12);
    if (attempt.error != EPERM)
        return {};
    Cause cause = security_module();
    if (cause.id != nullptr)
        return cause;
    return attempt.strategy == EXESEAL_STRATEGY_TMPFS ? kLandlockMount : is_filtered() ? kSeccomp : Cause{};
}

// A memfd is returned even if it cannot be reopened. The advice of the library says so.
Cause of_reopening(const exeseal_attempt &attempt) {
    Cause cause = proc_trouble();
    if (attempt.strategy == EXESEAL_STRATEGY_MEMFD)
        cause.text = "";
    return cause;
}

Cause of_execution(bool does_memfd_run) {
    Cause cause = security_module();
    return cause.id != nullptr ? cause : does_memfd_run ? kLandlock : kPolicy;
}

Cause of_tmpfile(int error) {
    return error == ENOSPC || error == EDQUOT ? kSpace : kDirectory;
}

Cause of_verity(const exeseal_attempt &attempt) {
    if (attempt.error == EPERM && is_filtered())
        return kSeccomp;
    if (attempt.error == ENOSPC || attempt.error == EDQUOT)
        return kSpace;
    if (attempt.error == EACCES)
        return security_module();
    return strcmp(attempt.where, "truncate(2)") == 0 ? kCutVerity : kNoVerity;
}

bool makes_file(const exeseal_attempt &attempt) {
    return attempt.strategy == EXESEAL_STRATEGY_TMPFILE || attempt.strategy == EXESEAL_STRATEGY_VERITY;
}

// The library itself returns EPERM if the attribute exists. A filter returns it for every file.
bool is_reading_attributes_filtered() {
    int root = is_filtered() ? open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool is_refused = root >= 0 && fgetxattr(root, "security.capability", nullptr, 0) < 0 && errno == EPERM;
    if (root >= 0)
        close(root);
    return is_refused;
}

// At these steps EPERM comes from the library, or means that this thread lacks a capability.
bool is_filter_no_likely_cause(const exeseal_attempt &attempt) {
    switch (attempt.step) {
    case EXESEAL_STEP_CAPABILITIES:
    case EXESEAL_STEP_LANDLOCK:
    case EXESEAL_STEP_MOUNT: // see of_mount()
    case EXESEAL_STEP_POLICY:
    case EXESEAL_STEP_REQUIRE:
    case EXESEAL_STEP_STABILITY:
        return true;
    case EXESEAL_STEP_PRIVILEGES:
        return !is_reading_attributes_filtered();
    default:
        return false;
    }
}

// No file, mount or limit makes these calls return EPERM.
Cause filter_if_likely(const exeseal_attempt &attempt) {
    bool is_likely = attempt.error == EPERM && is_filtered() && !is_filter_no_likely_cause(attempt);
    return is_likely ? kLikelySeccomp : Cause{};
}

Cause find_cause(const exeseal_attempt &attempt, bool does_memfd_run) {
    int error = attempt.error;
    if (error == EMFILE || error == ENFILE || error == ENOMEM)
        return kLimits;
    switch (attempt.step) {
    case EXESEAL_STEP_CREATE:
        return attempt.strategy == EXESEAL_STRATEGY_MEMFD ? of_memfd(attempt)
               : makes_file(attempt)                      ? of_tmpfile(error)
                                                          : security_module();
    case EXESEAL_STEP_SEAL:
        return attempt.strategy == EXESEAL_STRATEGY_VERITY ? of_verity(attempt) : Cause{};
    case EXESEAL_STEP_COPY:
        return error == ENOSPC || error == EDQUOT ? kSpace : Cause{};
    case EXESEAL_STEP_NOEXEC:
        return makes_file(attempt) ? kNoexec : kNoexecSource;
    case EXESEAL_STEP_MOUNT:
        return of_mount(attempt);
    case EXESEAL_STEP_READ_ONLY:
        return of_read_only(attempt);
    case EXESEAL_STEP_SOURCE:
    case EXESEAL_STEP_LOCATE:
        return error == ENOENT ? proc_trouble() : error == EXDEV ? kSource : Cause{};
    case EXESEAL_STEP_REOPEN:
        return error == ENOENT ? of_reopening(attempt) : Cause{};
    case EXESEAL_STEP_EXECVEAT:
        return error == EACCES ? of_execution(does_memfd_run) : error == EPERM && is_filtered() ? kSeccomp : Cause{};
    case EXESEAL_STEP_STABILITY:
        return is_sysctl("/proc/sys/fs/leases-enable", '0') ? kNoLeases : Cause{};
    default:
        return {};
    }
}

Failure put_in_words(const exeseal_attempt &attempt, const Cause &cause) {
    Failure failure;
    failure.attempt = &attempt;
    failure.cause = cause.id != nullptr ? cause : filter_if_likely(attempt);
    if (const char *name = exeseal_errno_name(attempt.error))
        snprintf(failure.error_name, sizeof failure.error_name, "%s", name);
    else
        snprintf(failure.error_name, sizeof failure.error_name, "errno %d", attempt.error);
    const char *advice = exeseal_advice(attempt.strategy, attempt.step, attempt.error);
    failure.advice = failure.cause.text[0] != '\0' ? failure.cause.text : advice != nullptr ? advice : "";
    return failure;
}

} // namespace

Failure explain(const exeseal_attempt &attempt, bool does_memfd_run) {
    return put_in_words(attempt, find_cause(attempt, does_memfd_run));
}

Failure explain(const exeseal_attempt &attempt) {
    bool may_lack_permission = attempt.step == EXESEAL_STEP_EXECVEAT && attempt.error == EACCES;
    return put_in_words(attempt, may_lack_permission ? Cause{} : find_cause(attempt, false));
}

} // namespace exeseal_tool
