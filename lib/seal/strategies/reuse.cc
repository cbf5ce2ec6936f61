// SPDX-License-Identifier: MIT
// Strategy reuse: the source, which is sealed already.
#include "base/permission.h"
#include "base/seals.h"
#include "seal/strategies/outcomes.h"
#include "seal/strategies/strategies.h"

#include <linux/magic.h>

namespace exeseal {
namespace {

uint64_t offers(const Request &request) {
    const Source &source = request.source;
    // A hugetlbfs memfd can be sealed, but executing it ends in SIGSEGV past the point of no return
    // (seen on Linux 6.18).
    if (source.kind != Source::Kind::File || source.file.file_system == HUGETLBFS_MAGIC)
        return 0;
    return memfd_guarantees(source.file.seals, source.file.stat.stx_mode);
}

// Applies to a sealed source whose name is acceptable.
bool applies(const Request &request) {
    constexpr uint64_t kNeeded = EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_LANDLOCK;
    // The running program keeps the name that it has.
    bool wants_name = request.options.name[0] != '\0' && !request.source.file.is_running;
    return !wants_name && (offers(request) & kNeeded) == kNeeded;
}

constexpr Outcome kOutcomes[] = {
    {EXESEAL_STEP_REQUIRE, {}, Next::Stop, "The sealed source lacks the required guarantee. Require less to reuse it."},
    // the host would lose a lease or locks: see felt.h
    {EXESEAL_STEP_REOPEN, {EBUSY}, Next::Strategy, kHeldLocks},
    {EXESEAL_STEP_REOPEN,
     {ENOENT},
     Next::Strategy,
     "The sealed source cannot be opened again without a usable /proc, so it is copied. Mount procfs on /proc to reuse "
     "it."},
    {EXESEAL_STEP_REOPEN,
     {EPERM, EACCES},
     Next::Strategy,
     "The permission bits, a security module or a seccomp filter forbid opening the sealed source for reading, so it "
     "is copied. Grant this user read permission to reuse it."},
    {EXESEAL_STEP_REOPEN, {ENOSYS}, Next::Strategy, kOpenFiltered},
    {EXESEAL_STEP_VERIFY,
     {EACCES},
     Next::Strategy,
     "This user may not execute the sealed source, so it is copied. Grant execute permission to reuse it."},
};
static_assert(names_each_failure_once(kOutcomes));

} // namespace

// The source's x bits may be for other users only; a copy would run then.
Failure reuse(Request &request, const Place &, Sealed &sealed) {
    if (Failure failure = request.source.check_opening_and_closing())
        return failure;
    struct statx file = request.source.file.stat;
    if (int error = request.procfs.reopen(request.source.fd, file, sealed.fd); error < 0)
        return Failure::from(error, EXESEAL_STEP_REOPEN, "/proc");
    sealed.bytes = file.stx_size;
    return Failure::from(check_may_execute(sealed.fd.get()), EXESEAL_STEP_VERIFY, "x bits");
}

constinit const Strategy kReuse = {
    .id = EXESEAL_STRATEGY_REUSE,
    .purpose = "the source itself, which is sealed already, opened again",
    .writes_bytes = false,
    .keeps_evidence = true,
    .probe_source = ProbeSource::SealedMemfd,
    .applies = applies,
    .offers = offers,
    .run = reuse,
    .outcomes = kOutcomes,
};

} // namespace exeseal
