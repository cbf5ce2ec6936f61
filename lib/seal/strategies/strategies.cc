// SPDX-License-Identifier: MIT
// All strategies, the outcomes that they have in common, and the lookup of an outcome.
#include "seal/strategies/strategies.h"

#include "seal/strategies/outcomes.h"

namespace exeseal {
namespace {

#define ADDRESS(constant, name, record) &record,
constexpr const Strategy *kStrategies[] = {EXESEAL_STRATEGIES(ADDRESS)};
#undef ADDRESS

constexpr const char *kNotCompared =
    "A seccomp filter refuses statx(2) or lseek(2), which detect a changed source. Allow both in the filter.";
constexpr const char *kLimitFiltered =
    "A seccomp filter refuses prlimit64(2), which reads the limit on file sizes. " ALLOW_IN_FILTER;

constexpr Outcome kEvery[] = {
    {EXESEAL_STEP_REQUIRE,
     {ENOSYS},
     Next::Stop,
     "This program was built without the C++ core, and the Go implementation lacks this strategy. Build it with cgo."},
    {EXESEAL_STEP_REQUIRE,
     {EOPNOTSUPP},
     Next::Strategy,
     "This strategy cannot give the required guarantee. Require less, or fix the failures of the stronger strategies."},
    {EXESEAL_STEP_STABILITY,
     {EOPNOTSUPP},
     Next::Strategy,
     "Nothing proves that the source does not change: a read lease requires a local file system, fs.leases-enable=1, "
     "ownership of the file or CAP_LEASE, and that nobody has the file open for writing. Provide these, or do not "
     "require stable."},
    {EXESEAL_STEP_STABILITY, kRefused, Next::Strategy, kNotCompared},
    {EXESEAL_STEP_STABILITY, {}, Next::Stop, kNotCompared},
    {EXESEAL_STEP_LIMIT, {EFBIG}, Next::Stop, "The source is larger than this limit. Raise the limit."},
    {EXESEAL_STEP_LIMIT, kRefused, Next::Strategy, kLimitFiltered}, // a view writes no bytes
    {EXESEAL_STEP_LIMIT, {}, Next::Stop, kLimitFiltered},

    {EXESEAL_STEP_MOUNT,
     {EPERM},
     Next::Strategy,
     "Mounting requires CAP_SYS_ADMIN over this mount namespace, and a seccomp filter may refuse it. Run as root, or "
     "use a memfd (mode independent-data-copy)."},
    {EXESEAL_STEP_MOUNT,
     {ENOSYS},
     Next::Strategy,
     "Mounting requires Linux 5.2, and a seccomp filter may refuse fsopen(2), fsconfig(2), fsmount(2) or open_tree(2). "
     "Allow them in the filter."},
    // Each detached mount counts as a mount namespace (fs/namespace.c, alloc_mnt_ns).
    {EXESEAL_STEP_MOUNT,
     {ENOSPC},
     Next::Strategy,
     "This user's limit on mount namespaces is reached, and each detached mount counts as one. Raise "
     "user.max_mnt_namespaces."},
    {EXESEAL_STEP_MOUNT, {EACCES}, Next::Strategy, "A security module refuses the mount. Allow it in the policy."},
    {EXESEAL_STEP_MOUNT, {ENODEV}, Next::Strategy, "The kernel lacks the file system. " USE_A_COPY},
    {EXESEAL_STEP_MOUNT,
     {EINVAL, EOPNOTSUPP},
     Next::Strategy,
     "This kernel does not support such a mount. " USE_A_COPY},
    {EXESEAL_STEP_READ_ONLY,
     {EPERM, ENOSYS},
     Next::Strategy,
     "A seccomp filter or Landlock refuses to make the mount read-only. Allow fsconfig(2) and mount_setattr(2)."},
    {EXESEAL_STEP_READ_ONLY,
     {EACCES},
     Next::Strategy,
     "A security module refuses to make the mount read-only. Allow it in the policy."},
    {EXESEAL_STEP_READ_ONLY, {EINVAL}, Next::Strategy, "This kernel cannot make the mount read-only. " USE_A_COPY},

    {EXESEAL_STEP_REOPEN, {ENOSYS}, Next::Stop, kOpenFiltered},
    {EXESEAL_STEP_VERIFY,
     {EACCES},
     Next::Strategy,
     "This user may not execute the source, and this strategy does not change that. Grant execute permission, or use a "
     "copy (mode independent-data-copy)."},
    {EXESEAL_STEP_VERIFY,
     {EPERM, ENOSYS},
     Next::Strategy,
     "A seccomp filter refuses statx(2), fstatfs(2) or ioctl(2), which verify the result. Allow them in the filter."},
    {EXESEAL_STEP_VERIFY,
     {EIO},
     Next::Stop,
     "The kernel or the file system reported success, but the result differs from the request. Check the kernel log."},
};
static_assert(names_each_failure_once(kEvery));

std::span<const Outcome> own_outcomes(uint32_t strategy) {
    bool is_known = strategy != EXESEAL_STRATEGY_NONE && strategy <= std::size(kStrategies);
    return is_known ? kStrategies[strategy - 1]->outcomes : std::span<const Outcome>();
}

const Outcome *find(std::span<const Outcome> outcomes, const Failure &failure) {
    for (const Outcome &outcome : outcomes)
        if (outcome.step == failure.step && outcome.errors.has(failure.error))
            return &outcome;
    return nullptr;
}

const char *find_advice(std::span<const Outcome> outcomes, uint32_t step, int error) {
    for (const Outcome &outcome : outcomes)
        if (outcome.step == step && outcome.advice != nullptr &&
            (outcome.errors.is_empty() || outcome.errors.has(error)))
            return outcome.advice;
    return nullptr;
}

} // namespace

Strategies all_strategies() {
    return kStrategies;
}

std::span<const Outcome> outcomes_of_every_strategy() {
    return kEvery;
}

// No row has EMFILE, ENFILE, ENOMEM, EIO, ESTALE and similar errnos, because another strategy would
// double the load or hide an attack.
Next what_follows(uint32_t strategy, const Failure &failure) {
    const Outcome *outcome = find(own_outcomes(strategy), failure);
    if (outcome == nullptr)
        outcome = find(kEvery, failure);
    return outcome != nullptr ? outcome->next : Next::Stop;
}

const char *advice_of_strategy(uint32_t strategy, uint32_t step, int error) {
    std::span<const Outcome> own = own_outcomes(strategy);
    const char *text = find_advice(own, step, error);
    if (text == nullptr)
        text = find_advice(kEvery, step, error);
    return text != nullptr ? text : find_advice(own, kAnyStep, error);
}

} // namespace exeseal
