/* SPDX-License-Identifier: MIT */
/* The attacks. None reports success: tests compare the bytes and permission bits afterwards. */
#ifndef ATTACKS_H
#define ATTACKS_H

#include "targets.h"

struct attack {
    const char *name;
    uint64_t breaks; /* the guarantees that it disproves if it changes the bytes that run */
    void (*run)(struct target *target);
    bool needs_program; /* a process of the maker's that runs the target */
};

/* Whatever changed the x bits, different x bits disprove X_SEALED. */
extern const struct attack ATTACKS[];
extern const size_t ATTACK_COUNT;

/* Opens the path in every way that could allow writing, and writes. */
void deface_path(const char *path);
void deface(int fd);

/* --- attacks_mount.c --- */
void remount(struct target *target);
void change_mount(struct target *target);
void change_tree(struct target *target);
void change_cloned_tree(struct target *target);
void attach_mount(struct target *target);
void reconfigure_superblock(struct target *target);
void use_left_context(struct target *target);

/* --- attacks_handle.c --- */
void open_own_handle(struct target *target);
void open_own_handle_elsewhere(struct target *target);
void open_root_directory(struct target *target);

#endif
