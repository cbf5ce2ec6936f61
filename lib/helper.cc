// SPDX-License-Identifier: MIT
#include "helper.h"

#include "stack.h"
#include "text.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sched.h>
#include <unistd.h>

namespace exeseal {
namespace {

struct Job {
    const Mounting &mounting;
    Ids ids;
    Procfs &procfs;
    unsigned user, group;
    Failure failure;
};

int write_file(Procfs &procfs, const char *path, std::string_view text) {
    UniqueFd file;
    if (int error = procfs.open(path, O_WRONLY, file); error < 0)
        return error;
    ssize_t written = sys::write(file.get(), text.data(), text.size());
    return written < 0 ? static_cast<int>(written) : 0;
}

// The caller's own IDs and no others, the only map that takes no privilege; for groups it takes giving up setgroups(2).
Failure map_id(Procfs &procfs, const char *path, unsigned id) {
    char line[40];
    Text text(line, sizeof line);
    text << uint64_t{id} << " " << uint64_t{id} << " 1";
    return failed_if_negative(write_file(procfs, path, {line, text.length()}), EXESEAL_STEP_NAMESPACE, path);
}

// A process that is not dumpable does not own its own maps (EACCES). Else it has no rights in the namespace, which is
// what AppArmor leaves of them, and that shows here first (fs/proc/base.c, proc_setgroups_open): no more is said then.
Failure explain_refusal(const Failure &failure) {
    bool is_refused = failure.error == EACCES || failure.error == EPERM;
    return is_refused && sys::is_dumpable() ? Failure{EXESEAL_STEP_NAMESPACE, EPERM, ""} : failure;
}

Failure map_ids(const Job &job) {
    constexpr const char *kSetgroups = "thread-self/setgroups";
    if (int error = write_file(job.procfs, kSetgroups, "deny"); error < 0)
        return failed_if_negative(error, EXESEAL_STEP_NAMESPACE, kSetgroups);
    if (Failure failure = map_id(job.procfs, "thread-self/uid_map", job.user))
        return failure;
    return map_id(job.procfs, "thread-self/gid_map", job.group);
}

int helper_main(void *argument) {
    Job &job = *static_cast<Job *>(argument);
    Failure failure = job.ids == Ids::Own ? explain_refusal(map_ids(job)) : Failure{};
    job.failure = failure ? failure : job.mounting.function(job.mounting.argument);
    return 0;
}

char first_byte(Procfs &procfs, const char *path) {
    UniqueFd file;
    char byte = '\0';
    if (procfs.open(path, O_RDONLY, file) == 0)
        sys::read(file.get(), &byte, 1);
    return byte;
}

// Unless "/" is a mount's root, this is a chroot(2), in which there are no user namespaces to be had.
bool is_in_chroot() {
    constexpr uint64_t kMountRoot = 0x2000; // STATX_ATTR_MOUNT_ROOT, Linux 5.8
    struct statx root;
    return sys::statx(AT_FDCWD, "/", AT_SYMLINK_NOFOLLOW, root) == 0 && (root.stx_attributes_mask & kMountRoot) != 0 &&
           (root.stx_attributes & kMountRoot) == 0;
}

// What most likely keeps ordinary users from a user namespace, or from any rights in one.
const char *find_obstacle(int error, Procfs &procfs) {
    if (first_byte(procfs, "sys/user/max_user_namespaces") == '0')
        return "user.max_user_namespaces";
    if (first_byte(procfs, "sys/user/max_mnt_namespaces") == '0')
        return "user.max_mnt_namespaces";
    if (error != EPERM) // all others forbid: they do not run out
        return "user namespace";
    if (first_byte(procfs, "sys/kernel/unprivileged_userns_clone") == '0')
        return "kernel.unprivileged_userns_clone";
    if (is_in_chroot())
        return "chroot";
    if (first_byte(procfs, "sys/kernel/apparmor_restrict_unprivileged_userns") == '1')
        return "kernel.apparmor_restrict_unprivileged_userns";
    constexpr int kFiltered = 2;
    return sys::seccomp_mode() == kFiltered ? "seccomp" : "user namespace";
}

// A handler of the host program's must not run in the child. SIGSYS is how a seccomp filter may ask its handler for an
// answer (SECCOMP_RET_TRAP): to those who have it blocked it is death.
int run_without_signals(Job &job, const Stack &stack) {
    sys::SignalSet before;
    if (int error = sys::block_signals_except(SIGSYS, before); error < 0)
        return error;
    int child = sys::run_child(helper_main, &job, stack.memory(), Stack::kSize, CLONE_NEWUSER | CLONE_NEWNS);
    if (child >= 0)
        sys::wait_for_child(child);
    sys::restore_signals(before);
    return child;
}

Failure run_helper(const Mounting &mounting, Ids ids, Procfs &procfs) {
    if (int error = procfs.use_mounted(); error < 0)
        return failed_if_negative(error, EXESEAL_STEP_NAMESPACE, "/proc");
    Stack stack;
    if (!stack)
        return {EXESEAL_STEP_NAMESPACE, ENOMEM, "stack"};
    Job job = {mounting,
               ids,
               procfs,
               sys::effective_user(),
               sys::effective_group(),
               {EXESEAL_STEP_NAMESPACE, ECHILD, "helper"}}; // should it be killed
    int child = run_without_signals(job, stack);
    const char *where = child == -EAGAIN ? "number of processes" : "";
    return child < 0 ? Failure{EXESEAL_STEP_NAMESPACE, -child, where} : job.failure;
}

} // namespace

Failure with_mount_rights(const Mounting &mounting, Ids ids, Procfs &procfs) {
    Failure failure = mounting.function(mounting.argument);
    if (failure.step != EXESEAL_STEP_MOUNT || failure.error != EPERM)
        return failure;
    failure = run_helper(mounting, ids, procfs);
    bool is_refused = failure.step == EXESEAL_STEP_MOUNT && failure.error == EPERM;
    if (is_refused)
        failure.step = EXESEAL_STEP_NAMESPACE;
    if (failure.step == EXESEAL_STEP_NAMESPACE && (failure.where[0] == '\0' || is_refused))
        failure.where = find_obstacle(failure.error, procfs);
    return failure;
}

} // namespace exeseal
