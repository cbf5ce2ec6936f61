// SPDX-License-Identifier: MIT
// The way of a request whose source has been chosen.
#include "seal/request.h"

#include "base/report.h"
#include "seal/plan.h"

namespace exeseal {
namespace {

bool accepts_lost_privileges(const Request &request) {
    return (request.options.flags & EXESEAL_CLONE_DROP_PRIVILEGES) != 0;
}

} // namespace

void describe(const Sealed &sealed, exeseal_report &report) {
    report.guarantees = sealed.guarantees;
    report.bytes = sealed.bytes;
    report.evidence = sealed.evidence;
    report.digest = sealed.digest;
}

int make_sealed(Request &request, Strategies plan) {
    Failure failure = is_of_views(plan) ? request.source.stat_file() : request.source.secure();
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
