// SPDX-License-Identifier: MIT
// Tries the strategies of a mode in order.
#include "seal/plan.h"

#include "base/names.h"
#include "base/report.h"
#include "seal/strategies/strategies.h"

#include <algorithm>
#include <bit>

namespace exeseal {
namespace {

// Automatic mode tries reuse, then the copies, then the views. A source with fs-verity is a view
// too: it shares its pages, runc and crun do not accept it as a copy, and it does not run under a
// Landlock ruleset that allows no path. EXESEAL_CLONE_RECLAIMABLE accepts all that in exchange for
// pages that can be reclaimed, so verity then comes first.
//
// An explicit mode never reuses a copy that somebody else made (review of runc pull request 5290).
constexpr const Strategy *kAutomatic[] = {&kReuse, &kMemfd, &kTmpfs, &kTmpfile, &kVerityView, &kOverlay, &kBind};
constexpr const Strategy *kReclaimableAutomatic[] = {&kReuse, &kVerityView, &kVerity,  &kMemfd,
                                                     &kTmpfs, &kTmpfile,    &kOverlay, &kBind};
constexpr const Strategy *kIndependentDataCopy[] = {&kMemfd, &kTmpfs, &kTmpfile};
constexpr const Strategy *kReclaimableIndependentDataCopy[] = {&kVerity, &kMemfd, &kTmpfs, &kTmpfile};
constexpr const Strategy *kRoSharedPage[] = {&kVerityView, &kOverlay, &kBind};
constexpr const Strategy *kReexec[] = {&kMemfd, &kTmpfile};

Strategies one_of(uint64_t flags, Strategies usual, Strategies reclaimable) {
    return (flags & EXESEAL_CLONE_RECLAIMABLE) != 0 ? reclaimable : usual;
}

const char *lowest_name(uint64_t bits) {
    return guarantee_name(static_cast<uint32_t>(std::countr_zero(bits)));
}

uint64_t offered(const Strategy &strategy, const Request &request, uint32_t evidence) {
    uint64_t bits = strategy.offers(request);
    bool is_stable = strategy.keeps_evidence && proves_stability(evidence);
    return is_stable ? bits | EXESEAL_GUARANTEE_STABLE : bits;
}

Failure try_in(const Strategy &strategy, const Place &place, Request &request, Sealed &sealed) {
    uint64_t missing = request.options.require & ~offered(strategy, request, request.source.evidence);
    if (missing == EXESEAL_GUARANTEE_STABLE && strategy.keeps_evidence)
        return {EXESEAL_STEP_STABILITY, EOPNOTSUPP, evidence_name(request.source.evidence)};
    if (missing != 0)
        return {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, lowest_name(missing)};
    if (strategy.writes_bytes)
        if (Failure failure = find_limit(request.source, request.options.max_bytes, request.limit))
            return failure;
    if (Failure failure = strategy.run(request, place, sealed))
        return failure;
    uint32_t evidence = request.source.evidence_of_copy(sealed.was_snapshot);
    sealed.guarantees = offered(strategy, request, evidence);
    sealed.evidence = strategy.keeps_evidence ? evidence : EXESEAL_EVIDENCE_NONE;
    // If the lease was broken during the copy, STABLE is lost.
    return Failure::unless((request.options.require & ~sealed.guarantees) == 0, EXESEAL_STEP_STABILITY, ESTALE);
}

bool accepts_lost_privileges(const Request &request) {
    return (request.options.flags & EXESEAL_CLONE_DROP_PRIVILEGES) != 0;
}

} // namespace

Strategies plan_of(uint32_t mode, uint64_t flags) {
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

void Plan::add(Strategies strategies) {
    for (const Strategy *one : strategies)
        if (std::find(list_, list_ + count_, one) == list_ + count_)
            list_[count_++] = one;
}

// A list of modes is a preference and not a demand, so a source that is already sealed is accepted.
Plan plan_of(const exeseal_clone_options &options) {
    Plan plan;
    if (options.fallback[0] != EXESEAL_MODE_AUTOMATIC)
        plan.add(plan_of_one(EXESEAL_STRATEGY_REUSE));
    plan.add(plan_of(options.mode, options.flags));
    for (uint32_t mode : options.fallback)
        if (mode != EXESEAL_MODE_AUTOMATIC)
            plan.add(plan_of(mode, options.flags));
    return plan;
}

bool reads_source(Strategies plan) {
    return std::any_of(plan.begin(), plan.end(), [](const Strategy *one) { return one->writes_bytes; });
}

Strategies plan_of_reexec() {
    return kReexec;
}

Strategies plan_of_one(uint32_t strategy) {
    Strategies all = all_strategies();
    return strategy == EXESEAL_STRATEGY_NONE || strategy > all.size() ? Strategies() : all.subspan(strategy - 1, 1);
}

// Returns the error of the failure that stopped the clone. If every strategy failed without that,
// returns the first error other than a missing guarantee, or EOPNOTSUPP.
int run_plan(Strategies plan, Request &request, Sealed &sealed) {
    int first_error = 0;
    if (plan.empty())
        record(request.report, EXESEAL_STRATEGY_NONE,
               {EXESEAL_STEP_REQUIRE, EOPNOTSUPP, mode_name(request.options.mode)});
    for (const Strategy *one : plan) {
        const Strategy &strategy = *one;
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

void describe(const Sealed &sealed, exeseal_report &report) {
    report.guarantees = sealed.guarantees;
    report.bytes = sealed.bytes;
    report.huge_bytes = sealed.huge_bytes;
    report.evidence = sealed.evidence;
    report.digest = sealed.digest;
}

int make_sealed(Request &request, Strategies plan) {
    Failure failure = reads_source(plan) ? request.source.secure() : request.source.stat_file();
    if (!failure && !accepts_lost_privileges(request))
        failure = request.source.check_privileges();
    if (failure)
        return fail(request.report, failure);
    Sealed sealed;
    int error = run_plan(plan, request, sealed);
    if (error < 0)
        return error;
    describe(sealed, request.report);
    return sealed.fd.release();
}

} // namespace exeseal
