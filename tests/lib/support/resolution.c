/* SPDX-License-Identifier: MIT */
#include "resolution.h"

#include "sandbox.h"

#include <grp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

struct resolved resolved;

void enter_empty_root(void) {
    use_private_mounts();
    umask(0);
    cover_with_tmpfs("/mnt", 0);
    check(chmod("/mnt", 0755) == 0 && mkdir("/mnt/proc", 0555) == 0);
    check(mount("/proc", "/mnt/proc", NULL, MS_BIND | MS_REC, NULL) == 0);
    check(chdir("/mnt") == 0 &&
          /* after chroot(2) no user namespace can be created */
          syscall(SYS_pivot_root, ".", ".") == 0);
    check(umount2(".", MNT_DETACH) == 0 && chdir("/") == 0);
}

static void make_parents(const char *path) {
    char parent[8192];
    snprintf(parent, sizeof parent, "%s", path);
    for (char *slash = strchr(parent + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        check(mkdir(parent, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
}

static void change(const char *path, mode_t mode, uid_t owner) {
    check(chown(path, owner, 0) == 0);
    check(chmod(path, mode) == 0);
}

void put_directory(const char *path, mode_t mode, uid_t owner) {
    make_parents(path);
    check(mkdir(path, 0755) == 0 || errno == EEXIST);
    change(path, mode, owner);
}

void put_file(const char *path, const char *text, mode_t mode, uid_t owner) {
    make_parents(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(fd >= 0);
    check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    change(path, mode, owner);
}

void put_link(const char *path, const char *target) {
    make_parents(path);
    check(symlink(target, path) == 0);
}

void make_program_tree(void) {
    put_file(PROGRAM, "program", 0755, 0);
}

void become_user(uid_t user) {
    if (user == 0)
        return;
    check(setgroups(0, NULL) == 0);
    check(setresgid(user, user, user) == 0);
    check(setresuid(user, user, user) == 0);
    check(prctl(PR_SET_DUMPABLE, 1) == 0);
}

void resolve_with(const char *name, const char *directories, const char *path, uint64_t flags) {
    struct exeseal_resolve_options options = {.flags = flags};
    memset(&resolved, '#', sizeof resolved);
    resolved.fd = exeseal_resolve(name, directories, path, &options, sizeof options, &resolved.resolution,
                                  sizeof resolved.resolution, resolved.why, sizeof resolved.why);
}

void resolve(const char *name) {
    resolve_with(name, NULL, NULL, 0);
}

void check_found_at(const char *path) {
    struct stat wanted, got;
    if (resolved.fd < 0)
        dprintf(STDERR_FILENO, "%s: %s\n%s", path, strerror(-resolved.fd), resolved.why);
    check(resolved.fd >= 3);
    check(is_close_on_exec(resolved.fd));
    check(stat(path, &wanted) == 0 && fstat(resolved.fd, &got) == 0);
    check(wanted.st_dev == got.st_dev && wanted.st_ino == got.st_ino);
    close(resolved.fd);
}

void check_found_as(const char *path, const char *resolved_path) {
    if (strcmp(resolved.resolution.path, path) != 0 || strcmp(resolved.resolution.resolved, resolved_path) != 0)
        dprintf(STDERR_FILENO, "%s is %s, not %s, %s\n", resolved.resolution.path, resolved.resolution.resolved, path,
                resolved_path);
    check(strcmp(resolved.resolution.path, path) == 0);
    check(strcmp(resolved.resolution.resolved, resolved_path) == 0);
    check_found_at(path);
}

void check_refused(const char *why) {
    if (resolved.fd != -EPERM || strcmp(resolved.why, why) != 0)
        dprintf(STDERR_FILENO, "%d, not EPERM; why is\n%snot\n%s", resolved.fd, resolved.why, why);
    check_equal(resolved.fd, -EPERM);
    check(strcmp(resolved.why, why) == 0);
    check(resolved.resolution.flags == 0 && resolved.resolution.path[0] == '\0' &&
          resolved.resolution.resolved[0] == '\0');
}
