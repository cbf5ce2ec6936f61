/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "support.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

static void add_filter(struct sock_filter *code, size_t count) {
    struct sock_fprog program = {(unsigned short)count, code};
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        child_skip("this kernel takes no seccomp filters");
}

static void answer_system_call(long number, unsigned answer) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    add_filter(code, COUNT(code));
}

void refuse_system_call(long number, int error) {
    answer_system_call(number, SECCOMP_RET_ERRNO | (unsigned)error);
}

void trap_system_call(long number) {
    answer_system_call(number, SECCOMP_RET_TRAP);
}

void kill_at_system_call(long number) {
    answer_system_call(number, SECCOMP_RET_KILL_PROCESS);
}

void refuse_system_call_with(long number, unsigned which, unsigned argument, int error) {
    unsigned low_half = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, args) + 8 * which + low_half),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    add_filter(code, COUNT(code));
}

static bool can_open_filesystem(const char *type) {
    int context = (int)syscall(SYS_fsopen, type, 1 /* FSOPEN_CLOEXEC */);
    if (context >= 0)
        close(context);
    return context >= 0;
}

void skip_unless_mountable(const char *type) {
    if (!can_open_filesystem(type))
        child_skip("nothing can be mounted here");
}

struct exeseal_clone_options leave_only(uint32_t strategy) {
    struct exeseal_clone_options options = {0};
    switch (strategy) {
    case EXESEAL_STRATEGY_TMPFS:
        skip_unless_mountable("tmpfs");
        refuse_system_call(SYS_memfd_create, EPERM);
        break;
    case EXESEAL_STRATEGY_TMPFILE:
        refuse_system_call(SYS_memfd_create, EPERM);
        refuse_system_call(SYS_fsopen, ENOSYS);
        break;
    case EXESEAL_STRATEGY_OVERLAY:
        skip_unless_mountable("overlay");
        options.mode = EXESEAL_MODE_RO_SHARED_PAGE;
        break;
    case EXESEAL_STRATEGY_BIND:
        skip_unless_mountable("tmpfs");
        refuse_system_call(SYS_fsopen, ENOSYS);
        options.mode = EXESEAL_MODE_RO_SHARED_PAGE;
        break;
    default:
        break;
    }
    return options;
}

const struct way ways[WAYS] = {
    {EXESEAL_STRATEGY_MEMFD, false},   {EXESEAL_STRATEGY_MEMFD, true},   {EXESEAL_STRATEGY_TMPFILE, false},
    {EXESEAL_STRATEGY_TMPFILE, true},  {EXESEAL_STRATEGY_TMPFS, false},  {EXESEAL_STRATEGY_TMPFS, true},
    {EXESEAL_STRATEGY_OVERLAY, false}, {EXESEAL_STRATEGY_OVERLAY, true}, {EXESEAL_STRATEGY_BIND, false},
    {EXESEAL_STRATEGY_BIND, true},
};

struct exeseal_clone_options take_way(const struct way *way) {
    if (way->rootless)
        become_rootless(way->strategy);
    return leave_only(way->strategy);
}

void use_private_mounts(void) {
    if (unshare(CLONE_NEWNS) < 0)
        child_skip("no mount namespace to be had");
    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

void cover_with_tmpfs(const char *directory, unsigned long flags) {
    check(mount("tmpfs", directory, "tmpfs", flags, "mode=1777") == 0);
}

static bool write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return written;
}

static void set_memfd_noexec(const char *value) {
    int fd = open("/proc/sys/vm/memfd_noexec", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        child_skip("vm.memfd_noexec needs Linux 6.3 and /proc/sys");
    check(write(fd, value, strlen(value)) == (ssize_t)strlen(value));
    char now = '\0';
    check(pread(fd, &now, 1, 0) == 1 && now == value[0]);
    close(fd);
}

static void in_new_namespaces(void *argument) {
    const struct memfd_policy *policy = argument;
    use_private_mounts();
    if (mount("proc", "/proc", "proc", 0, NULL) < 0)
        child_skip("no procfs of this PID namespace to be had");
    set_memfd_noexec(policy->noexec);
    policy->then(policy->argument);
}

/* This process's next child is the first process of the namespace. */
void under_memfd_policy(void *policy) {
    if (unshare(CLONE_NEWPID) < 0)
        child_skip("no PID namespace to be had");
    int status = in_child(in_new_namespaces, policy);
    _exit(status);
}

void cover_proc_exe(const char *path) {
    static const char *const entries[] = {"/proc/self/exe", "/proc/thread-self/exe"};
    for (size_t i = 0; i < COUNT(entries); i++) {
        int tree = (int)syscall(428 /* open_tree */, AT_FDCWD, path, 1 /* CLONE */ | O_CLOEXEC);
        int entry = open(entries[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
        /* move_mount(2), where 0x44 says that both paths are empty. */
        if (tree < 0 || syscall(429, tree, "", entry, "", 0x44) < 0)
            child_skip("nothing can be mounted over /proc/self/exe here");
        close(tree);
        close(entry);
    }
}

bool enter_user_namespace(void) {
    char uids[64], gids[64];
    snprintf(uids, sizeof uids, "0 %d 1", (int)geteuid());
    snprintf(gids, sizeof gids, "0 %d 1", (int)getegid());
    if (unshare(CLONE_NEWUSER) < 0)
        return false;
    if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", uids) ||
        !write_text("/proc/self/gid_map", gids))
        child_skip("the maps of a user namespace cannot be written");
    check_equal(geteuid(), 0);
    return true;
}

void become_root_of_user_namespace(void) {
    if (!enter_user_namespace())
        child_skip("no user namespace to be had");
}

static bool mounts(uint32_t strategy) {
    return strategy == EXESEAL_STRATEGY_TMPFS || strategy == EXESEAL_STRATEGY_OVERLAY ||
           strategy == EXESEAL_STRATEGY_BIND;
}

void become_rootless(uint32_t strategy) {
    become_ordinary_user();
    if (!mounts(strategy))
        return;
    become_root_of_user_namespace();
    use_private_mounts();
}
