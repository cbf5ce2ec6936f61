// SPDX-License-Identifier: MIT
// The outcomes that several strategies share.
#pragma once

#include "seal/strategy.h"

#define OTHER_DIRECTORY "Pass another directory (tmp_dirfd, exeseal run --tmp-dir)."
#define USE_A_COPY "Use a copy (mode independent-data-copy)."

namespace exeseal {

// The rows follow the manual pages and the kernel's source. Three errnos come from neither: a
// seccomp filter returns EPERM or ENOSYS, as its author chose, and a security module returns EACCES
// or EPERM.
inline constexpr Errnos kRefused = {EPERM, EACCES, ENOSYS};

constexpr const char *kHeldWriter = "A child forked during the clone still has the file open for writing. Try again.";
constexpr const char *kHeldLocks =
    "This process holds a write lease or record locks on the source, and would lose them if exeseal opened the source "
    "again. Release them, or use a copy (mode independent-data-copy).";
constexpr const char *kCopyRefused =
    "A seccomp filter or a security module refuses to read the source or to write the copy. Allow sendfile(2), "
    "splice(2), preadv(2) and pwritev(2).";
constexpr const char *kOpenFiltered =
    "A seccomp filter refuses openat(2), statx(2) or fstatfs(2). Allow them in the filter.";
constexpr const char *kLooksUnsealed =
    "The copy cannot be recognized as one, so it would copy itself again: the kernel lost its seals, or the file "
    "system kept its name. Use Linux 3.17 or later, and a directory on a local file system.";
constexpr const char *kFull = "The file system is full. Free some space, or pass another directory (tmp_dirfd, exeseal "
                              "run --tmp-dir).";
constexpr const char *kOverQuota = "The disk quota on this file system is used up. " OTHER_DIRECTORY;
constexpr const char *kBecameReadOnly = "The file system is read-only, or became so after an error. " OTHER_DIRECTORY;
constexpr const char *kNoexecDirectory = "This mount is noexec, so nothing on it can be executed. " OTHER_DIRECTORY;
constexpr const char *kNoexecSource = "The source is on a noexec mount, which a view must not bypass. " USE_A_COPY;

// For the copies in memory: memfd and tmpfs.
inline constexpr Outcome kMemoryOutcomes[] = {
    {EXESEAL_STEP_COPY, kRefused, Next::Strategy, kCopyRefused},
    {EXESEAL_STEP_PERMISSIONS, kRefused, Next::Strategy,
     "A seccomp filter or a security module refuses fchmod(2). Allow it."},
};

// For the copies in a file: tmpfile and verity.
inline constexpr Outcome kFileOutcomes[] = {
    // The directory refuses the file, or its file system cannot create files with or without a name
    // (EINVAL, ENODEV, EOPNOTSUPP), does not map this user (EOVERFLOW), or lacks the encryption key
    // (ENOKEY).
    {EXESEAL_STEP_CREATE, {ENOENT, ENOTDIR, ELOOP}, Next::Directory, "The directory does not exist. " OTHER_DIRECTORY},
    {EXESEAL_STEP_CREATE,
     {EPERM, EACCES},
     Next::Directory,
     "The directory's permission bits, a security module or a seccomp filter forbid creating a file in "
     "it. " OTHER_DIRECTORY},
    {EXESEAL_STEP_CREATE,
     {EOVERFLOW},
     Next::Directory,
     "This user or group is not mapped in the file system's user namespace. " OTHER_DIRECTORY},
    {EXESEAL_STEP_CREATE,
     {ENOKEY},
     Next::Directory,
     "The directory is encrypted and its key is not loaded. " OTHER_DIRECTORY},
    {EXESEAL_STEP_CREATE,
     {EINVAL, ENODEV, EOPNOTSUPP, ENOSYS},
     Next::Directory,
     "The file system cannot create a temporary file, or a seccomp filter refuses openat(2), fstatfs(2), unlinkat(2) "
     "or getrandom(2). " OTHER_DIRECTORY},
    {EXESEAL_STEP_CREATE, {ENOSPC}, Next::Directory, kFull},
    {EXESEAL_STEP_CREATE, {EDQUOT}, Next::Directory, kOverQuota},
    {EXESEAL_STEP_CREATE, {EROFS}, Next::Directory, kBecameReadOnly},
    {EXESEAL_STEP_NOEXEC, {EACCES}, Next::Directory, kNoexecDirectory},
    {EXESEAL_STEP_NOEXEC, {}, Next::Stop, kNoexecDirectory},
    {EXESEAL_STEP_COPY, kRefused, Next::Directory, kCopyRefused},
    {EXESEAL_STEP_COPY, {ENOSPC}, Next::Directory, kFull},
    {EXESEAL_STEP_COPY, {EDQUOT}, Next::Directory, kOverQuota},
    // The file system became read-only after an error (errors=remount-ro).
    {EXESEAL_STEP_COPY, {EROFS}, Next::Directory, kBecameReadOnly},
    // ENOENT, here and below: some 9p and virtiofs servers lose a file with its last name. EPERM:
    // NFS with root_squash, under which root's file belongs to another user.
    {EXESEAL_STEP_PERMISSIONS,
     {ENOENT, EPERM, EACCES, ENOSYS, EOPNOTSUPP},
     Next::Directory,
     "The file system, a seccomp filter or a security module refuses fchmod(2) or fremovexattr(2). " OTHER_DIRECTORY},
    {EXESEAL_STEP_PERMISSIONS, {EROFS}, Next::Directory, kBecameReadOnly},
    {EXESEAL_STEP_REOPEN,
     {ENOENT},
     Next::Directory,
     "The file cannot be opened again: /proc is unusable, or the file system lost the file with its name. Mount procfs "
     "on /proc, or pass another directory (tmp_dirfd, exeseal run --tmp-dir)."},
    {EXESEAL_STEP_REOPEN,
     {EPERM, EACCES},
     Next::Directory,
     "The permission bits, the file system (NFS with root_squash), a security module or a seccomp filter forbid "
     "opening the file read-only. " OTHER_DIRECTORY},
    {EXESEAL_STEP_REOPEN, {ENOSYS}, Next::Directory, kOpenFiltered},
    {EXESEAL_STEP_VERIFY,
     {ENOENT},
     Next::Directory,
     "The file system lost the file with its name, as some 9p and virtiofs servers do. " OTHER_DIRECTORY},
    {kAnyStep, {ENOSPC}, Next::Stop, kFull},
    {kAnyStep, {EDQUOT}, Next::Stop, kOverQuota},
    {kAnyStep, {EROFS}, Next::Stop, kBecameReadOnly},
};

// For the strategies that mount the source: overlay and bind.
inline constexpr Outcome kViewOutcomes[] = {
    {EXESEAL_STEP_LOCATE,
     {EOPNOTSUPP},
     Next::Strategy,
     "A view requires a file, but the source is a stream or memory. " USE_A_COPY},
    // EINVAL: readlinkat(2) found something mounted over /proc/thread-self/fd/N.
    {EXESEAL_STEP_LOCATE, {ENOENT, EINVAL}, Next::Strategy, kMountProc},
    {EXESEAL_STEP_LOCATE, kRefused, Next::Strategy,
     "The permission bits of the source's directory, a security module or a seccomp filter forbid looking up the "
     "source. Grant this user search permission, or use a copy (mode independent-data-copy)."},
    {EXESEAL_STEP_LOCATE, {ENAMETOOLONG}, Next::Strategy, "The source's path is too long. " USE_A_COPY},
    {EXESEAL_STEP_SOURCE, kRefused, Next::Strategy, nullptr}, // fstatfs(2) on the source
    {EXESEAL_STEP_NOEXEC, {EACCES}, Next::Strategy, kNoexecSource},
    {EXESEAL_STEP_NOEXEC, {}, Next::Stop, kNoexecSource},
    // the host would lose a lease or locks: see felt.h
    {EXESEAL_STEP_REOPEN, {EBUSY}, Next::Strategy, kHeldLocks},
    {EXESEAL_STEP_REOPEN, {ENOSYS}, Next::Strategy, kOpenFiltered},
};

} // namespace exeseal
