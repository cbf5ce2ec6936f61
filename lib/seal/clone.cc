// SPDX-License-Identifier: MIT
#include "seal/clone.h"

#include "base/report.h"
#include "seal/plan.h"

namespace exeseal {
namespace {

bool accepts_lost_privileges(const Clone &clone) {
    return (clone.options.flags & EXESEAL_CLONE_DROP_PRIVILEGES) != 0;
}

} // namespace

void describe(const Sealed &sealed, exeseal_report &report) {
    report.guarantees = sealed.guarantees;
    report.bytes = sealed.bytes;
    report.evidence = sealed.evidence;
    report.digest = sealed.digest;
}

int clone(Clone &clone, std::span<const Strategy> plan) {
    Failure failure = is_of_views(plan) ? clone.source.look() : clone.source.hold();
    if (!failure && !accepts_lost_privileges(clone))
        failure = clone.source.check_privileges();
    if (failure) {
        record(clone.report, EXESEAL_STRATEGY_NONE, failure);
        return -failure.error;
    }
    Sealed sealed;
    int error = run_plan(plan, clone, sealed);
    if (error < 0)
        return error;
    describe(sealed, clone.report);
    return sealed.fd.release();
}

} // namespace exeseal
