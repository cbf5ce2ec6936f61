/* SPDX-License-Identifier: MIT */
/* The newer mount system calls, declared here because libcs differ and old headers collide. */
#ifndef MOUNTING_H
#define MOUNTING_H

#include "support.h"

#include <sys/mount.h>
#include <sys/syscall.h>

enum { TREE_CLONE = 1, MOVE_EMPTY_FROM = 4, PICK_CLOSE_ON_EXEC = 1, PICK_EMPTY_PATH = 8 };
enum { CONFIG_SET_FLAG = 0, CONFIG_CREATE = 6, CONFIG_RECONFIGURE = 7 };
enum { ATTRIBUTE_READ_ONLY = 1 };

static inline int open_tree_of(int directory, const char *path, unsigned flags) {
    return (int)syscall(SYS_open_tree, directory, path, flags | O_CLOEXEC);
}

static inline int move_tree(int tree, const char *to) {
    return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, to, MOVE_EMPTY_FROM);
}

static inline int set_mount_attributes(int fd, uint64_t set, uint64_t clear) {
    struct {
        uint64_t set, clear, propagation, user_namespace;
    } attributes = {set, clear, 0, 0};
    return (int)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}

static inline int set_superblock_flag(int context, const char *flag) {
    if (syscall(SYS_fsconfig, context, CONFIG_SET_FLAG, flag, NULL, 0) < 0)
        return -1;
    return (int)syscall(SYS_fsconfig, context, CONFIG_RECONFIGURE, NULL, NULL, 0);
}

/* Opens a context of the file system whose mount has this root. */
static inline int pick_superblock(int fd) {
    return (int)syscall(SYS_fspick, fd, "", PICK_EMPTY_PATH | PICK_CLOSE_ON_EXEC);
}

#endif
