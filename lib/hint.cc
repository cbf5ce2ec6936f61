// SPDX-License-Identifier: MIT
#include "hint.h"

#include "exeseal.h"

#include <cerrno>

namespace exeseal {
namespace {

constexpr uint32_t kAnyStrategy = UINT32_MAX;
constexpr uint32_t kAnyStep = UINT32_MAX;
constexpr int kAnyError = 0;

struct Hint {
    uint32_t strategy, step;
    int error;
    const char *text;
};

// The first row that matches counts, so the narrow ones stand first.
constexpr Hint kHints[] = {
    {kAnyStrategy, kAnyStep, EMFILE, "this process is out of descriptors: close some, or raise RLIMIT_NOFILE"},
    {kAnyStrategy, kAnyStep, ENFILE, "the system is out of file descriptors"},
    {kAnyStrategy, kAnyStep, ENOMEM,
     "out of memory, or over the limit of the memory cgroup that is charged for the copy"},
    {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EACCES,
     "executable memfds are forbidden here, by the sysctl vm.memfd_noexec=2 of this PID namespace or by a security "
     "module: "
     "relax that, or let tmpfile do"},
    {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EPERM,
     "memfd_create(2) is filtered, most likely by seccomp: allow it, or let tmpfile do"},
    {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, ENOSYS,
     "memfd_create(2) is filtered by seccomp or missing from this kernel: allow it, or let tmpfile do"},
    {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EOPNOTSUPP, "F_SEAL_EXEC needs Linux 6.3: do without x-sealed"},
    {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_REOPEN, ENOENT,
     "no usable /proc here: the descriptor is the memfd's own, open for reading and writing but sealed"},
    {EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EINVAL, "this kernel's memfds cannot be sealed: let tmpfile do"},
    {EXESEAL_STRATEGY_REUSE, EXESEAL_STEP_REOPEN, kAnyError,
     "the sealed source cannot be opened anew, so it is copied: mount /proc to share it"},
    {EXESEAL_STRATEGY_REUSE, EXESEAL_STEP_REQUIRE, kAnyError,
     "the source is sealed, but does not give this: it is copied"},
    {EXESEAL_STRATEGY_REUSE, EXESEAL_STEP_VERIFY, kAnyError,
     "the source is sealed, but not for us to execute: it is copied"},
    {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_NOEXEC, kAnyError,
     "the directory is mounted noexec: pass one that is not (tmp_dirfd, exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_CREATE, kAnyError,
     "no file can be made in this directory: pass another one (tmp_dirfd, exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_COPY, ENOSPC,
     "no space left: free some, or pass another directory (tmp_dirfd, exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_COPY, EDQUOT,
     "the disk quota is used up: pass another directory (tmp_dirfd, exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_VERIFY, ETXTBSY,
     "a process that was forked meanwhile still holds the writer and does not execute: try again, or fork less"},
    {EXESEAL_STRATEGY_TMPFILE, EXESEAL_STEP_REOPEN, ENOENT,
     "without /proc a file cannot be opened read-only again: mount /proc"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_NOEXEC, kAnyError,
     "the directory, or the source that has fs-verity, is on a noexec mount: pass a directory that is not (tmp_dirfd, "
     "exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_CREATE, kAnyError,
     "no file can be made in this directory: pass another one (tmp_dirfd, exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_COPY, ENOSPC,
     "no space left: free some, or pass another directory (tmp_dirfd, exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_COPY, EDQUOT,
     "the disk quota is used up: pass another directory (tmp_dirfd, exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, EPERM,
     "fs-verity is filtered, or fs.verity.require_signatures=1 asks for a signature"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, EACCES, "a security module forbids to enable fs-verity"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, ENOPKG, "this kernel has fs-verity without SHA-256"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, ENOSPC, "no space left for the digests: free some"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, EDQUOT, "the disk quota is used up by the digests"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, ETXTBSY,
     "a process that was forked meanwhile still holds the writer and does not execute: try again, or fork less"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_SEAL, kAnyError,
     "no fs-verity in this directory, or none that holds (on btrfs before Linux 7.0 truncate(2) is let through): pass "
     "one on ext4 with the feature verity (tune2fs -O verity), or btrfs, as tmp_dirfd (exeseal run --tmp-dir)"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_PRIVILEGES, EPERM,
     "the source would keep these privileges if it were handed out as it is: another way drops them"},
    {EXESEAL_STRATEGY_VERITY, EXESEAL_STEP_REOPEN, kAnyError,
     "without /proc a file cannot be opened read-only again: mount /proc"},

    {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, ENODEV, "this kernel has no overlayfs: load the module"},
    {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, ENOENT,
     "before Linux 6.13 overlayfs takes a usable /proc: mount it, or use bind or a copy"},
    {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, EINVAL,
     "overlayfs does not take this directory for a layer, since something is mounted below it from outside of this "
     "user "
     "namespace, or since the source is on an overlayfs over another one: use bind or a copy"},
    {kAnyStrategy, EXESEAL_STEP_MOUNT, EPERM,
     "mounting requires CAP_SYS_ADMIN over this mount namespace, and no seccomp filter against it: as an ordinary "
     "user, "
     "use a memfd (mode independent-data-copy)"},
    {kAnyStrategy, EXESEAL_STEP_MOUNT, ENOSYS,
     "the system calls that mount are filtered, or this kernel is older than Linux 5.2: use a memfd"},
    {kAnyStrategy, EXESEAL_STEP_MOUNT, ENOSPC, "there are too many mounts: see fs.mount-max"},
    {kAnyStrategy, EXESEAL_STEP_MOUNT, EACCES, "a security module forbids to mount"},
    {EXESEAL_STRATEGY_BIND, EXESEAL_STEP_MOUNT, EINVAL,
     "the source is on no mount of this mount namespace, as a memfd is, or is unlinked: use a copy"},
    {EXESEAL_STRATEGY_BIND, EXESEAL_STEP_READ_ONLY, ENOSYS,
     "mount_setattr(2) is filtered, or this kernel is older than Linux 5.12: use overlay or a copy"},
    {EXESEAL_STRATEGY_BIND, EXESEAL_STEP_READ_ONLY, EBUSY,
     "a process that was forked meanwhile still holds the view's mount and does not execute: try again, or fork less"},
    {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_READ_ONLY, EBUSY,
     "a process that was forked meanwhile still holds the writer and does not execute: try again, or fork less"},
    {kAnyStrategy, EXESEAL_STEP_MOUNT, EOPNOTSUPP, "this kernel mounts nothing of the kind: use a memfd"},
    {kAnyStrategy, EXESEAL_STEP_MOUNT, EINVAL, "this kernel does not know how to mount it like this: use a memfd"},
    {kAnyStrategy, EXESEAL_STEP_MOUNT, ENODEV, "this kernel lacks the file system: use a memfd"},
    {kAnyStrategy, EXESEAL_STEP_MOUNT, ELOOP, "overlayfs finds its layers within each other: use bind or a copy"},
    {kAnyStrategy, EXESEAL_STEP_READ_ONLY, ENOSYS, "the system call for it is filtered: use a memfd"},
    {kAnyStrategy, EXESEAL_STEP_READ_ONLY, EPERM, "a filter forbids to make it read-only: use a memfd"},
    {kAnyStrategy, EXESEAL_STEP_READ_ONLY, EACCES, "a security module forbids to make it read-only: use a memfd"},
    {kAnyStrategy, EXESEAL_STEP_READ_ONLY, EINVAL, "this kernel cannot make it read-only: use a memfd"},
    {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_CREATE, EOVERFLOW,
     "the file system does not know this user or group: use a memfd"},
    {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_CREATE, kAnyError,
     "no file can be made in a file system of our own, by a security module or a filter: use a memfd"},
    {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_REOPEN, EACCES,
     "the copy cannot be opened read-only, by a security module: use a memfd"},
    {EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_COPY, ENOSPC, "the program does not fit into half of the memory"},
    {kAnyStrategy, EXESEAL_STEP_LOCATE, EOPNOTSUPP, "a view takes a file: use a copy"},
    {kAnyStrategy, EXESEAL_STEP_LOCATE, EXDEV,
     "the source is not, or not any more, what its path leads to here, and overlayfs takes a directory: use a copy"},
    {kAnyStrategy, EXESEAL_STEP_LOCATE, ENOENT, "there is no usable /proc: mount it"},
    {kAnyStrategy, EXESEAL_STEP_LOCATE, EACCES, "the source's directory may not be searched: use a copy"},
    {kAnyStrategy, EXESEAL_STEP_LOCATE, ENAMETOOLONG, "the source's path is too long: use a copy"},
    {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_NOEXEC, kAnyError,
     "the source is on a noexec mount, which a view would get round: use a copy, if that is meant"},
    {EXESEAL_STRATEGY_BIND, EXESEAL_STEP_NOEXEC, kAnyError,
     "the source is on a noexec mount, and so its view could not run: use a copy, if that is meant"},
    {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_REOPEN, kAnyError,
     "the source cannot be read through overlayfs: use a copy"},
    {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_VERIFY, EXDEV,
     "another file shows through, as where one is mounted over the source's name: use bind or a copy"},
    {kAnyStrategy, EXESEAL_STEP_VERIFY, EACCES, "the source is not for us to execute, and a view does not change that"},

    {kAnyStrategy, EXESEAL_STEP_PRIVILEGES, EPERM,
     "a copy loses these privileges: accept that with EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges), "
     "or "
     "take them off a program that executes itself"},
    {kAnyStrategy, EXESEAL_STEP_PRIVILEGES, kAnyError,
     "whether the source has file capabilities cannot be read: accept their loss with EXESEAL_CLONE_DROP_PRIVILEGES "
     "(exeseal run --drop-privileges)"},
    {kAnyStrategy, EXESEAL_STEP_LIMIT, EFBIG, "the source is larger than this limit: raise it"},
    {kAnyStrategy, EXESEAL_STEP_REQUIRE, ENOSYS,
     "this program was built without the C++ core, and its Go implementation has reuse and memfd alone: build it with "
     "cgo"},
    {kAnyStrategy, EXESEAL_STEP_REQUIRE, EOPNOTSUPP,
     "this guarantee is not to be had this way: require less, or fix what failed above"},
    {kAnyStrategy, EXESEAL_STEP_STABILITY, EOPNOTSUPP,
     "no proof that the source keeps still: nobody may have it open for writing, and a lease takes its owner or "
     "CAP_LEASE"},
    {kAnyStrategy, kAnyStep, ESTALE, "the source changed while it was read: try again when its writer is done"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, EOPNOTSUPP,
     "the running file is not this program's own, as where it was started through its loader (ld.so PROGRAM) or an "
     "emulator: "
     "start it by itself"},
    {kAnyStrategy, EXESEAL_STEP_VERIFY, ELOOP,
     "the copy does not look like one here, and so would copy itself again: seals are not kept, or an unlinked file "
     "keeps a "
     "name"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, EISDIR, "this is a directory: pass the program in it"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, ENODEV, "a device or another special file cannot be a program"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, ENOEXEC, "the source is empty"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, EACCES, "no permission to read the source: a copy takes reading it"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, ENOENT, "there is no usable /proc: mount it"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, EBADF, "the descriptor is not open for reading"},
    {kAnyStrategy, EXESEAL_STEP_CLOSE_OTHERS, EBADF, "a descriptor to keep is not open"},
    {kAnyStrategy, EXESEAL_STEP_CLOSE_OTHERS, kAnyError,
     "close_range(2) with CLOSE_RANGE_CLOEXEC needs Linux 5.11, and no filter against it"},
    {kAnyStrategy, EXESEAL_STEP_CAPABILITIES, EPERM,
     "this thread may not change the set that is named: leaving the bounding set takes CAP_SETPCAP, the others take "
     "what they are to hold in the permitted set"},
    {kAnyStrategy, EXESEAL_STEP_CAPABILITIES, EINVAL, "this kernel does not know one of the capabilities"},
    {kAnyStrategy, EXESEAL_STEP_DIRECTORY, EACCES, "this user may not search the working directory"},
    {kAnyStrategy, EXESEAL_STEP_DIRECTORY, kAnyError, "the descriptor does not lead to a directory that can be used"},
    {kAnyStrategy, EXESEAL_STEP_DEATH_SIGNAL, kAnyError, "a filter forbids prctl(2), PR_SET_PDEATHSIG"},
    {kAnyStrategy, EXESEAL_STEP_LANDLOCK, ENOSYS,
     "Landlock needs Linux 5.13, built with it, and no filter against it: do without, or ask for it where it is "
     "possible only"},
    {kAnyStrategy, EXESEAL_STEP_LANDLOCK, EOPNOTSUPP,
     "Landlock is in this kernel and not enabled: name it in lsm= on the kernel's command line"},
    {kAnyStrategy, EXESEAL_STEP_LANDLOCK, EPERM,
     "who has no CAP_SYS_ADMIN needs no_new_privs for Landlock: EXESEAL_EXEC_NO_NEW_PRIVS (exeseal run "
     "--no-new-privs)"},
    {kAnyStrategy, EXESEAL_STEP_LANDLOCK, EINVAL,
     "of a script, its interpreter is executed, which runs any other one: restrict a program"},
    {kAnyStrategy, EXESEAL_STEP_LANDLOCK, E2BIG,
     "there are as many Landlock domains around this thread as there may be"},
    {kAnyStrategy, EXESEAL_STEP_SPAWN, EAGAIN,
     "no more processes may be started here, by RLIMIT_NPROC or the pids cgroup: raise it"},
    {kAnyStrategy, EXESEAL_STEP_SPAWN, EBADF,
     "a descriptor to map is not open, or its new number is above RLIMIT_NOFILE"},
    {kAnyStrategy, EXESEAL_STEP_SPAWN, ECHILD,
     "the child was killed before it could execute, by a signal to its group, a filter or a limit"},
    {kAnyStrategy, EXESEAL_STEP_SPAWN, EPERM, "clone(2), or what is named, is filtered"},
    {kAnyStrategy, EXESEAL_STEP_SPAWN, ENOSYS, "clone(2), or what is named, is filtered"},
    {kAnyStrategy, EXESEAL_STEP_SPAWN, EINVAL, "clone(2) with CLONE_PIDFD needs Linux 5.2"},
    {kAnyStrategy, EXESEAL_STEP_SCRIPT, kAnyError,
     "its interpreter, or emulator, could not open it: it takes EXESEAL_EXEC_SCRIPT, and /proc mounted"},
    {kAnyStrategy, EXESEAL_STEP_INTERPRETER, ENOEXEC, "the interpreter is no program that runs here"},
    {kAnyStrategy, EXESEAL_STEP_INTERPRETER, EACCES, "the image names this interpreter, which may not be executed"},
    {kAnyStrategy, EXESEAL_STEP_INTERPRETER, ENOTDIR,
     "the image names this interpreter, whose path leads through a file"},
    {kAnyStrategy, EXESEAL_STEP_INTERPRETER, ENOENT,
     "the image names this interpreter, and it is not there: install it, or use a static program"},
    {kAnyStrategy, EXESEAL_STEP_ARCHITECTURE, kAnyError, "the program is for another architecture"},
    {kAnyStrategy, EXESEAL_STEP_FORMAT, kAnyError,
     "this is no program: neither a script nor an ELF executable that is whole"},
    {kAnyStrategy, EXESEAL_STEP_PROC_EXEC, ENOENT, "there is no usable /proc: mount it"},
    {kAnyStrategy, EXESEAL_STEP_EXECVEAT, ETXTBSY, "somebody has the file open for writing"},
    {kAnyStrategy, EXESEAL_STEP_EXECVEAT, EACCES,
     "no x bit for us, a noexec mount, or a security module (SELinux, AppArmor, Landlock) against it"},
    {kAnyStrategy, EXESEAL_STEP_POLICY, kAnyError,
     "permission bits and mount allow it, so a policy forbids it, one of those named: see the kernel's log. IMA "
     "appraisal asks for a signature in security.ima, which no copy has"},
};

} // namespace

const char *hint(uint32_t strategy, uint32_t step, int error) {
    for (const Hint &row : kHints)
        if ((row.strategy == kAnyStrategy || row.strategy == strategy) && (row.step == kAnyStep || row.step == step) &&
            (row.error == kAnyError || row.error == error))
            return row.text;
    return nullptr;
}

} // namespace exeseal
