/* SPDX-License-Identifier: MIT */
/* Huge pages of memfds: where a copy must get them, and what a mapping shows of them. All of it is for children. */
#ifndef HUGE_PAGES_H
#define HUGE_PAGES_H

#include "clones.h"

enum { HUGE_PAGE = 2 << 20 };

/* Skips where the kernel, or the library for fear of a stall, keeps to small pages. */
void skip_unless_huge_pages(void);

/* From here on no time passes for the library, so that its limits never end the preparation: clock_gettime(2) returns 0
 * and writes nothing (seccomp; sets no_new_privs). */
void stop_clocks(void);

/* A clone that has all whole huge pages of `size` bytes. The kernel may fail once, since a page is held for a moment or
 * free memory is in pieces, so that several are made. */
int clone_into_huge_pages(int source, size_t size, struct exeseal_report *report);

/* How many bytes of the file a mapping of it has in huge pages (smaps, ShmemPmdMapped). */
size_t bytes_mapped_huge(int fd, size_t size);

#endif
