/* SPDX-License-Identifier: MIT */
#ifndef NAIVE_H
#define NAIVE_H

/* Each makes its descriptor from the file at this path, and mounts what it needs. Returns -1 if
 * that is not possible here. */
int naive_plain(const char *source);
int naive_writable(const char *source);
int naive_attached(const char *source);
int naive_tree(const char *source);
int naive_superblock(const char *source);
int naive_detached(const char *source);

void unmount_naive(const char *source);

#endif
