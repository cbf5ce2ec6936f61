/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "support.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

void refuse_system_call(long number, int error) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(code), code};
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        child_skip("this kernel takes no seccomp filters");
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

void become_root_of_user_namespace(void) {
    char uids[64], gids[64];
    snprintf(uids, sizeof uids, "0 %d 1", (int)geteuid());
    snprintf(gids, sizeof gids, "0 %d 1", (int)getegid());
    if (unshare(CLONE_NEWUSER) < 0)
        child_skip("no user namespace to be had");
    if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", uids) ||
        !write_text("/proc/self/gid_map", gids))
        child_skip("the maps of a user namespace cannot be written");
    check_equal(geteuid(), 0);
}
