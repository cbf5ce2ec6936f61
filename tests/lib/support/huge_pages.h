/* SPDX-License-Identifier: MIT */
/* Huge pages of memfds: where a copy must have them, and how many a mapping has. All functions
 * belong in a child. */
#ifndef HUGE_PAGES_H
#define HUGE_PAGES_H

#include "clones.h"

enum { HUGE_PAGE = 2 << 20 };

/* Skips the test if the kernel lacks huge pages, or if the library avoids them because they may
 * stall. */
void skip_unless_huge_pages(void);

/* Stops the clocks that the library reads, so that its time limits never end the preparation:
 * clock_gettime(2) returns 0 without writing (seccomp; sets no_new_privs). */
void stop_clocks(void);

/* Returns a clone with all whole huge pages of `size` bytes. Tries several times, since the
 * kernel fails if a page is held for a moment or if free memory is fragmented. */
int clone_into_huge_pages(int source, size_t size, struct exeseal_report *report);

/* Returns how many bytes of the file a mapping has in huge pages (smaps, ShmemPmdMapped). */
size_t bytes_mapped_huge(int fd, size_t size);

#endif
