/* SPDX-License-Identifier: MIT */
/* Calls of exeseal_resolve in a root directory that contains only the test's files. */
#ifndef RESOLUTION_H
#define RESOLUTION_H

#include "support.h"

#define FOREIGN_USER 4711
#define OWN_USER 1000

/* In a child that is root: makes "/" an empty tmpfs of root's, mode 0755, without /proc and the
 * test program's own files. */
void enter_empty_root(void);

/* The path in most tests: /dir/bin/runc, a program of root's. */
#define PROGRAM "/dir/bin/runc"
void make_program_tree(void);

/* Makes a file with this owner and mode, whatever the umask. Missing directories are made too,
 * owned by root with mode 0755. */
void put_directory(const char *path, mode_t mode, uid_t owner);
void put_file(const char *path, const char *text, mode_t mode, uid_t owner);
void put_link(const char *path, const char *target);

void become_user(uid_t user);

/* The result of the last call. */
struct resolved {
    int fd;
    struct exeseal_resolution resolution;
    char why[16384];
};
extern struct resolved resolved;

void resolve_with(const char *name, const char *directories, const char *path, uint64_t flags);
void resolve(const char *name);

/* Checks that the file at `path` was found, and closes it. */
void check_found_at(const char *path);

/* The same, with the name that was searched for and the path of the file. */
void check_found_as(const char *path, const char *resolved_path);

/* Checks that the program was refused and that `why` is this text. */
void check_refused(const char *why);

#endif
