// SPDX-License-Identifier: MIT
#include "base/hint.h"

#include <cerrno>

namespace exeseal {
namespace {

#define OTHER_DIRECTORY "Pass another directory (tmp_dirfd, exeseal run --tmp-dir)."
#define USE_A_COPY "Use a copy (mode independent-data-copy)."
#define ALLOW_IN_FILTER "Allow it in the filter."

constexpr Strategies kCopies = kMemfds | kTmpfses | kFiles, kTmpfiles = set_of(EXESEAL_STRATEGY_TMPFILE),
                     kNone = set_of(EXESEAL_STRATEGY_NONE);

constexpr const char *kHeldWriter =
    "A child that was forked meanwhile still has the file open for writing. Try again, or fork less during the clone.";
constexpr const char *kFull = "The file system is full. Free some space, or pass another directory (tmp_dirfd, exeseal "
                              "run --tmp-dir).";
constexpr const char *kOverQuota = "The disk quota on this file system is used up. " OTHER_DIRECTORY;
constexpr const char *kMountProc = "/proc is missing, or is no procfs. Mount procfs on /proc.";
constexpr const char *kExecutionRefused =
    "A seccomp filter or a security module refuses to execute it. Allow execveat(2) and execve(2).";
constexpr const char *kMayNotExecute = "The permission bits, a noexec mount or a security module (SELinux, AppArmor, "
                                       "Landlock) forbid to execute it. Grant execution.";

// The narrow rows stand first.
constexpr Hint kHints[] = {
    {kEvery, kAnyStep, {EMFILE}, "This process is out of descriptors. Close some, or raise RLIMIT_NOFILE."},
    {kEvery, kAnyStep, {ENFILE}, "The system is out of descriptors. Raise fs.file-max."},
    {kEvery,
     kAnyStep,
     {ENOMEM},
     "Memory is exhausted, or a limit on it is reached: that of the memory cgroup (memory.max), or the kernel's with "
     "vm.overcommit_memory=2. Free some memory, or raise the limit."},
    {kEvery,
     kAnyStep,
     {ESTALE},
     "The source changed while it was read, or its server removed it. Try again when its writer has finished."},

    // --- what any strategy may meet ---
    {kReuses, EXESEAL_STEP_REQUIRE, {}, "The source is sealed without this guarantee. Require less to share it."},
    {kEvery,
     EXESEAL_STEP_REQUIRE,
     {ENOSYS},
     "This program was built without the C++ core, whose Go implementation lacks this strategy. Build it with cgo."},
    {kEvery,
     EXESEAL_STEP_REQUIRE,
     {EOPNOTSUPP},
     "This strategy cannot give the guarantee. Require less, or mend what makes the stronger strategies fail."},
    {kEvery,
     EXESEAL_STEP_STABILITY,
     {EOPNOTSUPP},
     "Nothing proves that the source stays as it is. A read lease requires a local file system, fs.leases-enable=1, "
     "the file's owner or CAP_LEASE, and that nobody has the file open for writing. Provide these, or do not require "
     "stable."},
    {kEvery,
     EXESEAL_STEP_STABILITY,
     {},
     "A seccomp filter refuses statx(2) or lseek(2), by which a changed source is noticed. Allow both in the filter."},
    {kEvery, EXESEAL_STEP_LIMIT, {EFBIG}, "The source is larger than this limit. Raise the limit."},
    {kEvery,
     EXESEAL_STEP_LIMIT,
     {},
     "A seccomp filter refuses prlimit64(2), which tells how large a file may be. " ALLOW_IN_FILTER},
    {kCopies,
     EXESEAL_STEP_COPY,
     {EPERM, EACCES, ENOSYS},
     "A seccomp filter or a security module refuses to read the source or to write the copy. Allow sendfile(2), "
     "splice(2), preadv(2) and pwritev(2)."},

    {kReuses | kViews | kVerities,
     EXESEAL_STEP_REOPEN,
     {EBUSY},
     "This process holds a write lease or record locks on the source, and would lose them if the source were opened "
     "again. Release them, or use a copy (mode independent-data-copy)."},

    // --- reuse ---
    {kReuses,
     EXESEAL_STEP_REOPEN,
     {ENOENT},
     "The sealed source cannot be opened again without a usable /proc, so it is copied. Mount procfs on /proc to share "
     "it."},
    {kReuses,
     EXESEAL_STEP_REOPEN,
     {EPERM, EACCES},
     "The sealed source's permission bits, a security module or a seccomp filter refuse to open it for reading, so it "
     "is copied. Grant this user read permission to share it."},
    {kReuses,
     EXESEAL_STEP_VERIFY,
     {EACCES},
     "This user may not execute the sealed source, so it is copied. Grant execution to share it."},

    // --- memfd ---
    {kMemfds,
     EXESEAL_STEP_CREATE,
     {EACCES},
     "vm.memfd_noexec=2 in this PID namespace, or a security module, forbids executable memfds. Set vm.memfd_noexec to "
     "0 or 1, or allow memfds in the policy."},
    {kMemfds, EXESEAL_STEP_CREATE, {EPERM}, "A seccomp filter refuses memfd_create(2). " ALLOW_IN_FILTER},
    {kMemfds,
     EXESEAL_STEP_CREATE,
     {ENOSYS},
     "A seccomp filter refuses memfd_create(2), or the kernel is built without it. Allow it in the filter, or set "
     "CONFIG_MEMFD_CREATE."},
    {kMemfds, EXESEAL_STEP_CREATE, {EOPNOTSUPP}, "F_SEAL_EXEC requires Linux 6.3. Do not require x-sealed."},
    {kMemfds, EXESEAL_STEP_CREATE, {EINVAL}, "This kernel's memfds cannot be sealed. Use Linux 3.17 or later."},
    {kMemfds,
     EXESEAL_STEP_COPY,
     {ENOSPC},
     "vm.overcommit_memory=2 leaves no memory for the copy. Free some memory, or raise vm.overcommit_ratio."},
    {kMemfds,
     EXESEAL_STEP_SEAL,
     {EPERM, EACCES},
     "A seccomp filter or a security module refuses fcntl(2) with F_ADD_SEALS. Allow it."},
    {kMemfds,
     EXESEAL_STEP_SEAL,
     {EINVAL, ENOSYS},
     "This kernel, sandbox or emulator has no F_ADD_SEALS, or a seccomp filter refuses it. Allow it in the filter."},
    {kMemfds,
     EXESEAL_STEP_SEAL,
     {EBUSY},
     "Somebody still holds a page of the memfd, most likely for direct I/O. Try again when that has finished."},
    {kMemfds,
     EXESEAL_STEP_REOPEN,
     {ENOENT},
     "Without a usable /proc the result is the memfd's own descriptor, which is open for reading and writing but "
     "sealed. Mount procfs on /proc to get a read-only one."},
    {kMemfds,
     EXESEAL_STEP_REOPEN,
     {EPERM, EACCES, ENOSYS},
     "A seccomp filter or a security module refuses to open the memfd again, so the result is its own descriptor, "
     "which is open for reading and writing but sealed. Allow it to get a read-only one."},

    // --- tmpfile, and fs-verity ---
    {kFiles, EXESEAL_STEP_NOEXEC, {}, "This mount is noexec, so nothing on it can be executed. " OTHER_DIRECTORY},
    {kFiles, EXESEAL_STEP_CREATE, {ENOENT, ENOTDIR, ELOOP}, "There is no such directory. " OTHER_DIRECTORY},
    {kFiles,
     EXESEAL_STEP_CREATE,
     {EPERM, EACCES},
     "The directory's permission bits, a security module or a seccomp filter forbid to create a file in "
     "it. " OTHER_DIRECTORY},
    {kFiles,
     EXESEAL_STEP_CREATE,
     {EOVERFLOW},
     "The file system has no number for this user or group, which is outside of its user namespace. " OTHER_DIRECTORY},
    {kFiles, EXESEAL_STEP_CREATE, {ENOKEY}, "The directory is encrypted and its key is not loaded. " OTHER_DIRECTORY},
    {kFiles,
     EXESEAL_STEP_CREATE,
     {EINVAL, ENODEV, EOPNOTSUPP, ENOSYS},
     "The file system cannot create such a file, or a seccomp filter refuses openat(2), fstatfs(2), unlinkat(2) or "
     "getrandom(2). " OTHER_DIRECTORY},
    {kFiles, kAnyStep, {ENOSPC}, kFull},
    {kFiles, kAnyStep, {EDQUOT}, kOverQuota},
    {kFiles, kAnyStep, {EROFS}, "The file system is read-only, or became so after an error. " OTHER_DIRECTORY},
    {kFiles,
     EXESEAL_STEP_PERMISSIONS,
     {ENOENT, EPERM, EACCES, ENOSYS, EOPNOTSUPP},
     "The file system, a seccomp filter or a security module refuses fchmod(2) or fremovexattr(2). " OTHER_DIRECTORY},
    {kFiles,
     EXESEAL_STEP_REOPEN,
     {ENOENT},
     "There is no usable /proc to open the file again, or the file system lost it with its name. Mount procfs on "
     "/proc, or pass another directory (tmp_dirfd, exeseal run --tmp-dir)."},
    {kFiles,
     EXESEAL_STEP_REOPEN,
     {EPERM, EACCES},
     "The permission bits, the file system (NFS with root_squash), a security module or a seccomp filter forbid to "
     "open the file read-only. " OTHER_DIRECTORY},
    {kFiles,
     EXESEAL_STEP_VERIFY,
     {ENOENT},
     "The file system lost the file with its name, as some servers of 9p and virtiofs do. " OTHER_DIRECTORY},
    {kTmpfiles, EXESEAL_STEP_VERIFY, {ETXTBSY}, kHeldWriter},

    // --- fs-verity ---
    {kVerities,
     EXESEAL_STEP_SEAL,
     {EPERM},
     "A seccomp filter refuses FS_IOC_ENABLE_VERITY, or fs.verity.require_signatures is 1. Allow the ioctl in the "
     "filter, or set the sysctl to 0."},
    {kVerities, EXESEAL_STEP_SEAL, {EACCES}, "A security module refuses to enable fs-verity. Allow it in the policy."},
    {kVerities, EXESEAL_STEP_SEAL, {ENOPKG}, "The kernel lacks SHA-256 for fs-verity. Set CONFIG_CRYPTO_SHA256."},
    {kVerities, EXESEAL_STEP_SEAL, {ETXTBSY}, kHeldWriter},
    {kVerities,
     EXESEAL_STEP_SEAL,
     {EINVAL, ENOTTY, EOPNOTSUPP, ENOSYS},
     "This directory has no fs-verity that holds. Pass one on ext4 with the feature verity (tune2fs -O verity), on "
     "f2fs, or on btrfs with Linux 7.0 (tmp_dirfd, exeseal run --tmp-dir)."},
    {kVerities,
     EXESEAL_STEP_PRIVILEGES,
     {EPERM},
     "The file would keep these privileges if it were handed out as it is. " USE_A_COPY},

    // --- what mounts ---
    {kTmpfses,
     EXESEAL_STEP_CREATE,
     {EOVERFLOW},
     "This user or group has no number in the user namespace. Map it, see user_namespaces(7)."},
    {kTmpfses,
     EXESEAL_STEP_CREATE,
     {EPERM, EACCES, ENOSYS},
     "A security module or a seccomp filter forbids to create a file on a private tmpfs. Allow it."},
    {kTmpfses,
     kAnyStep,
     {ENOSPC},
     "The copy does not fit into the memory that there is for it: half of all for a tmpfs, less with "
     "vm.overcommit_memory=2. Free some memory, or raise vm.overcommit_ratio."},
    {kTmpfses,
     EXESEAL_STEP_REOPEN,
     {EPERM, EACCES},
     "A security module or a seccomp filter forbids to open the copy read-only. Allow it."},
    {kTmpfses, EXESEAL_STEP_READ_ONLY, {EBUSY}, kHeldWriter},
    {kBinds,
     EXESEAL_STEP_READ_ONLY,
     {EBUSY},
     "A child that was forked meanwhile still holds the view's mount. Try again, or fork less during the clone."},
    {kMemfds | kTmpfses,
     EXESEAL_STEP_PERMISSIONS,
     {EPERM, EACCES, ENOSYS},
     "A seccomp filter or a security module refuses fchmod(2). Allow it."},

    {kOverlays, EXESEAL_STEP_MOUNT, {ENODEV}, "The kernel has no overlayfs. Load the module overlay."},
    {kOverlays,
     EXESEAL_STEP_MOUNT,
     {ENOENT},
     "Before Linux 6.13 overlayfs requires a usable /proc. Mount procfs on /proc."},
    {kOverlays,
     EXESEAL_STEP_MOUNT,
     {EINVAL},
     "Overlayfs rejects the source's directory: a mount below it is locked by a user namespace, or the source is on an "
     "overlayfs over another one. " USE_A_COPY},
    {kOverlays, EXESEAL_STEP_MOUNT, {ELOOP}, "Overlayfs finds its layers within each other. " USE_A_COPY},
    {kOverlays,
     EXESEAL_STEP_MOUNT,
     {EBUSY},
     "The source's directory is the upper layer of another overlayfs, and the kernel allows that once "
     "(/sys/module/overlay/parameters/index). " USE_A_COPY},
    {kBinds,
     EXESEAL_STEP_MOUNT,
     {EINVAL},
     "The source is not on a mount of this mount namespace, as a memfd or an unlinked file is not. " USE_A_COPY},
    {kEvery,
     EXESEAL_STEP_MOUNT,
     {EPERM},
     "Mounting requires CAP_SYS_ADMIN over this mount namespace and a seccomp filter that allows it. Run as root, or "
     "use a memfd (mode independent-data-copy)."},
    {kEvery,
     EXESEAL_STEP_MOUNT,
     {ENOSYS},
     "Mounting requires Linux 5.2 and a seccomp filter that allows fsopen(2), fsconfig(2), fsmount(2) and "
     "open_tree(2). Allow them in the filter."},
    {kEvery,
     EXESEAL_STEP_MOUNT,
     {ENOSPC},
     "This user's mount namespaces are used up, to which each detached mount counts. Raise user.max_mnt_namespaces."},
    {kEvery, EXESEAL_STEP_MOUNT, {EACCES}, "A security module refuses to mount. Allow it in the policy."},
    {kEvery, EXESEAL_STEP_MOUNT, {ENODEV}, "The kernel lacks the file system. " USE_A_COPY},
    {kEvery, EXESEAL_STEP_MOUNT, {EINVAL, EOPNOTSUPP}, "This kernel does not mount it in this way. " USE_A_COPY},
    {kBinds,
     EXESEAL_STEP_READ_ONLY,
     {ENOSYS},
     "mount_setattr(2) requires Linux 5.12 and a seccomp filter that allows it. " USE_A_COPY},
    {kEvery,
     EXESEAL_STEP_READ_ONLY,
     {EPERM, ENOSYS},
     "A seccomp filter or Landlock refuses to make the mount read-only. Allow fsconfig(2) and mount_setattr(2)."},
    {kEvery,
     EXESEAL_STEP_READ_ONLY,
     {EACCES},
     "A security module refuses to make the mount read-only. Allow it in the policy."},
    {kEvery, EXESEAL_STEP_READ_ONLY, {EINVAL}, "This kernel cannot make the mount read-only. " USE_A_COPY},

    // --- views ---
    {kViews, EXESEAL_STEP_LOCATE, {EOPNOTSUPP}, "A view requires a file. " USE_A_COPY},
    {kOverlays,
     EXESEAL_STEP_LOCATE,
     {EXDEV},
     "The source's path does not lead to the source: it is unlinked, replaced, covered by a mount, or of another mount "
     "namespace. Overlayfs requires the directory. " USE_A_COPY},
    {kBinds,
     EXESEAL_STEP_LOCATE,
     {EXDEV},
     "The source is on no mount of this mount namespace, and its path does not lead to it either: it is unlinked, "
     "replaced or covered. " USE_A_COPY},
    {kViews, EXESEAL_STEP_LOCATE, {ENOENT, EINVAL}, kMountProc},
    {kViews,
     EXESEAL_STEP_LOCATE,
     {EPERM, EACCES, ENOSYS},
     "The directory's permission bits, a security module or a seccomp filter forbid to look for the source in it. "
     "Grant this user search permission, or use a copy (mode independent-data-copy)."},
    {kViews, EXESEAL_STEP_LOCATE, {ENAMETOOLONG}, "The source's path is too long. " USE_A_COPY},
    {kViews, EXESEAL_STEP_NOEXEC, {}, "The source is on a noexec mount, which a view would get around. " USE_A_COPY},
    {kOverlays,
     EXESEAL_STEP_REOPEN,
     {ENOENT, ELOOP, EPERM, EACCES},
     "The source cannot be opened through overlayfs: it was moved meanwhile, or is not readable. " USE_A_COPY},
    {kBinds, EXESEAL_STEP_REOPEN, {ENOENT}, kMountProc},
    {kBinds,
     EXESEAL_STEP_REOPEN,
     {EPERM, EACCES},
     "The source's permission bits, a security module or a seccomp filter forbid to open the view for reading. Grant "
     "this user read permission."},
    {kOverlays,
     EXESEAL_STEP_VERIFY,
     {EXDEV},
     "Another file shows through overlayfs, because one is mounted over the source's name. " USE_A_COPY},
    {kEvery,
     EXESEAL_STEP_VERIFY,
     {EACCES},
     "This user may not execute the source, and this strategy does not change that. Grant execution, or use a copy "
     "(mode independent-data-copy)."},

    // --- what any strategy may meet at the end ---
    {kEvery,
     EXESEAL_STEP_REOPEN,
     {ENOSYS},
     "A seccomp filter refuses openat(2), statx(2) or fstatfs(2). Allow them in the filter."},
    {kEvery,
     EXESEAL_STEP_VERIFY,
     {EPERM, ENOSYS},
     "A seccomp filter refuses statx(2), fstatfs(2) or ioctl(2), by which the result is checked. Allow them in the "
     "filter."},
    {kEvery,
     EXESEAL_STEP_VERIFY,
     {EIO},
     "The kernel or the file system reported success, and the result says otherwise. Look into the kernel's log."},
    {kNone,
     EXESEAL_STEP_VERIFY,
     {ELOOP},
     "This is a copy already, and finds an unsealed program as itself: /proc shows another program, or a seccomp "
     "filter "
     "or an emulator changes what the kernel answers. Start it where neither is so."},
    {kMemfds | kTmpfiles,
     EXESEAL_STEP_VERIFY,
     {ELOOP},
     "The copy does not look like one, and would copy itself again: seals are not kept here, or an unlinked file keeps "
     "a name. Use Linux 3.17 or later, and pass a directory on a local file system."},

    // --- the source ---
    {kEvery,
     EXESEAL_STEP_PRIVILEGES,
     {EPERM},
     "A copy loses these privileges. Accept that with EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges), "
     "or take them off a program that executes itself."},
    {kEvery,
     EXESEAL_STEP_SOURCE,
     {EPERM, ENOSYS},
     "A seccomp filter or a security module refuses to look at the source. Allow statx(2), fstatfs(2), openat(2) and "
     "fgetxattr(2); EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges) does without the last."},
    {kEvery,
     EXESEAL_STEP_SOURCE,
     {EACCES},
     "The source's permission bits or a security module forbid this user to read it. Grant read permission."},
    {kNone,
     EXESEAL_STEP_SOURCE,
     {EOPNOTSUPP},
     "The running file is not this program's own, as where its loader (ld.so PROGRAM) or an emulator was started. "
     "Start the program itself."},
    {kNone, EXESEAL_STEP_SOURCE, {EISDIR}, "This is a directory. Pass the program in it."},
    {kNone, EXESEAL_STEP_SOURCE, {ENODEV}, "A device or another special file cannot be a program. Pass a file."},
    {kEvery, EXESEAL_STEP_SOURCE, {ENOEXEC}, "The source is empty. Pass a program."},
    {kNone, EXESEAL_STEP_SOURCE, {ENOENT}, kMountProc},
    {kNone, EXESEAL_STEP_SOURCE, {EBADF}, "The descriptor is not open for reading. Open it with O_RDONLY."},

    // --- launching ---
    {kNone,
     EXESEAL_STEP_NO_NEW_PRIVS,
     {},
     "A seccomp filter refuses prctl(2) with PR_SET_NO_NEW_PRIVS. " ALLOW_IN_FILTER},
    {kNone, EXESEAL_STEP_CLOSE_OTHERS, {EBADF}, "A descriptor to keep is not open. Keep open ones only."},
    {kNone,
     EXESEAL_STEP_CLOSE_OTHERS,
     {},
     "close_range(2) with CLOSE_RANGE_CLOEXEC requires Linux 5.11 and a seccomp filter that allows it. Allow it in the "
     "filter, or leave the other descriptors open."},
    {kNone,
     EXESEAL_STEP_CAPABILITIES,
     {EPERM},
     "This thread may not change the set that is named: the bounding set requires CAP_SETPCAP, the others what they "
     "are to hold in the permitted set. Run with these capabilities, or keep fewer."},
    {kNone,
     EXESEAL_STEP_CAPABILITIES,
     {EINVAL},
     "The kernel does not know one of the capabilities. Name those up to /proc/sys/kernel/cap_last_cap."},
    {kNone,
     EXESEAL_STEP_DIRECTORY,
     {EACCES},
     "This user may not search the working directory. Grant search permission, or choose another directory."},
    {kNone, EXESEAL_STEP_DIRECTORY, {}, "The descriptor is not a usable directory. Pass an open directory."},
    {kNone, EXESEAL_STEP_DEATH_SIGNAL, {}, "A seccomp filter refuses prctl(2) with PR_SET_PDEATHSIG. " ALLOW_IN_FILTER},
    {kNone,
     EXESEAL_STEP_LANDLOCK,
     {ENOSYS},
     "Landlock requires Linux 5.13, CONFIG_SECURITY_LANDLOCK and a seccomp filter that allows it. Use "
     "EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE (exeseal run --landlock-if-possible) to continue without it."},
    {kNone,
     EXESEAL_STEP_LANDLOCK,
     {EOPNOTSUPP},
     "Landlock is in this kernel and not enabled. Add landlock to lsm= on the kernel's command line."},
    {kNone,
     EXESEAL_STEP_LANDLOCK,
     {EPERM},
     "Landlock requires no_new_privs or CAP_SYS_ADMIN. Set EXESEAL_EXEC_NO_NEW_PRIVS (exeseal run --no-new-privs)."},
    {kNone,
     EXESEAL_STEP_LANDLOCK,
     {EINVAL},
     "A script's interpreter runs any other script too, so Landlock cannot confine it. Restrict a program."},
    {kNone,
     EXESEAL_STEP_LANDLOCK,
     {E2BIG},
     "This thread is in as many Landlock domains as there can be (16). Start it from outside of them."},
    {kNone,
     EXESEAL_STEP_SPAWN,
     {EAGAIN},
     "The limit of processes is reached, RLIMIT_NPROC or that of the pids cgroup (pids.max). Raise it."},
    {kNone,
     EXESEAL_STEP_SPAWN,
     {EBADF},
     "A descriptor to map is not open, or its new number is above RLIMIT_NOFILE. Map open ones below the limit."},
    {kNone,
     EXESEAL_STEP_SPAWN,
     {ECHILD},
     "The child was killed before it executed, by a signal to its group, a seccomp filter or a limit. Look into the "
     "kernel's log."},
    {kNone,
     EXESEAL_STEP_SPAWN,
     {EPERM, ENOSYS},
     "A seccomp filter refuses clone(2), or what is named. " ALLOW_IN_FILTER},
    {kNone, EXESEAL_STEP_SPAWN, {EINVAL}, "clone(2) with CLONE_PIDFD requires Linux 5.2. Use a later kernel."},
    {kNone,
     EXESEAL_STEP_SCRIPT,
     {},
     "The script's interpreter, or an emulator, could not open it. Set EXESEAL_EXEC_SCRIPT, and mount procfs on "
     "/proc."},
    {kNone,
     EXESEAL_STEP_INTERPRETER,
     {ENOEXEC},
     "The interpreter is no program that runs here. Install one that does."},
    {kNone,
     EXESEAL_STEP_INTERPRETER,
     {EACCES},
     "This user may not execute the interpreter that the image names. Grant execution."},
    {kNone,
     EXESEAL_STEP_INTERPRETER,
     {ENOTDIR},
     "The path of the interpreter that the image names leads through a file. Install the interpreter there."},
    {kNone,
     EXESEAL_STEP_INTERPRETER,
     {ENOENT},
     "The interpreter that the image names, or one that this requires in turn, is not there. Install it, or use a "
     "static program."},
    {kNone,
     EXESEAL_STEP_ARCHITECTURE,
     {},
     "The program is for another architecture. Use one for this machine, or install an emulator (binfmt_misc)."},
    {kNone,
     EXESEAL_STEP_FORMAT,
     {},
     "This is no program: neither a script nor a complete ELF executable. Pass a program."},
    {kNone,
     EXESEAL_STEP_PROC_EXEC,
     {ENOENT},
     "/proc is missing or is no procfs, or the interpreter that the program names is not there. Mount procfs on /proc, "
     "or install the interpreter."},
    {kNone, EXESEAL_STEP_PROC_EXEC, {EPERM, ENOSYS}, kExecutionRefused},
    {kNone, EXESEAL_STEP_PROC_EXEC, {EACCES}, kMayNotExecute},
    {kEvery, EXESEAL_STEP_EXECVEAT, {EPERM, ENOSYS}, kExecutionRefused},
    {kEvery, EXESEAL_STEP_EXECVEAT, {EACCES}, kMayNotExecute},
    {kNone, EXESEAL_STEP_EXECVEAT, {ETXTBSY}, "Somebody has the file open for writing. Close it everywhere."},
    {kNone,
     EXESEAL_STEP_EXECVEAT,
     {EAGAIN},
     "This user has more processes than RLIMIT_NPROC allows, see execve(2). Raise it."},
    {kNone,
     EXESEAL_STEP_EXECVEAT,
     {E2BIG},
     "The arguments and the environment do not fit into a quarter of RLIMIT_STACK. Pass less, or raise it."},
    {kNone,
     EXESEAL_STEP_POLICY,
     {},
     "Permission bits and mount allow it, so one of the policies that are named forbids it (IMA appraisal requires a "
     "signature in security.ima, which no copy has). Look into the kernel's log."},
};

} // namespace

std::span<const Hint> hints() {
    return kHints;
}

const char *hint(uint32_t strategy, uint32_t step, int error) {
    for (const Hint &row : kHints)
        if (has(row.strategies, strategy) && (row.step == kAnyStep || row.step == step) &&
            (row.errors.is_empty() || row.errors.has(error)))
            return row.text;
    return nullptr;
}

} // namespace exeseal
