// SPDX-License-Identifier: MIT
#include "base/permission.h"
#include "base/seals.h"
#include "seal/strategies/strategies.h"

#include <linux/magic.h>

namespace exeseal {
uint64_t reuse_offers(const Request &request) {
    const Source &source = request.source;
    // A memfd of huge pages can be sealed, but executing it ends in SIGSEGV past the point of no return (seen on
    // Linux 6.18).
    if (source.kind != Source::Kind::File || source.file.file_system == HUGETLBFS_MAGIC)
        return 0;
    return memfd_guarantees(source.file.seals, source.file.stat.stx_mode);
}

bool can_reuse(const Request &request) {
    constexpr uint64_t kNeeded = EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_LANDLOCK;
    // The running program is known by the name that it has.
    bool wants_name = request.options.name[0] != '\0' && !request.source.file.is_running;
    return !wants_name && (reuse_offers(request) & kNeeded) == kNeeded;
}

// Its x bits may be for others: a copy would run where this does not.
Failure reuse(Request &request, const Place &, Sealed &sealed) {
    if (Failure failure = request.source.check_opening_and_closing())
        return failure;
    struct statx file = request.source.file.stat;
    if (int error = request.procfs.reopen(request.source.fd, file, sealed.fd); error < 0)
        return Failure::from(error, EXESEAL_STEP_REOPEN, "/proc");
    sealed.bytes = file.stx_size;
    return Failure::from(check_may_execute(sealed.fd.get()), EXESEAL_STEP_VERIFY, "x bits");
}

} // namespace exeseal
