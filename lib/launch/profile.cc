// SPDX-License-Identifier: MIT
// Applies the options of an execution in order, or checks them without changing anything.
#include "launch/profile.h"

#include "base/boundary.h"
#include "launch/landlock.h"
#include "launch/mark_others_cloexec.h"
#include "launch/sys.h"

#include <bit>
#include <cerrno>
#include <csignal>

namespace exeseal {
namespace {

using Options = exeseal_exec_options;

// CLOSE_OTHERS

Failure check_keep_count(const Options &options) {
    return options.keep_count > EXESEAL_EXEC_KEEP ? bad_argument(EINVAL, "keep_count") : Failure{};
}

Obstacle check_keep(int, const Options &options) {
    return check_kept(options.keep, options.keep_count);
}

Obstacle mark_others(int, const Options &options) {
    return mark_others_cloexec(options.keep, options.keep_count);
}

// DEATH_SIGNAL

Failure check_signal(const Options &options) {
    bool is_signal = options.death_signal >= 0 && options.death_signal < _NSIG;
    return is_signal ? Failure{} : bad_argument(EINVAL, "death_signal");
}

Obstacle set_death_signal(int, const Options &options) {
    return sys::prctl_set_pdeathsig(options.death_signal);
}

// DIRECTORY

Failure check_descriptor(const Options &options) {
    return check_directory(options.directory, "directory");
}

// Looking up "." requires permission to search the directory, as fchdir(2) does.
Obstacle check_search(int, const Options &options) {
    struct statx file;
    return sys::statx(options.directory, ".", 0, file);
}

Obstacle enter_directory(int, const Options &options) {
    return sys::fchdir(options.directory);
}

// UMASK

Failure check_umask(const Options &options) {
    return (options.umask & ~0777U) != 0 ? bad_argument(EINVAL, "umask") : Failure{};
}

Obstacle set_umask(int, const Options &options) {
    sys::umask(options.umask);
    return {};
}

// CAPABILITIES

Failure check_sets(const Options &options) {
    return (options.ambient & ~options.inheritable) != 0 ? bad_argument(EINVAL, "ambient") : Failure{};
}

// Calls `act` with each number in the set, until one fails.
template <typename Act> int for_each(uint64_t set, Act act) {
    for (int error = 0; set != 0; set &= set - 1)
        if (error = act(static_cast<unsigned>(std::countr_zero(set))); error < 0)
            return error;
    return 0;
}

// Drops a capability, unless the bounding set lacks it: dropping requires CAP_SETPCAP. A capability
// that this kernel does not know cannot be granted, so it counts as dropped.
int drop_from_bounding_set(unsigned capability) {
    int is_member = sys::prctl_capbset_read(capability);
    return is_member == 0 || is_member == -EINVAL ? 0 : sys::prctl_capbset_drop(capability);
}

// capset(2) silently ignores bits that this kernel does not know.
int check_known(unsigned capability) {
    return sys::prctl_capbset_read(capability) == -EINVAL ? -EINVAL : 0;
}

// Ambient capabilities must be inheritable, and capabilities can be made inheritable only while
// they are in the bounding set. Hence this order.
Obstacle set_capabilities(int, const Options &options) {
    int error = for_each(options.inheritable, check_known);
    if (error == 0)
        error = sys::capset_inheritable(options.inheritable);
    if (error < 0)
        return {error, "inheritable"};
    error = sys::prctl_cap_ambient_clear_all();
    if (error == 0)
        error = for_each(options.ambient, sys::prctl_cap_ambient_raise);
    if (error < 0)
        return {error, "ambient"};
    return {for_each(options.drop_bounding, drop_from_bounding_set), "bounding"};
}

constexpr uint64_t kSetpcap = 1 << 8; // CAP_SETPCAP

// Repeats the checks of security/commoncap.c, cap_capset and cap_task_prctl.
Obstacle check_capabilities(int, const Options &options) {
    sys::Capabilities own;
    int error = for_each(options.inheritable, check_known);
    if (error == 0)
        error = sys::capget(own);
    if (error != 0)
        return {error, "inheritable"};
    bool has_setpcap = (own.effective & kSetpcap) != 0;
    uint64_t added = options.inheritable & ~own.inheritable;
    auto is_out_of_bounds = [](unsigned capability) { return sys::prctl_capbset_read(capability) == 0 ? -EPERM : 0; };
    if (!has_setpcap && (added & ~own.permitted) != 0)
        return {-EPERM, "inheritable"};
    if (for_each(added, is_out_of_bounds) < 0)
        return {-EPERM, "inheritable"};
    if ((options.ambient & ~own.permitted) != 0)
        return {-EPERM, "ambient"};
    if (options.ambient != 0 && !sys::prctl_may_raise_ambient())
        return {-EPERM, "ambient"};
    auto is_member = [](unsigned capability) { return sys::prctl_capbset_read(capability) == 1 ? -EPERM : 0; };
    if (!has_setpcap && for_each(options.drop_bounding, is_member) < 0)
        return {-EPERM, "bounding"};
    return {};
}

// NO_NEW_PRIVS

Obstacle set_no_new_privs(int, const Options &) {
    return sys::prctl_set_no_new_privs();
}

// LANDLOCK

// The condition in security/landlock/syscalls.c, landlock_restrict_self.
bool may_restrict_itself(const Options &options) {
    constexpr uint64_t kSysAdmin = 1 << 21; // CAP_SYS_ADMIN
    if ((options.flags & EXESEAL_EXEC_NO_NEW_PRIVS) != 0 || sys::prctl_get_no_new_privs())
        return true;
    sys::Capabilities own;
    return sys::capget(own) == 0 && (own.effective & kSysAdmin) != 0;
}

Obstacle check_landlock(int fd, const Options &options) {
    if (Obstacle obstacle = check_restriction(fd))
        return obstacle;
    return may_restrict_itself(options) ? Obstacle{} : Obstacle{-EPERM, "no_new_privs"};
}

Obstacle use_landlock(int fd, const Options &) {
    return restrict_execution(fd);
}

// LANDLOCK_IF_POSSIBLE

bool is_missing(const Obstacle &obstacle) {
    return obstacle.error == -ENOSYS || obstacle.error == -EOPNOTSUPP;
}

// False if LANDLOCK is set too: its row was applied before.
bool is_landlock_left(const Options &options) {
    return (options.flags & EXESEAL_EXEC_LANDLOCK) == 0;
}

Obstacle check_landlock_if_possible(int fd, const Options &options) {
    Obstacle obstacle = is_landlock_left(options) ? check_landlock(fd, options) : Obstacle{};
    return is_missing(obstacle) ? Obstacle{} : obstacle;
}

Obstacle use_landlock_if_possible(int fd, const Options &options) {
    Obstacle obstacle = is_landlock_left(options) ? restrict_execution(fd) : Obstacle{};
    return is_missing(obstacle) ? Obstacle{} : obstacle;
}

struct Option {
    uint64_t flag;
    uint32_t step;
    Failure (*check_values)(const Options &options);
    Obstacle (*check)(int fd, const Options &options);
    Obstacle (*apply)(int fd, const Options &options);
};

constexpr Option kOptions[] = {
#define EXEC_OPTION(NAME, STEP, check_values, check, apply, ...)                                                       \
    {EXESEAL_EXEC_##NAME, EXESEAL_STEP_##STEP, check_values, check, apply},
#include "launch/exec_options.h"
};

Failure run(int fd, const Options &options, uint64_t among, Obstacle (*Option::*act)(int, const Options &)) {
    for (const Option &option : kOptions) {
        if ((options.flags & among & option.flag) == 0 || option.*act == nullptr)
            continue;
        if (Obstacle obstacle = (option.*act)(fd, options))
            return Failure::from(obstacle.error, option.step, obstacle.where);
    }
    return {};
}

} // namespace

uint64_t known_exec_flags() {
    uint64_t flags = 0;
#define EXEC_FLAG(NAME) flags |= EXESEAL_EXEC_##NAME;
#define EXEC_OPTION(NAME, ...) EXEC_FLAG(NAME)
#include "launch/exec_options.h"
    return flags;
}

Failure check_values(const exeseal_exec_options &options) {
    for (const Option &option : kOptions)
        if ((options.flags & option.flag) != 0 && option.check_values != nullptr)
            if (Failure failure = option.check_values(options))
                return failure;
    return {};
}

// Both visit the rows in the same order, so that they return the same failure first.
Failure check_profile(int fd, const exeseal_exec_options &options, uint64_t among) {
    return run(fd, options, among, &Option::check);
}

Failure apply_profile(int fd, const exeseal_exec_options &options, uint64_t among) {
    return run(fd, options, among, &Option::apply);
}

} // namespace exeseal
