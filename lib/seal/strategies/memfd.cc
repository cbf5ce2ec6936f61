// SPDX-License-Identifier: MIT
#include "base/seals.h"
#include "seal/strategies/new_file.h"
#include "seal/strategies/strategies.h"

#include <utility>

namespace exeseal {
namespace {

bool wants_x_sealed(const Request &request) {
    return request.requires_all(EXESEAL_GUARANTEE_X_SEALED);
}

int seals_for(const Request &request) {
    return wants_x_sealed(request) ? kCopySeals | F_SEAL_EXEC : kCopySeals;
}

// MFD_EXEC is Linux 6.3, as is F_SEAL_EXEC; older kernels, and gVisor's, say EINVAL. EACCES is policy
// (vm.memfd_noexec=2): without the flag a memfd would come out that cannot be executed.
Failure create(const Request &request, UniqueFd &writer) {
    const char *name = object_name(request);
    constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int result = writer.take(sys::memfd_create(name, kFlags | MFD_EXEC));
    if (result == -EINVAL && wants_x_sealed(request))
        return {EXESEAL_STEP_CREATE, EOPNOTSUPP, "F_SEAL_EXEC"};
    if (result == -EINVAL)
        result = writer.take(sys::memfd_create(name, kFlags));
    return Failure::from(result, EXESEAL_STEP_CREATE, result == -EACCES ? "vm.memfd_noexec" : "");
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
Failure open_memfd(Request &request, UniqueFd &writer, const struct statx &file, Sealed &sealed) {
    Failure failure = open_result(request, writer.get(), file, sealed.fd);
    if (failure.step != EXESEAL_STEP_REOPEN || !cannot_be_reopened_here(-failure.error))
        return failure;
    sealed.remark = failure;
    sealed.fd = std::move(writer);
    return {};
}

} // namespace

uint64_t memfd_offers(const Request &request) {
    return memfd_guarantees(seals_for(request), S_IXUSR) | EXESEAL_GUARANTEE_OWN_PAGES;
}

Failure copy_to_memfd(Request &request, const Place &, Sealed &sealed) {
    UniqueFd writer;
    if (Failure failure = create(request, writer))
        return failure;
    struct statx file;
    if (Failure failure = fill(request, writer.get(), file, sealed))
        return failure;
    int seals = seals_for(request);
    if (int error = seal(writer.get(), seals, request.report.retries); error < 0)
        return Failure::from(error, EXESEAL_STEP_SEAL);
    if (Failure failure = open_memfd(request, writer, file, sealed))
        return failure;
    // Believed only when read back: RHEL 7 kernels took seals and forgot them (runc issue 1988).
    return Failure::unless(has_seals(get_seals(sealed.fd.get()), seals), EXESEAL_STEP_VERIFY, EIO, "seals");
}

} // namespace exeseal
