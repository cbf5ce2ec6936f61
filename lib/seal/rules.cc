// SPDX-License-Identifier: MIT
#include "seal/rules.h"

namespace exeseal {
namespace {

// Each set was put together from the manual page and the kernel's source. Three answers come from outside of both: a
// seccomp filter says EPERM or ENOSYS, as its author liked, and a security module says EACCES or EPERM.
constexpr Errnos kRefused = {EPERM, EACCES, ENOSYS};

constexpr Rule kRules[] = {
    {kEvery, EXESEAL_STEP_REQUIRE, {EOPNOTSUPP}, Next::Strategy},
    {kEvery, EXESEAL_STEP_STABILITY, {EOPNOTSUPP, EPERM, EACCES, ENOSYS}, Next::Strategy},
    // prlimit64(2): a view needs no limit.
    {kEvery, EXESEAL_STEP_LIMIT, kRefused, Next::Strategy},
    // EACCES: this user may not execute what the strategy shows.
    {kEvery, EXESEAL_STEP_VERIFY, kRefused, Next::Strategy},

    // The host would feel it: see felt.h.
    {kReuses | kViews | kVerities, EXESEAL_STEP_REOPEN, {EBUSY}, Next::Strategy},
    {kReuses, EXESEAL_STEP_REOPEN, {ENOENT, EPERM, EACCES, ENOSYS}, Next::Strategy},

    // EINVAL: MFD_ALLOW_SEALING is unknown. EACCES: vm.memfd_noexec=2. EOPNOTSUPP: there is no F_SEAL_EXEC.
    {kMemfds, EXESEAL_STEP_CREATE, {EPERM, EACCES, EINVAL, ENOSYS, EOPNOTSUPP}, Next::Strategy},
    // ENOSPC is no full disk but the limit of vm.overcommit_memory=2, to which pages of a disk's file do not count
    // (mm/shmem.c, shmem_inode_acct_blocks).
    {kMemfds | kTmpfses, EXESEAL_STEP_COPY, {EPERM, EACCES, ENOSYS, ENOSPC}, Next::Strategy},
    {kMemfds | kTmpfses, EXESEAL_STEP_PERMISSIONS, kRefused, Next::Strategy},
    // EINVAL: unknown seals, or none for memfds. EBUSY stops: somebody may hold a page to write to it.
    {kMemfds, EXESEAL_STEP_SEAL, {EPERM, EACCES, EINVAL, ENOSYS}, Next::Strategy},

    // The directory says no (ENOENT to ENOTDIR), or its file system does: it cannot create files without a name, or
    // with one (EINVAL, ENODEV, EOPNOTSUPP), has no number for this user (EOVERFLOW), or encrypts and has no key
    // (ENOKEY).
    {kFiles,
     EXESEAL_STEP_CREATE,
     {ENOENT, ELOOP, ENOTDIR, EPERM, EACCES, EROFS, ENOSYS, EINVAL, ENODEV, EOPNOTSUPP, EOVERFLOW, ENOKEY, ENOSPC,
      EDQUOT},
     Next::Directory},
    {kFiles, EXESEAL_STEP_NOEXEC, {EACCES}, Next::Directory},
    // EROFS: a file system that met an error (errors=remount-ro).
    {kFiles, EXESEAL_STEP_COPY, {EPERM, EACCES, ENOSYS, EROFS, ENOSPC, EDQUOT}, Next::Directory},
    // ENOENT, here and below: 9p and virtiofs servers that lose a file with its last name. EPERM: NFS with
    // root_squash, where root's file belongs to somebody else.
    {kFiles, EXESEAL_STEP_PERMISSIONS, {ENOENT, EPERM, EACCES, EROFS, ENOSYS, EOPNOTSUPP}, Next::Directory},
    {kFiles, EXESEAL_STEP_REOPEN, {ENOENT, EPERM, EACCES, ENOSYS}, Next::Directory},
    {kFiles, EXESEAL_STEP_VERIFY, {ENOENT}, Next::Directory},
    // fs/verity/enable.c and what ext4, f2fs and btrfs add: ENOTTY and EOPNOTSUPP without the feature, EINVAL for a
    // block size, EPERM with fs.verity.require_signatures=1, ENOPKG without SHA-256.
    {kVerities,
     EXESEAL_STEP_SEAL,
     {EPERM, EACCES, EROFS, ENOSYS, EINVAL, ENOTTY, EOPNOTSUPP, ENOPKG, ENOSPC, EDQUOT},
     Next::Directory},
    {kVerities, EXESEAL_STEP_SOURCE, kRefused, Next::Strategy}, // fgetxattr(2)
    {kVerities, EXESEAL_STEP_PRIVILEGES, {EPERM}, Next::Strategy},

    // ENOSPC: user.max_mnt_namespaces, to which a detached mount counts (fs/namespace.c, alloc_mnt_ns).
    {kEvery, EXESEAL_STEP_MOUNT, {EPERM, EACCES, ENOSYS, EINVAL, ENODEV, EOPNOTSUPP, ENOSPC}, Next::Strategy},
    {kEvery, EXESEAL_STEP_READ_ONLY, {EPERM, EACCES, ENOSYS, EINVAL}, Next::Strategy},

    {kTmpfses, EXESEAL_STEP_CREATE, {EPERM, EACCES, ENOSYS, EOVERFLOW, ENOSPC}, Next::Strategy},
    {kTmpfses, EXESEAL_STEP_REOPEN, kRefused, Next::Strategy},
    {kTmpfses | kBinds,
     EXESEAL_STEP_READ_ONLY,
     {EBUSY},
     Next::Strategy}, // a forked child holds the writer, or the mount

    // EINVAL: something that is no link is mounted over the one in /proc.
    {kViews,
     EXESEAL_STEP_LOCATE,
     {EOPNOTSUPP, EXDEV, ENOENT, EINVAL, ENAMETOOLONG, EPERM, EACCES, ENOSYS},
     Next::Strategy},
    {kViews, EXESEAL_STEP_NOEXEC, {EACCES}, Next::Strategy},
    {kViews, EXESEAL_STEP_REOPEN, {ENOENT, EPERM, EACCES, ENOSYS}, Next::Strategy},
    // ENOENT: /proc, for layers by path. ELOOP: layers within each other. EBUSY: a layer is another overlay's upper one
    // (fs/overlayfs/super.c, ovl_report_in_use).
    {kOverlays, EXESEAL_STEP_MOUNT, {ENOENT, ELOOP, EBUSY}, Next::Strategy},
    // The name was a link or another file by then.
    {kOverlays, EXESEAL_STEP_REOPEN, {ELOOP}, Next::Strategy},
    {kOverlays, EXESEAL_STEP_VERIFY, {EXDEV}, Next::Strategy},
};

constexpr bool overlap(const Rule &one, const Rule &other) {
    if ((one.strategies & other.strategies) == 0 || one.step != other.step)
        return false;
    for (int error : one.errors)
        if (other.errors.has(error))
            return true;
    return false;
}

constexpr bool each_thing_is_said_once() {
    for (const Rule *one = kRules; one != kRules + std::size(kRules); one++)
        for (const Rule *other = kRules; other != one; other++)
            if (overlap(*one, *other))
                return false;
    return true;
}
static_assert(each_thing_is_said_once());

} // namespace

std::span<const Rule> rules() {
    return kRules;
}

Next what_follows(uint32_t strategy, const Failure &failure) {
    for (const Rule &rule : kRules)
        if (has(rule.strategies, strategy) && rule.step == failure.step && rule.errors.has(failure.error))
            return rule.next;
    return Next::Stop;
}

} // namespace exeseal
