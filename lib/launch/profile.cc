// SPDX-License-Identifier: MIT
// Applies the options of an execution in their order, or checks them without changing anything.
#include "launch/profile.h"

#include "base/sys.h"
#include "launch/landlock.h"
#include "launch/mark_others_cloexec.h"

#include <bit>
#include <cerrno>

namespace exeseal {
namespace {

// Calls `act` with each number in the set, until one fails.
template <typename Act> int for_each(uint64_t set, Act act) {
    for (int error = 0; set != 0; set &= set - 1)
        if (error = act(static_cast<unsigned>(std::countr_zero(set))); error < 0)
            return error;
    return 0;
}

// What is not in it need not leave it, which would take CAP_SETPCAP; and what this kernel does not know, it cannot
// grant.
int drop_from_bounding_set(unsigned capability) {
    int is_member = sys::is_in_bounding_set(capability);
    return is_member == 0 || is_member == -EINVAL ? 0 : sys::drop_from_bounding_set(capability);
}

// capset(2) drops bits that this kernel does not know, and says nothing.
int check_known(unsigned capability) {
    return sys::is_in_bounding_set(capability) == -EINVAL ? -EINVAL : 0;
}

// Ambient capabilities must be inheritable; and it is only as long as the bounding set has them that they can be made
// so.
Failure set_capabilities(const exeseal_exec_options &options) {
    int error = for_each(options.inheritable, check_known);
    if (error == 0)
        error = sys::set_inheritable(options.inheritable);
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_CAPABILITIES, "inheritable");
    error = sys::clear_ambient();
    if (error == 0)
        error = for_each(options.ambient, sys::raise_ambient);
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_CAPABILITIES, "ambient");
    return Failure::from(for_each(options.drop_bounding, drop_from_bounding_set), EXESEAL_STEP_CAPABILITIES,
                         "bounding");
}

constexpr uint64_t kSetpcap = 1 << 8, kSysAdmin = 1 << 21; // CAP_SETPCAP, CAP_SYS_ADMIN

// What set_capabilities would be told by security/commoncap.c, cap_capset and cap_task_prctl.
Failure check_capabilities(const exeseal_exec_options &options) {
    sys::Capabilities own;
    int error = for_each(options.inheritable, check_known);
    if (error == 0)
        error = sys::capabilities(own);
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_CAPABILITIES, "inheritable");
    bool has_setpcap = (own.effective & kSetpcap) != 0;
    uint64_t added = options.inheritable & ~own.inheritable;
    auto is_out_of_bounds = [](unsigned capability) { return sys::is_in_bounding_set(capability) == 0 ? -EPERM : 0; };
    if ((!has_setpcap && (added & ~own.permitted) != 0) || for_each(added, is_out_of_bounds) < 0)
        return {EXESEAL_STEP_CAPABILITIES, EPERM, "inheritable"};
    if ((options.ambient & ~own.permitted) != 0 || (options.ambient != 0 && !sys::may_raise_ambient()))
        return {EXESEAL_STEP_CAPABILITIES, EPERM, "ambient"};
    auto is_member = [](unsigned capability) { return sys::is_in_bounding_set(capability) == 1 ? -EPERM : 0; };
    if (!has_setpcap && for_each(options.drop_bounding, is_member) < 0)
        return {EXESEAL_STEP_CAPABILITIES, EPERM, "bounding"};
    return {};
}

// To look up "." requires what fchdir(2) requires: permission to search the directory.
Failure check_directory(int directory) {
    struct statx file;
    return Failure::from(sys::statx(directory, ".", 0, file), EXESEAL_STEP_DIRECTORY);
}

// security/landlock/syscalls.c, landlock_restrict_self.
Failure check_landlock(int fd, const exeseal_exec_options &options) {
    if (Failure failure = check_restriction(fd))
        return failure;
    sys::Capabilities own;
    bool is_allowed = (options.flags & EXESEAL_EXEC_NO_NEW_PRIVS) != 0 || sys::has_no_new_privs() ||
                      (sys::capabilities(own) == 0 && (own.effective & kSysAdmin) != 0);
    return is_allowed ? Failure{} : Failure{EXESEAL_STEP_LANDLOCK, EPERM, "no_new_privs"};
}

// Landlock that is missing is none where that will do.
Failure if_possible(const Failure &failure, const exeseal_exec_options &options) {
    bool is_missing = failure.error == ENOSYS || failure.error == EOPNOTSUPP;
    return is_missing && (options.flags & EXESEAL_EXEC_LANDLOCK) == 0 ? Failure{} : failure;
}

} // namespace

// Step by step as apply_profile, so that the same failure comes first.
Failure check_profile(int fd, const exeseal_exec_options &options) {
    auto wants = [&](uint64_t flag) { return (options.flags & flag) != 0; };
    if (wants(EXESEAL_EXEC_CLOSE_OTHERS))
        if (Failure failure = check_kept(options.keep, options.keep_count))
            return failure;
    if (wants(EXESEAL_EXEC_DIRECTORY))
        if (Failure failure = check_directory(options.directory))
            return failure;
    if (wants(EXESEAL_EXEC_CAPABILITIES))
        if (Failure failure = check_capabilities(options))
            return failure;
    if (wants(EXESEAL_EXEC_LANDLOCK | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE))
        return if_possible(check_landlock(fd, options), options);
    return {};
}

Failure apply_profile(int fd, const exeseal_exec_options &options) {
    auto wants = [&](uint64_t flag) { return (options.flags & flag) != 0; };
    if (wants(EXESEAL_EXEC_CLOSE_OTHERS))
        if (Failure failure = mark_others_cloexec(options.keep, options.keep_count))
            return failure;
    if (wants(EXESEAL_EXEC_DEATH_SIGNAL))
        if (int error = sys::set_death_signal(options.death_signal); error < 0)
            return Failure::from(error, EXESEAL_STEP_DEATH_SIGNAL);
    if (wants(EXESEAL_EXEC_DIRECTORY))
        if (int error = sys::fchdir(options.directory); error < 0)
            return Failure::from(error, EXESEAL_STEP_DIRECTORY);
    if (wants(EXESEAL_EXEC_UMASK))
        sys::umask(options.umask);
    if (wants(EXESEAL_EXEC_CAPABILITIES))
        if (Failure failure = set_capabilities(options))
            return failure;
    if (wants(EXESEAL_EXEC_NO_NEW_PRIVS))
        if (int error = sys::set_no_new_privs(); error < 0)
            return Failure::from(error, EXESEAL_STEP_NO_NEW_PRIVS);
    if (wants(EXESEAL_EXEC_LANDLOCK | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE))
        return if_possible(restrict_execution(fd), options);
    return {};
}

} // namespace exeseal
