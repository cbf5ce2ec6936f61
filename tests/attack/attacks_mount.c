/* SPDX-License-Identifier: MIT */
/* Attacks on the mount that the descriptor was opened through, and on the file system below it. */
#include "attacks.h"

#include "mounting.h"

void remount(struct target *target) {
    (void)!mount(NULL, proc_path(target->fd), NULL, MS_REMOUNT | MS_BIND, NULL);
    (void)!mount(NULL, proc_path(target->fd), NULL, MS_REMOUNT, NULL);
    deface_path(proc_path(target->fd));
}

static void make_writable(int fd) {
    (void)!set_mount_attributes(fd, 0, ATTRIBUTE_READ_ONLY);
    deface_path(proc_path(fd));
}

void change_mount(struct target *target) {
    make_writable(target->fd);
}

void change_tree(struct target *target) {
    int tree = open_tree_of(target->fd, "", AT_EMPTY_PATH);
    if (tree >= 0)
        make_writable(tree);
}

void change_cloned_tree(struct target *target) {
    static const unsigned flags[] = {AT_EMPTY_PATH, AT_EMPTY_PATH | AT_RECURSIVE};
    for (size_t i = 0; i < COUNT(flags); i++) {
        int tree = open_tree_of(target->fd, "", TREE_CLONE | flags[i]);
        if (tree >= 0)
            make_writable(tree);
    }
    int tree = open_tree_of(AT_FDCWD, proc_path(target->fd), TREE_CLONE);
    if (tree >= 0)
        make_writable(tree);
}

/* An attached mount can be remounted. The directory comes from another attack or is made here. */
static void attach_to(struct target *target, const char *point) {
    if (move_tree(target->fd, point) < 0 && mount(proc_path(target->fd), point, NULL, MS_BIND, NULL) < 0)
        return;
    (void)!mount(NULL, point, NULL, MS_REMOUNT | MS_BIND, NULL);
    deface_path(point);
    (void)!umount2(point, MNT_DETACH);
}

void attach_mount(struct target *target) {
    char point[] = "/tmp/exeseal-point-XXXXXX";
    int file = mkstemp(point);
    if (file < 0)
        return;
    close(file);
    attach_to(target, point);
    (void)!unlink(point);
}

void reconfigure_superblock(struct target *target) {
    int context = pick_superblock(target->fd);
    if (context < 0 || set_superblock_flag(context, "rw") < 0)
        return;
    deface_path(proc_path(target->fd));
}

void use_left_context(struct target *target) {
    if (target->context < 0 || set_superblock_flag(target->context, "rw") < 0)
        return;
    deface_path(proc_path(target->fd));
}
