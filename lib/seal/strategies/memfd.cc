// SPDX-License-Identifier: MIT
// Strategy memfd: a copy in a sealed memfd.
#include "base/seals.h"
#include "seal/huge_pages.h"
#include "seal/strategies/new_file.h"
#include "seal/strategies/outcomes.h"
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

// MFD_EXEC and F_SEAL_EXEC require Linux 6.3; older kernels and gVisor return EINVAL. EACCES is a
// policy (vm.memfd_noexec=2): without the flag, the memfd would not be executable.
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

// The length of a stream is unknown.
uint64_t prepare(const Request &request, int memfd) {
    bool wants_small = (request.options.flags & EXESEAL_CLONE_SMALL_PAGES) != 0;
    if (wants_small || request.source.kind == Source::Kind::Stream)
        return 0;
    bool wants_huge = (request.options.flags & EXESEAL_CLONE_HUGE_PAGES) != 0;
    return prepare_huge_pages(memfd, request.source.size, wants_huge ? HugePages::AskedFor : HugePages::WhereHarmless);
}

// The kernel itself may hold a page for a moment, to move it or to write it out. F_ADD_SEALS cannot
// tell such a page from one that is still being written to, and returns EBUSY after a wait of about
// 100 ms (mm/memfd.c, memfd_wait_for_pins; seen on a busy Linux 6.18).
int seal(int fd, int seals, uint32_t &retries) {
    constexpr int kTries = 10;
    for (int tries = 1;; tries++) {
        int error = add_seals(fd, seals);
        if (error != -EBUSY || tries == kTries)
            return error;
        retries++;
    }
}

// Returns the memfd's own descriptor if there is no /proc, or if a filter or a security module
// refuses to open the memfd again. That descriptor is open for writing too, but the seals forbid
// writing.
Failure open_memfd(Request &request, UniqueFd &writer, const struct statx &file, Sealed &sealed) {
    Failure failure = open_result(request, writer.get(), file, sealed.fd);
    if (failure.step != EXESEAL_STEP_REOPEN || !cannot_be_reopened_here(-failure.error))
        return failure;
    sealed.remark = failure;
    sealed.fd = std::move(writer);
    return {};
}

uint64_t offers(const Request &request) {
    return memfd_guarantees(seals_for(request), S_IXUSR) | EXESEAL_GUARANTEE_OWN_PAGES;
}

Failure run(Request &request, const Place &, Sealed &sealed) {
    UniqueFd writer;
    if (Failure failure = create(request, writer))
        return failure;
    sealed.huge_bytes = prepare(request, writer.get());
    struct statx file;
    if (Failure failure = fill(request, writer.get(), file, sealed))
        return failure;
    int seals = seals_for(request);
    if (int error = seal(writer.get(), seals, request.report.retries); error < 0)
        return Failure::from(error, EXESEAL_STEP_SEAL);
    if (Failure failure = open_memfd(request, writer, file, sealed))
        return failure;
    // The seals are read back, because RHEL 7 kernels accepted seals and forgot them (runc issue
    // 1988).
    return Failure::unless(has_seals(get_seals(sealed.fd.get()), seals), EXESEAL_STEP_VERIFY, EIO, "seals");
}

constexpr Outcome kOwn[] = {
    {EXESEAL_STEP_CREATE,
     {EACCES},
     Next::Strategy,
     "vm.memfd_noexec=2 in this PID namespace, or a security module, forbids executable memfds. Set vm.memfd_noexec to "
     "0 or 1, or allow memfds in the policy."},
    {EXESEAL_STEP_CREATE, {EPERM}, Next::Strategy, "A seccomp filter refuses memfd_create(2). " ALLOW_IN_FILTER},
    {EXESEAL_STEP_CREATE,
     {ENOSYS},
     Next::Strategy,
     "A seccomp filter refuses memfd_create(2), or the kernel was built without it. Allow it in the filter, or set "
     "CONFIG_MEMFD_CREATE."},
    {EXESEAL_STEP_CREATE, {EOPNOTSUPP}, Next::Strategy, "F_SEAL_EXEC requires Linux 6.3. Do not require x-sealed."},
    // The kernel does not know MFD_ALLOW_SEALING.
    {EXESEAL_STEP_CREATE, {EINVAL}, Next::Strategy, "This kernel cannot seal memfds. Use Linux 3.17 or later."},
    // The limit of vm.overcommit_memory=2, against which pages of a file on a disk do not count
    // (mm/shmem.c, shmem_inode_acct_blocks).
    {EXESEAL_STEP_COPY,
     {ENOSPC},
     Next::Strategy,
     "The copy exceeds the commit limit of vm.overcommit_memory=2. Free some memory, or raise vm.overcommit_ratio."},
    {EXESEAL_STEP_SEAL,
     {EPERM, EACCES},
     Next::Strategy,
     "A seccomp filter or a security module refuses fcntl(2) with F_ADD_SEALS. Allow it."},
    // EINVAL: unknown seals, or no seals for memfds.
    {EXESEAL_STEP_SEAL,
     {EINVAL, ENOSYS},
     Next::Strategy,
     "This kernel, sandbox or emulator lacks F_ADD_SEALS, or a seccomp filter refuses it. Allow it in the filter."},
    {EXESEAL_STEP_SEAL,
     {EBUSY},
     Next::Stop,
     "A page of the memfd is still in use, most likely for direct I/O. Try again when the I/O has finished."},
    // These two accompany a success: see open_memfd.
    {EXESEAL_STEP_REOPEN,
     {ENOENT},
     Next::Stop,
     "Without a usable /proc, the result is the memfd's own descriptor, which is open for reading and writing but "
     "sealed. Mount procfs on /proc to get a read-only descriptor."},
    {EXESEAL_STEP_REOPEN, kRefused, Next::Stop,
     "A seccomp filter or a security module refuses to open the memfd again, so the result is its own descriptor, "
     "which is open for reading and writing but sealed. Allow openat(2) to get a read-only descriptor."},
    {EXESEAL_STEP_VERIFY, {ELOOP}, Next::Stop, kLooksUnsealed}, // from exeseal_reexec_self
};
constexpr auto kOutcomes = join(kOwn, kMemoryOutcomes);
static_assert(names_each_failure_once(kOutcomes));

} // namespace

constinit const Strategy kMemfd = {
    .id = EXESEAL_STRATEGY_MEMFD,
    .purpose = "a copy in a sealed memfd",
    .writes_bytes = true,
    .keeps_evidence = true,
    .probe_source = ProbeSource::Sample,
    .offers = offers,
    .run = run,
    .outcomes = kOutcomes,
};

} // namespace exeseal
