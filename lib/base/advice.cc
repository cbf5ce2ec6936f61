// SPDX-License-Identifier: MIT
// The advice that does not depend on a strategy: for the source, and for launching.
#include "base/advice.h"

#include "exeseal.h"

#include <cerrno>

namespace exeseal {
namespace {

constexpr const char *kExecutionRefused =
    "A seccomp filter or a security module refuses to execute the program. Allow execveat(2) and execve(2).";
constexpr const char *kMayNotExecute = "The permission bits, a noexec mount or a security module (SELinux, AppArmor, "
                                       "Landlock) forbid execution. Grant execute permission.";

constexpr Advice kAtAnyStep[] = {
    {kAnyStep, {EMFILE}, "This process is out of file descriptors. Close some, or raise RLIMIT_NOFILE."},
    {kAnyStep, {ENFILE}, "The system has reached its limit on open files. Raise fs.file-max."},
    {kAnyStep,
     {ENOMEM},
     "Memory is exhausted, or a memory limit is reached: memory.max of the memory cgroup, or the commit limit with "
     "vm.overcommit_memory=2. Free some memory, or raise the limit."},
    {kAnyStep,
     {ESTALE},
     "The source changed while it was read, or its file server removed it. Try again when its writer has finished."},
};

constexpr Advice kOfAnyStrategy[] = {
    {EXESEAL_STEP_PRIVILEGES,
     {EPERM},
     "A copy loses the source's setuid bit, setgid bit and file capabilities. Accept that with "
     "EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges), or remove them from a program that seals itself."},
    {EXESEAL_STEP_SOURCE,
     {EPERM, ENOSYS},
     "A seccomp filter or a security module refuses access to the source. Allow statx(2), fstatfs(2), openat(2) and "
     "fgetxattr(2); EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges) makes fgetxattr(2) unnecessary."},
    {EXESEAL_STEP_SOURCE,
     {EACCES},
     "The permission bits or a security module forbid this user to read the source. Grant read permission."},
    {EXESEAL_STEP_SOURCE, {ENOEXEC}, "The source is empty. Pass a program."},
    {EXESEAL_STEP_EXECVEAT, {EPERM, ENOSYS}, kExecutionRefused},
    {EXESEAL_STEP_EXECVEAT, {EACCES}, kMayNotExecute},
};

// Rows for named errnos precede the row for any errno of the same step.
constexpr Advice kOfNoStrategy[] = {
    {EXESEAL_STEP_VERIFY,
     {ELOOP},
     "This process runs from a copy, but finds an unsealed program as itself: /proc shows another program, or a "
     "seccomp filter or an emulator forges answers. Start it with a genuine /proc and without that filter or "
     "emulator."},
    {EXESEAL_STEP_SOURCE,
     {EOPNOTSUPP},
     "The running file is not this program, for example because its loader (ld.so PROGRAM) or an emulator was started. "
     "Start the program itself."},
    {EXESEAL_STEP_SOURCE, {EISDIR}, "The source is a directory. Pass the program in it."},
    {EXESEAL_STEP_SOURCE, {ENODEV}, "The source is a device or another special file. Pass a program."},
    {EXESEAL_STEP_SOURCE, {ENOENT}, kMountProc},
    {EXESEAL_STEP_SOURCE, {EBADF}, "The descriptor is not open for reading. Open it with O_RDONLY."},
    {EXESEAL_STEP_NO_NEW_PRIVS, {}, "A seccomp filter refuses prctl(2) with PR_SET_NO_NEW_PRIVS. " ALLOW_IN_FILTER},
    {EXESEAL_STEP_CLOSE_OTHERS, {EBADF}, "A descriptor to keep is not open. Keep only open descriptors."},
    {EXESEAL_STEP_CLOSE_OTHERS,
     {},
     "close_range(2) with CLOSE_RANGE_CLOEXEC requires Linux 5.11, and a seccomp filter may refuse it. Allow it in the "
     "filter, or leave the other descriptors open."},
    {EXESEAL_STEP_CAPABILITIES,
     {EPERM},
     "This thread may not change the named set: the bounding set requires CAP_SETPCAP, every other set requires its "
     "new capabilities in the permitted set. Run with these capabilities, or keep fewer."},
    {EXESEAL_STEP_CAPABILITIES,
     {EINVAL},
     "The kernel does not know one of the capabilities. Name only those up to /proc/sys/kernel/cap_last_cap."},
    {EXESEAL_STEP_DIRECTORY,
     {EACCES},
     "This user may not search the working directory. Grant search permission, or choose another directory."},
    {EXESEAL_STEP_DIRECTORY, {}, "The descriptor is not a usable directory. Pass an open directory."},
    {EXESEAL_STEP_DEATH_SIGNAL, {}, "A seccomp filter refuses prctl(2) with PR_SET_PDEATHSIG. " ALLOW_IN_FILTER},
    {EXESEAL_STEP_LANDLOCK,
     {ENOSYS},
     "Landlock requires Linux 5.13 and CONFIG_SECURITY_LANDLOCK, and a seccomp filter may refuse it. Use "
     "EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE (exeseal run --landlock-if-possible) to continue without it."},
    {EXESEAL_STEP_LANDLOCK,
     {EOPNOTSUPP},
     "Landlock is built into this kernel but not enabled. Add landlock to lsm= on the kernel command line."},
    {EXESEAL_STEP_LANDLOCK,
     {EPERM},
     "Landlock requires no_new_privs or CAP_SYS_ADMIN. Set EXESEAL_EXEC_NO_NEW_PRIVS (exeseal run --no-new-privs)."},
    {EXESEAL_STEP_LANDLOCK,
     {EINVAL},
     "Landlock cannot confine a script, because its interpreter could run any other script. Use a program that is not "
     "a script."},
    {EXESEAL_STEP_LANDLOCK,
     {E2BIG},
     "This thread is already in 16 Landlock domains, the maximum. Start it from a process in fewer domains."},
    {EXESEAL_STEP_SPAWN,
     {EAGAIN},
     "The limit on processes is reached: RLIMIT_NPROC, or pids.max of the pids cgroup. Raise the limit."},
    {EXESEAL_STEP_SPAWN,
     {EBADF},
     "A descriptor to map is not open, or its new number is not below RLIMIT_NOFILE. Map only open descriptors, to "
     "numbers below the limit."},
    {EXESEAL_STEP_SPAWN,
     {ECHILD},
     "The child was killed before it executed the program: by a signal to its process group, a seccomp filter or a "
     "resource limit. Check the kernel log."},
    {EXESEAL_STEP_SPAWN, {EPERM, ENOSYS}, "A seccomp filter refuses clone(2) or the named operation. " ALLOW_IN_FILTER},
    {EXESEAL_STEP_SPAWN, {EINVAL}, "clone(2) with CLONE_PIDFD requires Linux 5.2. Use a newer kernel."},
    {EXESEAL_STEP_SCRIPT,
     {},
     "The script's interpreter or an emulator cannot open the script. Set EXESEAL_EXEC_SCRIPT, and mount procfs on "
     "/proc."},
    {EXESEAL_STEP_INTERPRETER, {ENOEXEC}, "The interpreter cannot run on this machine. Install one that can."},
    {EXESEAL_STEP_INTERPRETER,
     {EACCES},
     "This user may not execute the interpreter named in the image. Grant execute permission."},
    {EXESEAL_STEP_INTERPRETER,
     {ENOTDIR},
     "A component of the interpreter's path is not a directory. Install the interpreter at the path that the image "
     "names."},
    {EXESEAL_STEP_INTERPRETER,
     {ENOENT},
     "The interpreter named in the image, or an interpreter that it requires in turn, does not exist. Install it, or "
     "use a static program."},
    {EXESEAL_STEP_ARCHITECTURE,
     {},
     "The program is for another architecture. Use one for this machine, or install an emulator (binfmt_misc)."},
    {EXESEAL_STEP_FORMAT, {}, "The file is neither a script nor a complete ELF executable. Pass a program."},
    {EXESEAL_STEP_PROC_EXEC,
     {ENOENT},
     "/proc is missing or is not a procfs, or the interpreter named in the image does not exist. Mount procfs on "
     "/proc, or install the interpreter."},
    {EXESEAL_STEP_PROC_EXEC, {EPERM, ENOSYS}, kExecutionRefused},
    {EXESEAL_STEP_PROC_EXEC, {EACCES}, kMayNotExecute},
    {EXESEAL_STEP_EXECVEAT, {ETXTBSY}, "The file is still open for writing. Close every writable descriptor."},
    {EXESEAL_STEP_EXECVEAT,
     {EAGAIN},
     "This user has more processes than RLIMIT_NPROC allows (see execve(2)). Raise the limit."},
    {EXESEAL_STEP_EXECVEAT,
     {E2BIG},
     "The arguments and the environment exceed a quarter of RLIMIT_STACK. Pass less, or raise the limit."},
    {EXESEAL_STEP_POLICY,
     {},
     "The permission bits and the mount allow execution, so one of the named policies forbids it (IMA appraisal "
     "requires a signature in security.ima, which no copy has). Check the kernel log."},
};

const char *find(std::span<const Advice> table, uint32_t step, int error) {
    for (const Advice &row : table)
        if ((row.step == kAnyStep || row.step == step) && (row.errors.is_empty() || row.errors.has(error)))
            return row.text;
    return nullptr;
}

bool has_strategies() {
#ifdef EXESEAL_BASE_ALONE
    return advice_of_strategy != nullptr;
#else
    return true;
#endif
}

} // namespace

std::span<const Advice> advice_at_any_step() {
    return kAtAnyStep;
}
std::span<const Advice> advice_of_any_strategy() {
    return kOfAnyStrategy;
}
std::span<const Advice> advice_of_no_strategy() {
    return kOfNoStrategy;
}

const char *advice(uint32_t strategy, uint32_t step, int error) {
    const char *text = find(kAtAnyStep, step, error);
    if (text == nullptr && has_strategies())
        text = advice_of_strategy(strategy, step, error);
    if (text == nullptr)
        text = find(kOfAnyStrategy, step, error);
    if (text == nullptr && strategy == EXESEAL_STRATEGY_NONE)
        text = find(kOfNoStrategy, step, error);
    return text;
}

} // namespace exeseal
