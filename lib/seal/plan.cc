// SPDX-License-Identifier: MIT
// The order of the strategies in each mode, and the loop that tries them.
#include "seal/plan.h"

#include "base/names.h"
#include "base/report.h"
#include "seal/strategies/strategies.h"

#include <algorithm>
#include <bit>

namespace exeseal {
namespace {

constexpr Place kNowhere[] = {{"", false}};
// TMPDIR is not read: the environment of a runtime is not always its own.
constexpr Place kOnDisk[] = {{"tmp_dirfd", true}, {"/var/tmp", false}, {"/tmp", false}};
constexpr Place kTemporary[] = {{"tmp_dirfd", true}, {"/tmp", false}, {"/dev/shm", false}, {"/run", false}};

constexpr Strategy kReuse = {EXESEAL_STRATEGY_REUSE, Kind::Reuse, can_reuse, reuse_offers, reuse, kNowhere};
constexpr Strategy kMemfd = {EXESEAL_STRATEGY_MEMFD, Kind::Copy, nullptr, memfd_offers, copy_to_memfd, kNowhere};
constexpr Strategy kTmpfs = {EXESEAL_STRATEGY_TMPFS, Kind::Copy, nullptr, tmpfs_offers, copy_to_tmpfs, kNowhere};
constexpr Strategy kTmpfile = {EXESEAL_STRATEGY_TMPFILE, Kind::Copy,      nullptr,
                               tmpfile_offers,           copy_to_tmpfile, kTemporary};
constexpr Strategy kOverlay = {EXESEAL_STRATEGY_OVERLAY, Kind::View,      nullptr,
                               overlay_offers,           view_by_overlay, kNowhere};
constexpr Strategy kBind = {EXESEAL_STRATEGY_BIND, Kind::View, nullptr, bind_offers, view_by_bind, kNowhere};

constexpr Strategy kVerityCopy = {EXESEAL_STRATEGY_VERITY, Kind::Copy, nullptr, verity_offers, copy_to_verity, kOnDisk};
constexpr Strategy kVerityView = {EXESEAL_STRATEGY_VERITY, Kind::Reuse,    has_verity,
                                  verity_view_offers,      view_by_verity, kNowhere};

constexpr Strategy kAll[] = {kReuse, kMemfd, kTmpfs, kTmpfile, kOverlay, kBind, kVerityCopy};

// Automatic: what is sealed already, then the copies, then the views. A source with fs-verity is a view like the others
// there: it shares its pages, is no copy to runc and crun, and runs under no ruleset of Landlock that allows no path.
// Who wants pages that can be taken back gives up all of that, so then it comes first.
//
// An explicit mode never shares a copy that somebody else made (review of runc pull request 5290).
constexpr Strategy kAutomatic[] = {kReuse, kMemfd, kTmpfs, kTmpfile, kVerityView, kOverlay, kBind};
constexpr Strategy kReclaimableAutomatic[] = {kReuse, kVerityView, kVerityCopy, kMemfd,
                                              kTmpfs, kTmpfile,    kOverlay,    kBind};
constexpr Strategy kIndependentDataCopy[] = {kMemfd, kTmpfs, kTmpfile};
constexpr Strategy kReclaimableIndependentDataCopy[] = {kVerityCopy, kMemfd, kTmpfs, kTmpfile};
constexpr Strategy kRoSharedPage[] = {kVerityView, kOverlay, kBind};
constexpr Strategy kReexec[] = {kMemfd, kTmpfile};

std::span<const Strategy> one_of(uint64_t flags, std::span<const Strategy> usual,
                                 std::span<const Strategy> reclaimable) {
    return (flags & EXESEAL_CLONE_RECLAIMABLE) != 0 ? reclaimable : usual;
}

const char *lowest_name(uint64_t bits) {
    return guarantee_name(static_cast<uint32_t>(std::countr_zero(bits)));
}

uint64_t offered(const Strategy &strategy, const Request &request, uint32_t evidence) {
    uint64_t bits = strategy.offers(request);
    return strategy.kind != Kind::View && proves_stability(evidence) ? bits | EXESEAL_GUARANTEE_STABLE : bits;
}

Failure try_in(const Strategy &strategy, const Place &place, Request &request, Sealed &sealed) {
    uint64_t missing = request.options.require & ~offered(strategy, request, request.source.evidence);
    if (missing == EXESEAL_GUARANTEE_STABLE)
        return {EXESEAL_STEP_STABILITY, EOPNOTSUPP, evidence_name(request.source.evidence)};
    if (missing != 0)
        return {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, lowest_name(missing)};
    if (strategy.kind == Kind::Copy)
        if (Failure failure = find_limit(request.source, request.options.max_bytes, request.limit))
            return failure;
    if (Failure failure = strategy.run(request, place, sealed))
        return failure;
    uint32_t evidence = request.source.evidence_of_copy(sealed.was_snapshot);
    sealed.guarantees = offered(strategy, request, evidence);
    sealed.evidence = strategy.kind == Kind::View ? EXESEAL_EVIDENCE_NONE : evidence;
    // The lease was broken on the way.
    return Failure::unless((request.options.require & ~sealed.guarantees) == 0, EXESEAL_STEP_STABILITY, ESTALE);
}

} // namespace

std::span<const Strategy> plan_of(uint32_t mode, uint64_t flags) {
    switch (mode) {
    case EXESEAL_MODE_AUTOMATIC:
        return one_of(flags, kAutomatic, kReclaimableAutomatic);
    case EXESEAL_MODE_INDEPENDENT_DATA_COPY:
        return one_of(flags, kIndependentDataCopy, kReclaimableIndependentDataCopy);
    case EXESEAL_MODE_RO_SHARED_PAGE:
        return kRoSharedPage;
    default:
        return {};
    }
}

void Plan::add(std::span<const Strategy> strategies) {
    for (const Strategy &one : strategies) {
        bool is_new = std::none_of(list_, list_ + count_, [&](const Strategy &known) { return known.run == one.run; });
        if (is_new)
            list_[count_++] = one;
    }
}

// A list of modes is a preference and no demand, so what is sealed already will do.
Plan plan_of(const exeseal_clone_options &options) {
    Plan plan;
    if (options.fallback[0] != EXESEAL_MODE_AUTOMATIC)
        plan.add({&kReuse, 1});
    plan.add(plan_of(options.mode, options.flags));
    for (uint32_t mode : options.fallback)
        if (mode != EXESEAL_MODE_AUTOMATIC)
            plan.add(plan_of(mode, options.flags));
    return plan;
}

bool is_of_views(std::span<const Strategy> plan) {
    return std::all_of(plan.begin(), plan.end(), [](const Strategy &one) { return one.kind == Kind::View; });
}

std::span<const Strategy> plan_of_reexec() {
    return kReexec;
}

std::span<const Strategy> plan_of_one(uint32_t strategy) {
    for (const Strategy &one : kAll)
        if (one.id == strategy)
            return {&one, 1};
    return {};
}

// The error to return is that of the first failure: a guarantee that one strategy lacks counts only if no other says
// more.
int run_plan(std::span<const Strategy> plan, Request &request, Sealed &sealed) {
    int first_error = 0;
    if (plan.empty())
        record(request.report, EXESEAL_STRATEGY_NONE,
               {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, mode_name(request.options.mode)});
    for (const Strategy &strategy : plan) {
        if (strategy.applies != nullptr && !strategy.applies(request))
            continue;
        for (const Place &place : strategy.places) {
            if (place.is_given && (request.options.flags & EXESEAL_CLONE_TMP_DIRFD) == 0)
                continue;
            Failure failure = try_in(strategy, place, request, sealed);
            if (sealed.remark)
                record(request.report, strategy.id, sealed.remark);
            if (failure.where[0] == '\0')
                failure.where = place.path;
            record(request.report, strategy.id, failure);
            if (!failure) {
                request.report.strategy = strategy.id;
                return 0;
            }
            sealed = {};
            Next next = request.source.stream.is_consumed ? Next::Stop : what_follows(strategy.id, failure);
            if (next == Next::Stop)
                return -failure.error;
            if (first_error == 0 && failure.step != EXESEAL_STEP_REQUIRE)
                first_error = failure.error;
            if (next == Next::Strategy)
                break;
        }
    }
    return first_error != 0 ? -first_error : -EOPNOTSUPP;
}

} // namespace exeseal
