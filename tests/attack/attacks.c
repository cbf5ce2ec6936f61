/* SPDX-License-Identifier: MIT */
#include "attacks.h"

#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

static const char MARK[] = "changed by an attack";
enum { PAGE = 4096 };

#define READ_ONLY_AND_SEALED (EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED)
#define OF_THE_SOURCE (EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES | EXESEAL_GUARANTEE_STABLE)

static void deface_mapping(int fd) {
    static const int protections[] = {PROT_READ | PROT_WRITE, PROT_READ};
    for (size_t i = 0; i < COUNT(protections); i++) {
        void *map = mmap(NULL, PAGE, protections[i], MAP_SHARED, fd, 0);
        if (map == MAP_FAILED)
            continue;
        if (mprotect(map, PAGE, PROT_READ | PROT_WRITE) == 0)
            memcpy(map, MARK, sizeof MARK);
        (void)!madvise(map, PAGE, MADV_REMOVE);
        /* debuggers write to read-only pages this way */
        int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
        if (memory >= 0)
            (void)!pwrite(memory, MARK, sizeof MARK, (off_t)(uintptr_t)map);
        munmap(map, PAGE);
    }
}

void deface(int fd) {
    if (fd < 0)
        return;
    (void)!pwrite(fd, MARK, sizeof MARK, 0);
    (void)!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE);
    (void)!fallocate(fd, 0, 0, (off_t)program()->size * 2);
    (void)!ftruncate(fd, PAGE);
    deface_mapping(fd);
}

/* Leaves the x bits as they are, since X_SEALED is a guarantee of its own. */
void deface_path(const char *path) {
    static const int flags[] = {O_RDWR, O_WRONLY, O_WRONLY | O_TRUNC, O_RDWR | O_APPEND};
    (void)!chown(path, geteuid(), (gid_t)-1);
    (void)!chmod(path, 0777);
    for (size_t i = 0; i < COUNT(flags); i++) {
        int fd = open(path, flags[i] | O_CLOEXEC);
        deface(fd);
        if (fd >= 0)
            close(fd);
    }
}

static void write_through_descriptor(struct target *target) {
    int seals[] = {F_SEAL_SEAL, F_SEAL_WRITE};
    (void)!fcntl(target->fd, F_SETFL, O_RDWR);
    deface(target->fd);
    (void)!write(target->fd, MARK, sizeof MARK);
    for (size_t i = 0; i < COUNT(seals); i++)
        (void)!fcntl(target->fd, F_ADD_SEALS, seals[i]);
}

static void reopen_descriptor(struct target *target) {
    (void)!fchmod(target->fd, 0777);
    (void)!fchown(target->fd, geteuid(), (gid_t)-1);
    deface_path(proc_path(target->fd));
}

static void truncate_path(struct target *target) {
    (void)!truncate(proc_path(target->fd), PAGE);
    (void)!truncate(proc_path(target->fd), (off_t)program()->size * 2);
}

static void change_metadata(struct target *target) {
    static const struct timespec times[] = {{1, 0}, {1, 0}};
    (void)!fchmod(target->fd, 0);
    (void)!chmod(proc_path(target->fd), 0);
    (void)!fchown(target->fd, geteuid(), (gid_t)-1);
    (void)!futimens(target->fd, times);
    (void)!utimensat(AT_FDCWD, proc_path(target->fd), times, 0);
    (void)!fsetxattr(target->fd, "user.exeseal", "x", 1, 0);
    (void)!fsetxattr(target->fd, "security.capability", MARK, 20, 0);
}

/* CVE-2019-5736: a running file cannot be written to, so it is held open and opened again later. */
static void open_program(struct target *target) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)target->running);
    int held = open(path, O_PATH | O_CLOEXEC);
    deface_path(path);
    end_program(target);
    if (held >= 0)
        deface_path(proc_path(held));
}

/* --- the source --- */

static void write_to_source(struct target *target) {
    deface_path(target->form->is_of_sealed ? proc_path(target->source) : target->path);
}

/* The effect of the page-cache bugs: no timestamp changes. */
static void store_through_mapping(struct target *target) {
    int fd = open(target->form->is_of_sealed ? proc_path(target->source) : target->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED)
        memcpy(map, MARK, sizeof MARK);
}

static void change_permissions_of_source(struct target *target) {
    (void)!chmod(target->path, 0600);
}

const struct attack ATTACKS[] = {
    {"writing through the descriptor", READ_ONLY_AND_SEALED, write_through_descriptor, false},
    {"opening /proc/self/fd/N for writing", READ_ONLY_AND_SEALED, reopen_descriptor, false},
    {"truncate(2)", READ_ONLY_AND_SEALED, truncate_path, false},
    {"opening /proc/PID/exe, while it runs and afterwards", READ_ONLY_AND_SEALED, open_program, true},
    {"fchmod(2)", 0, change_metadata, false},
    {"remounting", READ_ONLY_AND_SEALED, remount, false},
    {"mount_setattr(2)", READ_ONLY_AND_SEALED, change_mount, false},
    {"open_tree(2)", READ_ONLY_AND_SEALED, change_tree, false},
    {"open_tree(2), cloned", READ_ONLY_AND_SEALED, change_cloned_tree, false},
    {"move_mount(2)", READ_ONLY_AND_SEALED, attach_mount, false},
    {"fspick(2)", READ_ONLY_AND_SEALED, reconfigure_superblock, false},
    {"a file system context left open", READ_ONLY_AND_SEALED, use_left_context, false},
    {"open_by_handle_at(2) with its own handle", READ_ONLY_AND_SEALED, open_own_handle, false},
    {"a write to the source", OF_THE_SOURCE, write_to_source, false},
    {"a store through a mapping of the source", OF_THE_SOURCE, store_through_mapping, false},
    {"chmod(2) of the source", 0, change_permissions_of_source, false},
    {"its own handle through another mount", EXESEAL_GUARANTEE_SEALED, open_own_handle_elsewhere, false},
    /* Attacks that reach the superblock count under SEALED: see docs/threat-model.md. */
    {"the handle of the root directory", EXESEAL_GUARANTEE_SEALED, open_root_directory, false},
};
const size_t ATTACK_COUNT = COUNT(ATTACKS);
