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
    {EXESEAL_STRATEGY_NONE, EXESEAL_STEP_REQUIRE, kAnyError,
     "this version has no strategy for this mode: use another mode"},
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

    {kAnyStrategy, EXESEAL_STEP_PRIVILEGES, EPERM,
     "a copy loses these privileges: accept that with EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges)"},
    {kAnyStrategy, EXESEAL_STEP_PRIVILEGES, kAnyError,
     "whether the source has file capabilities cannot be read: accept their loss with EXESEAL_CLONE_DROP_PRIVILEGES "
     "(exeseal run --drop-privileges)"},
    {kAnyStrategy, EXESEAL_STEP_LIMIT, EFBIG, "the source is larger than this limit: raise it"},
    {kAnyStrategy, EXESEAL_STEP_REQUIRE, EOPNOTSUPP,
     "this guarantee is not to be had this way: require less, or fix what failed above"},
    {kAnyStrategy, EXESEAL_STEP_STABILITY, EOPNOTSUPP,
     "no proof that the source keeps still: nobody may have it open for writing, and a lease takes its owner or "
     "CAP_LEASE"},
    {kAnyStrategy, kAnyStep, ESTALE, "the source changed while it was read: try again when its writer is done"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, EISDIR, "this is a directory: pass the program in it"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, ENODEV, "a device or another special file cannot be a program"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, ENOEXEC, "the source is empty"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, EACCES, "no permission to read the source: a copy takes reading it"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, ENOENT, "there is no usable /proc: mount it"},
    {kAnyStrategy, EXESEAL_STEP_SOURCE, EBADF, "the descriptor is not open for reading"},
    {kAnyStrategy, EXESEAL_STEP_CLOSE_OTHERS, EBADF, "a descriptor to keep is not open"},
    {kAnyStrategy, EXESEAL_STEP_CLOSE_OTHERS, kAnyError,
     "close_range(2) with CLOSE_RANGE_CLOEXEC needs Linux 5.11, and no filter against it"},
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
     "no x bit, a noexec mount, or a policy (Landlock, SELinux, AppArmor, IMA) against it"},
    {kAnyStrategy, kAnyStep, ENOMEM,
     "out of memory, or over the limit of the memory cgroup that is charged for the copy"},
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
