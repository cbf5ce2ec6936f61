// SPDX-License-Identifier: MIT
// What helps whatever the strategy, and where none was being tried: the source, and launching.
#include "base/advice.h"

#include "exeseal.h"

#include <cerrno>

namespace exeseal {
namespace {

constexpr const char *kExecutionRefused =
    "A seccomp filter or a security module refuses to execute it. Allow execveat(2) and execve(2).";
constexpr const char *kMayNotExecute = "The permission bits, a noexec mount or a security module (SELinux, AppArmor, "
                                       "Landlock) forbid to execute it. Grant execution.";

constexpr Advice kAtAnyStep[] = {
    {kAnyStep, {EMFILE}, "This process is out of descriptors. Close some, or raise RLIMIT_NOFILE."},
    {kAnyStep, {ENFILE}, "The system is out of descriptors. Raise fs.file-max."},
    {kAnyStep,
     {ENOMEM},
     "Memory is exhausted, or a limit on it is reached: that of the memory cgroup (memory.max), or the kernel's with "
     "vm.overcommit_memory=2. Free some memory, or raise the limit."},
    {kAnyStep,
     {ESTALE},
     "The source changed while it was read, or its server removed it. Try again when its writer has finished."},
};

constexpr Advice kOfAnyStrategy[] = {
    {EXESEAL_STEP_PRIVILEGES,
     {EPERM},
     "A copy loses these privileges. Accept that with EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges), "
     "or take them off a program that executes itself."},
    {EXESEAL_STEP_SOURCE,
     {EPERM, ENOSYS},
     "A seccomp filter or a security module refuses to look at the source. Allow statx(2), fstatfs(2), openat(2) and "
     "fgetxattr(2); EXESEAL_CLONE_DROP_PRIVILEGES (exeseal run --drop-privileges) does without the last."},
    {EXESEAL_STEP_SOURCE,
     {EACCES},
     "The source's permission bits or a security module forbid this user to read it. Grant read permission."},
    {EXESEAL_STEP_SOURCE, {ENOEXEC}, "The source is empty. Pass a program."},
    {EXESEAL_STEP_EXECVEAT, {EPERM, ENOSYS}, kExecutionRefused},
    {EXESEAL_STEP_EXECVEAT, {EACCES}, kMayNotExecute},
};

// The narrow rows stand first.
constexpr Advice kOfNoStrategy[] = {
    {EXESEAL_STEP_VERIFY,
     {ELOOP},
     "This is a copy already, and finds an unsealed program as itself: /proc shows another program, or a seccomp "
     "filter or an emulator changes what the kernel answers. Start it where neither is so."},
    {EXESEAL_STEP_SOURCE,
     {EOPNOTSUPP},
     "The running file is not this program's own, as where its loader (ld.so PROGRAM) or an emulator was started. "
     "Start the program itself."},
    {EXESEAL_STEP_SOURCE, {EISDIR}, "This is a directory. Pass the program in it."},
    {EXESEAL_STEP_SOURCE, {ENODEV}, "A device or another special file cannot be a program. Pass a file."},
    {EXESEAL_STEP_SOURCE, {ENOENT}, kMountProc},
    {EXESEAL_STEP_SOURCE, {EBADF}, "The descriptor is not open for reading. Open it with O_RDONLY."},
    {EXESEAL_STEP_NO_NEW_PRIVS, {}, "A seccomp filter refuses prctl(2) with PR_SET_NO_NEW_PRIVS. " ALLOW_IN_FILTER},
    {EXESEAL_STEP_CLOSE_OTHERS, {EBADF}, "A descriptor to keep is not open. Keep open ones only."},
    {EXESEAL_STEP_CLOSE_OTHERS,
     {},
     "close_range(2) with CLOSE_RANGE_CLOEXEC requires Linux 5.11 and a seccomp filter that allows it. Allow it in the "
     "filter, or leave the other descriptors open."},
    {EXESEAL_STEP_CAPABILITIES,
     {EPERM},
     "This thread may not change the set that is named: the bounding set requires CAP_SETPCAP, the others what they "
     "are to hold in the permitted set. Run with these capabilities, or keep fewer."},
    {EXESEAL_STEP_CAPABILITIES,
     {EINVAL},
     "The kernel does not know one of the capabilities. Name those up to /proc/sys/kernel/cap_last_cap."},
    {EXESEAL_STEP_DIRECTORY,
     {EACCES},
     "This user may not search the working directory. Grant search permission, or choose another directory."},
    {EXESEAL_STEP_DIRECTORY, {}, "The descriptor is not a usable directory. Pass an open directory."},
    {EXESEAL_STEP_DEATH_SIGNAL, {}, "A seccomp filter refuses prctl(2) with PR_SET_PDEATHSIG. " ALLOW_IN_FILTER},
    {EXESEAL_STEP_LANDLOCK,
     {ENOSYS},
     "Landlock requires Linux 5.13, CONFIG_SECURITY_LANDLOCK and a seccomp filter that allows it. Use "
     "EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE (exeseal run --landlock-if-possible) to continue without it."},
    {EXESEAL_STEP_LANDLOCK,
     {EOPNOTSUPP},
     "Landlock is in this kernel and not enabled. Add landlock to lsm= on the kernel's command line."},
    {EXESEAL_STEP_LANDLOCK,
     {EPERM},
     "Landlock requires no_new_privs or CAP_SYS_ADMIN. Set EXESEAL_EXEC_NO_NEW_PRIVS (exeseal run --no-new-privs)."},
    {EXESEAL_STEP_LANDLOCK,
     {EINVAL},
     "A script's interpreter runs any other script too, so Landlock cannot confine it. Restrict a program."},
    {EXESEAL_STEP_LANDLOCK,
     {E2BIG},
     "This thread is in as many Landlock domains as there can be (16). Start it from outside of them."},
    {EXESEAL_STEP_SPAWN,
     {EAGAIN},
     "The limit of processes is reached, RLIMIT_NPROC or that of the pids cgroup (pids.max). Raise it."},
    {EXESEAL_STEP_SPAWN,
     {EBADF},
     "A descriptor to map is not open, or its new number is above RLIMIT_NOFILE. Map open ones below the limit."},
    {EXESEAL_STEP_SPAWN,
     {ECHILD},
     "The child was killed before it executed, by a signal to its group, a seccomp filter or a limit. Look into the "
     "kernel's log."},
    {EXESEAL_STEP_SPAWN, {EPERM, ENOSYS}, "A seccomp filter refuses clone(2), or what is named. " ALLOW_IN_FILTER},
    {EXESEAL_STEP_SPAWN, {EINVAL}, "clone(2) with CLONE_PIDFD requires Linux 5.2. Use a later kernel."},
    {EXESEAL_STEP_SCRIPT,
     {},
     "The script's interpreter, or an emulator, could not open it. Set EXESEAL_EXEC_SCRIPT, and mount procfs on "
     "/proc."},
    {EXESEAL_STEP_INTERPRETER, {ENOEXEC}, "The interpreter is no program that runs here. Install one that does."},
    {EXESEAL_STEP_INTERPRETER,
     {EACCES},
     "This user may not execute the interpreter that the image names. Grant execution."},
    {EXESEAL_STEP_INTERPRETER,
     {ENOTDIR},
     "The path of the interpreter that the image names leads through a file. Install the interpreter there."},
    {EXESEAL_STEP_INTERPRETER,
     {ENOENT},
     "The interpreter that the image names, or one that this requires in turn, is not there. Install it, or use a "
     "static program."},
    {EXESEAL_STEP_ARCHITECTURE,
     {},
     "The program is for another architecture. Use one for this machine, or install an emulator (binfmt_misc)."},
    {EXESEAL_STEP_FORMAT, {}, "This is no program: neither a script nor a complete ELF executable. Pass a program."},
    {EXESEAL_STEP_PROC_EXEC,
     {ENOENT},
     "/proc is missing or is no procfs, or the interpreter that the program names is not there. Mount procfs on /proc, "
     "or install the interpreter."},
    {EXESEAL_STEP_PROC_EXEC, {EPERM, ENOSYS}, kExecutionRefused},
    {EXESEAL_STEP_PROC_EXEC, {EACCES}, kMayNotExecute},
    {EXESEAL_STEP_EXECVEAT, {ETXTBSY}, "Somebody has the file open for writing. Close it everywhere."},
    {EXESEAL_STEP_EXECVEAT,
     {EAGAIN},
     "This user has more processes than RLIMIT_NPROC allows, see execve(2). Raise it."},
    {EXESEAL_STEP_EXECVEAT,
     {E2BIG},
     "The arguments and the environment do not fit into a quarter of RLIMIT_STACK. Pass less, or raise it."},
    {EXESEAL_STEP_POLICY,
     {},
     "Permission bits and mount allow it, so one of the policies that are named forbids it (IMA appraisal requires a "
     "signature in security.ima, which no copy has). Look into the kernel's log."},
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
