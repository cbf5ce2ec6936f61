// SPDX-License-Identifier: MIT
#include "base/report.h"
#include "base/seals.h"
#include "seal/strategies/new_file.h"
#include "seal/strategies/strategies.h"

namespace exeseal {
namespace {

bool wants_x_sealed(const Clone &clone) {
    return clone.requires_all(EXESEAL_GUARANTEE_X_SEALED);
}

int seals_for(const Clone &clone) {
    return wants_x_sealed(clone) ? kCopySeals | F_SEAL_EXEC : kCopySeals;
}

// MFD_EXEC is Linux 6.3, as is F_SEAL_EXEC; older kernels, and gVisor's, say EINVAL. EACCES is policy
// (vm.memfd_noexec=2): without the flag a memfd would come out that cannot be executed.
Failure create(const Clone &clone, UniqueFd &writer) {
    const char *name = object_name(clone);
    constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int result = writer.take(sys::memfd_create(name, kFlags | MFD_EXEC));
    if (result == -EINVAL && wants_x_sealed(clone))
        return {EXESEAL_STEP_CREATE, EOPNOTSUPP, "F_SEAL_EXEC"};
    if (result == -EINVAL)
        result = writer.take(sys::memfd_create(name, kFlags));
    return failed_if_negative(result, EXESEAL_STEP_CREATE, result == -EACCES ? "vm.memfd_noexec" : "");
}

// A page that the kernel itself holds for a moment, to move it or to write it out, looks like one that somebody may
// still write to: EBUSY, after the kernel has waited some 100 ms (mm/memfd.c, memfd_wait_for_pins; seen on a busy
// Linux 6.18).
int seal(int fd, int seals, uint32_t &retries) {
    constexpr int kTries = 10;
    for (int tries = 1;; tries++) {
        int error = add_seals(fd, seals);
        if (error != -EBUSY || tries == kTries)
            return error;
        retries++;
    }
}

// The memfd's own descriptor is open for writing too, but its seals are what forbids that. So it is handed out where
// there is no /proc, or where a filter or a security module refuses to open it again.
Failure open_memfd(Clone &clone, UniqueFd &writer, const struct statx &file, Sealed &sealed) {
    Failure failure = open_result(clone, writer.get(), file, sealed.fd);
    if (failure.step != EXESEAL_STEP_REOPEN || !cannot_be_reopened_here(-failure.error))
        return failure;
    record(clone.report, EXESEAL_STRATEGY_MEMFD, failure);
    sealed.fd = static_cast<UniqueFd &&>(writer);
    return {};
}

} // namespace

uint64_t memfd_offers(const Clone &clone) {
    return memfd_guarantees(seals_for(clone), S_IXUSR) | EXESEAL_GUARANTEE_OWN_PAGES;
}

Failure copy_to_memfd(Clone &clone, const Place &, Sealed &sealed) {
    UniqueFd writer;
    if (Failure failure = create(clone, writer))
        return failure;
    struct statx file;
    if (Failure failure = fill(clone, writer.get(), file))
        return failure;
    sealed.bytes = file.stx_size;
    int seals = seals_for(clone);
    if (int error = seal(writer.get(), seals, clone.report.retries); error < 0)
        return failed_if_negative(error, EXESEAL_STEP_SEAL);
    if (Failure failure = open_memfd(clone, writer, file, sealed))
        return failure;
    // Believed only when read back: RHEL 7 kernels took seals and forgot them (runc issue 1988).
    return failed_if_negative(has_seals(get_seals(sealed.fd.get()), seals) ? 0 : -EIO, EXESEAL_STEP_VERIFY, "seals");
}

} // namespace exeseal
