// SPDX-License-Identifier: MIT
#include "profile.h"

#include "close_others.h"
#include "landlock.h"
#include "sys.h"

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

// Ambient capabilities must be inheritable; and it is only as long as the bounding set has them that they can be made
// so.
Failure set_capabilities(const exeseal_exec_options &options) {
    if (int error = sys::set_inheritable(options.inheritable); error < 0)
        return failed_if_negative(error, EXESEAL_STEP_CAPABILITIES, "inheritable");
    int error = sys::clear_ambient();
    if (error == 0)
        error = for_each(options.ambient, sys::raise_ambient);
    if (error < 0)
        return failed_if_negative(error, EXESEAL_STEP_CAPABILITIES, "ambient");
    return failed_if_negative(for_each(options.drop_bounding, drop_from_bounding_set), EXESEAL_STEP_CAPABILITIES,
                              "bounding");
}

// Landlock that is missing is none where that will do.
Failure if_possible(const Failure &failure, const exeseal_exec_options &options) {
    bool is_missing = failure.error == ENOSYS || failure.error == EOPNOTSUPP;
    return is_missing && (options.flags & EXESEAL_EXEC_LANDLOCK) == 0 ? Failure{} : failure;
}

} // namespace

Failure check_profile(int fd, const exeseal_exec_options &options) {
    if (Failure failure = check_kept(options.keep, options.keep_count))
        return failure;
    bool is_restricted = (options.flags & (EXESEAL_EXEC_LANDLOCK | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE)) != 0;
    return is_restricted ? if_possible(check_restriction(fd), options) : Failure{};
}

Failure apply_profile(int fd, const exeseal_exec_options &options) {
    auto wants = [&](uint64_t flag) { return (options.flags & flag) != 0; };
    if (wants(EXESEAL_EXEC_CLOSE_OTHERS))
        if (Failure failure = close_others(options.keep, options.keep_count))
            return failure;
    if (wants(EXESEAL_EXEC_DEATH_SIGNAL))
        if (int error = sys::set_death_signal(options.death_signal); error < 0)
            return failed_if_negative(error, EXESEAL_STEP_DEATH_SIGNAL);
    if (wants(EXESEAL_EXEC_DIRECTORY))
        if (int error = sys::fchdir(options.directory); error < 0)
            return failed_if_negative(error, EXESEAL_STEP_DIRECTORY);
    if (wants(EXESEAL_EXEC_UMASK))
        sys::umask(options.umask);
    if (wants(EXESEAL_EXEC_CAPABILITIES))
        if (Failure failure = set_capabilities(options))
            return failure;
    if (wants(EXESEAL_EXEC_NO_NEW_PRIVS))
        if (int error = sys::set_no_new_privs(); error < 0)
            return failed_if_negative(error, EXESEAL_STEP_NO_NEW_PRIVS);
    if (wants(EXESEAL_EXEC_LANDLOCK | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE))
        return if_possible(restrict_execution(fd), options);
    return {};
}

} // namespace exeseal
