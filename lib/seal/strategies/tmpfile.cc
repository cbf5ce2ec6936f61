// SPDX-License-Identifier: MIT
// Strategy tmpfile: a copy in an unnamed file.
#include "seal/strategies/new_file.h"
#include "seal/strategies/outcomes.h"
#include "seal/strategies/strategies.h"
#include "seal/strategies/temporary.h"

namespace exeseal {
namespace {

uint64_t offers(const Request &) {
    return EXESEAL_GUARANTEE_OWN_PAGES;
}

Failure run(Request &request, const Place &place, Sealed &sealed) {
    UniqueFd writer;
    if (Failure failure = create_temporary(request, place, writer))
        return failure;
    struct statx file;
    if (Failure failure = fill(request, writer.get(), file, sealed))
        return failure;
    if (Failure failure = open_result(request, writer.get(), file, sealed.fd))
        return failure;
    writer.reset();
    bool is_free = wait_for_writers(sealed.fd.get(), request.report.retries);
    return is_free ? Failure{} : Failure{EXESEAL_STEP_VERIFY, ETXTBSY};
}

// TMPDIR is not read: a runtime does not always control its own environment.
constexpr Place kPlaces[] = {{"tmp_dirfd", true}, {"/tmp"}, {"/dev/shm"}, {"/run"}};

constexpr Outcome kOwn[] = {
    {EXESEAL_STEP_VERIFY, {ETXTBSY}, Next::Stop, kHeldWriter},
    {EXESEAL_STEP_VERIFY, {ELOOP}, Next::Stop, kLooksUnsealed}, // from exeseal_reexec_self
};
constexpr auto kOutcomes = join(kOwn, kFileOutcomes);
static_assert(names_each_failure_once(kOutcomes));

} // namespace

constinit const Strategy kTmpfile = {
    .id = EXESEAL_STRATEGY_TMPFILE,
    .purpose = "a copy in a file without a name, to which its owner and root can still write",
    .writes_bytes = true,
    .keeps_evidence = true,
    .probe_source = ProbeSource::Sample,
    .offers = offers,
    .run = run,
    .places = kPlaces,
    .outcomes = kOutcomes,
};

} // namespace exeseal
