/* SPDX-License-Identifier: MIT */
/* The properties of a clone that worked, and of one that failed. */
#ifndef CLONES_H
#define CLONES_H

#include "support.h"

/* The guarantees of a copy in a memfd, without those that depend on the evidence. */
#define MEMFD_GUARANTEES                                                                                               \
    (EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES |                            \
     EXESEAL_GUARANTEE_PEER_SEALED | EXESEAL_GUARANTEE_LANDLOCK)

void assert_is_sealed_memfd(int fd, mode_t permissions, const void *data, size_t size);

/* Returns the path that /proc shows for the descriptor. */
void assert_link_reads(int fd, const char *wanted);

/* Checks that the call failed with this errno, that its report has this step, and that the text
 * has both. */
void assert_failed_at(int result, int error, const struct exeseal_report *report, uint32_t step);

void assert_attempt(const struct exeseal_attempt *attempt, uint32_t strategy, uint32_t step, int error,
                    const char *where);

/* Passes options that ask for huge pages, because the test program has other threads or memory
 * may be cold. */
#define HUGE_PAGES_ASKED_FOR                                                                                           \
    &(const struct exeseal_clone_options){.flags = EXESEAL_CLONE_HUGE_PAGES}, sizeof(struct exeseal_clone_options)

int clone_in_mode(int source, uint32_t mode, struct exeseal_report *report);

#endif
