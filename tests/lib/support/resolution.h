/* SPDX-License-Identifier: MIT */
/* Calls of exeseal_resolve, in a root directory that holds what the test puts there and nothing else. */
#ifndef RESOLUTION_H
#define RESOLUTION_H

#include "support.h"

#define FOREIGN_USER 4711
#define OWN_USER 1000

/* In a child that is root: "/" is an empty tmpfs of root's, 0755, with /proc and the tested program's own files gone.
 */
void enter_empty_root(void);

/* The place of most tests: /dir/bin/runc, a program of root's. */
#define PROGRAM "/dir/bin/runc"
void make_program_tree(void);

/* As they are named, whatever the umask. Directories in between are made too, root's and 0755. */
void put_directory(const char *path, mode_t mode, uid_t owner);
void put_file(const char *path, const char *text, mode_t mode, uid_t owner);
void put_link(const char *path, const char *target);

void become_user(uid_t user);

/* Of the last call. */
struct resolved {
    int fd;
    struct exeseal_resolution resolution;
    char why[16384];
};
extern struct resolved resolved;

void resolve_with(const char *name, const char *directories, const char *path, uint64_t flags);
void resolve(const char *name);

/* Found: the file at `path` and no other; it is closed again. */
void check_found_at(const char *path);

/* The same, with the name it was found by and the path of the file. */
void check_found_as(const char *path, const char *resolved_path);

/* Refused, and `why` is this text. */
void check_refused(const char *why);

#endif
