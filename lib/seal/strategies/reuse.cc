// SPDX-License-Identifier: MIT
#include "base/permission.h"
#include "base/seals.h"
#include "seal/strategies/strategies.h"

#include <linux/magic.h>

namespace exeseal {
uint64_t reuse_offers(const Clone &clone) {
    const Source &source = clone.source;
    // A memfd of huge pages can be sealed, but executing it ends in SIGSEGV past the point of no return (seen on
    // Linux 6.18).
    if (source.kind != Source::Kind::File || source.file_system == HUGETLBFS_MAGIC)
        return 0;
    return memfd_guarantees(source.seals, source.file.stx_mode);
}

bool can_reuse(const Clone &clone) {
    constexpr uint64_t kNeeded = EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_LANDLOCK;
    bool wants_name = clone.options.name[0] != '\0' && !clone.source.running; // that one is known by its name
    return !wants_name && (reuse_offers(clone) & kNeeded) == kNeeded;
}

// Its x bits may be for others: a copy would run where this does not.
Failure reuse(Clone &clone, const Place &, Sealed &sealed) {
    if (Failure failure = clone.source.check_opening_and_closing())
        return failure;
    struct statx file = clone.source.file;
    if (int error = clone.procfs.reopen(clone.source.fd, file, sealed.fd); error < 0)
        return failed_if_negative(error, EXESEAL_STEP_REOPEN, "/proc");
    sealed.bytes = file.stx_size;
    return failed_if_negative(check_may_execute(sealed.fd.get()), EXESEAL_STEP_VERIFY, "x bits");
}

} // namespace exeseal
