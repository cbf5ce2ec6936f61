// SPDX-License-Identifier: MIT
// Strategy verity: a copy in a file that gets fs-verity, or the source itself if it already has it.
#include "seal/verity.h"
#include "seal/file_system.h"
#include "seal/strategies/new_file.h"
#include "seal/strategies/outcomes.h"
#include "seal/strategies/strategies.h"
#include "seal/strategies/temporary.h"
#include "seal/strategies/view.h"

namespace exeseal {
namespace {

// Checked before the copy, since a stream can be read only once. The writer is still open, so a
// file system with fs-verity returns ETXTBSY, or EACCES to an ordinary user, because the permission
// bits are not set yet.
Failure check_support(int writer) {
    struct statx file;
    struct statfs fs;
    int error = sys::statx(writer, "", AT_EMPTY_PATH, file);
    if (error == 0)
        error = sys::fstatfs(writer, fs);
    if (error != 0)
        return Failure::from(error, EXESEAL_STEP_SEAL);
    error = enable_verity(writer, file);
    bool is_known = error == -ETXTBSY || error == -EACCES;
    if (is_known && verity_holds(fs.f_type))
        return {};
    if (is_known && is_local(fs.f_type))
        return {EXESEAL_STEP_SEAL, EOPNOTSUPP, "truncate(2)"};
    // Either fs-verity of a file system that is not the kernel's own (FUSE, overlayfs), or
    // fs-verity enabled although a writer is open, which the kernel itself refuses.
    return Failure::from(is_known || error == 0 ? -EOPNOTSUPP : error, EXESEAL_STEP_SEAL);
}

// FS_IOC_ENABLE_VERITY requires write permission (fs/verity/enable.c), which the copy's permission
// bits do not give to its owner. Setting the bit admits only users who could set it themselves. If
// one of them has the file open for writing, enabling fails; afterwards nobody can open the file
// for writing.
Failure enable(Request &request, int fd, const struct statx &file) {
    wait_for_writers(fd, request.report.retries);
    mode_t mode = file.stx_mode & 07777;
    if (int error = sys::fchmod(fd, mode | S_IWUSR); error < 0)
        return Failure::from(error, EXESEAL_STEP_PERMISSIONS);
    if (int error = enable_verity(fd, file); error < 0)
        return Failure::from(error, EXESEAL_STEP_SEAL);
    return Failure::from(sys::fchmod(fd, mode), EXESEAL_STEP_PERMISSIONS);
}

// Trusts fs-verity only if the kernel returns the digest.
Failure read_back(Sealed &sealed, struct statx &found) {
    struct statfs fs;
    int fd = sealed.fd.get(), error = sys::statx(fd, "", AT_EMPTY_PATH, found);
    if (error == 0)
        error = sys::fstatfs(fd, fs);
    if (error == 0)
        error = measure_verity(fd, found, fs.f_type, sealed.digest);
    if (error < 0)
        return Failure::from(error, EXESEAL_STEP_VERIFY, "digest");
    sealed.bytes = found.stx_size;
    return {};
}

uint64_t offers(const Request &) {
    return kVerityGuarantees | EXESEAL_GUARANTEE_OWN_PAGES;
}

Failure run(Request &request, const Place &place, Sealed &sealed) {
    UniqueFd writer;
    if (Failure failure = create_temporary(request, place, writer))
        return failure;
    if (Failure failure = check_support(writer.get()))
        return failure;
    struct statx file;
    if (Failure failure = fill(request, writer.get(), file, sealed))
        return failure;
    if (Failure failure = open_result(request, writer.get(), file, sealed.fd))
        return failure;
    writer.reset();
    if (Failure failure = enable(request, sealed.fd.get(), file))
        return failure;
    struct statx found;
    if (Failure failure = read_back(sealed, found))
        return failure;
    return check_result(found, file);
}

bool applies_to_source(const Request &request) {
    return request.source.file.has_verity;
}

uint64_t source_offers(const Request &) {
    return kVerityGuarantees;
}

// No mount would mask setuid bits or file capabilities, so a source that has any is refused even if
// the options accept losing them.
Failure hand_out_source(Request &request, const Place &place, Sealed &sealed) {
    if (Failure failure = check_noexec(request.source))
        return failure;
    if (Failure failure = request.source.check_privileges())
        return failure;
    if (Failure failure = reuse(request, place, sealed))
        return failure;
    struct statx found;
    return read_back(sealed, found);
}

constexpr Place kOnDisk[] = {{"tmp_dirfd", true}, {"/var/tmp"}, {"/tmp"}};

constexpr Outcome kOwn[] = {
    // From fs/verity/enable.c, and from ext4, f2fs and btrfs: ENOTTY and EOPNOTSUPP without the
    // feature, EINVAL for a block size, EPERM with fs.verity.require_signatures=1, ENOPKG without
    // SHA-256.
    {EXESEAL_STEP_SEAL,
     {EPERM},
     Next::Directory,
     "A seccomp filter refuses FS_IOC_ENABLE_VERITY, or fs.verity.require_signatures is 1. Allow the ioctl in the "
     "filter, or set the sysctl to 0."},
    {EXESEAL_STEP_SEAL,
     {EACCES},
     Next::Directory,
     "A security module refuses to enable fs-verity. Allow it in the policy."},
    {EXESEAL_STEP_SEAL, {ENOPKG}, Next::Directory, "The kernel lacks SHA-256 for fs-verity. Set CONFIG_CRYPTO_SHA256."},
    {EXESEAL_STEP_SEAL, {ETXTBSY}, Next::Stop, kHeldWriter},
    {EXESEAL_STEP_SEAL,
     {EINVAL, ENOTTY, EOPNOTSUPP, ENOSYS},
     Next::Directory,
     "The directory's file system lacks fs-verity, or its fs-verity is not trusted. Pass a directory on ext4 with the "
     "feature verity (tune2fs -O verity), on f2fs, or on btrfs with Linux 7.0 (tmp_dirfd, exeseal run --tmp-dir)."},
    {EXESEAL_STEP_SEAL, {ENOSPC}, Next::Directory, kFull},
    {EXESEAL_STEP_SEAL, {EDQUOT}, Next::Directory, kOverQuota},
    {EXESEAL_STEP_SEAL, {EROFS}, Next::Directory, kBecameReadOnly},
    // As a view: fgetxattr(2) on the source, and the privileges that it would keep.
    {EXESEAL_STEP_SOURCE, kRefused, Next::Strategy, nullptr},
    {EXESEAL_STEP_PRIVILEGES,
     {EPERM},
     Next::Strategy,
     "The source would keep its setuid bit, setgid bit or file capabilities if it were returned as is. " USE_A_COPY},
    // the host would lose a lease or locks: see felt.h
    {EXESEAL_STEP_REOPEN, {EBUSY}, Next::Strategy, kHeldLocks},
};
constexpr auto kOutcomes = join(kOwn, kFileOutcomes);
static_assert(names_each_failure_once(kOutcomes));

} // namespace

constinit const Strategy kVerity = {
    .id = EXESEAL_STRATEGY_VERITY,
    .purpose = "a copy in a file that gets fs-verity",
    .writes_bytes = true,
    .keeps_evidence = true,
    .probe_source = ProbeSource::Sample,
    .offers = offers,
    .run = run,
    .places = kOnDisk,
    .outcomes = kOutcomes,
};

constinit const Strategy kVerityView = {
    .id = EXESEAL_STRATEGY_VERITY,
    .purpose = "the source itself, which has fs-verity, opened again",
    .writes_bytes = false,
    .keeps_evidence = true,
    .probe_source = ProbeSource::Sample,
    .applies = applies_to_source,
    .offers = source_offers,
    .run = hand_out_source,
    .outcomes = kOutcomes,
};

} // namespace exeseal
