/* SPDX-License-Identifier: MIT */
/* What a clone that worked looks like, and one that did not. */
#ifndef CLONES_H
#define CLONES_H

#include "support.h"

/* What a copy in a memfd promises, whatever the evidence says. */
#define MEMFD_GUARANTEES                                                                                               \
    (EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES |                            \
     EXESEAL_GUARANTEE_PEER_SEALED | EXESEAL_GUARANTEE_LANDLOCK)

void assert_is_sealed_memfd(int fd, mode_t permissions, const void *data, size_t size);

/* What /proc shows as the file of the descriptor. */
void assert_link_reads(int fd, const char *wanted);

/* The call failed with this errno, its report says at which step, and the text names both. */
void assert_failed_at(int result, int error, const struct exeseal_report *report, uint32_t step);

void assert_attempt(const struct exeseal_attempt *attempt, uint32_t strategy, uint32_t step, int error,
                    const char *where);

/* options and options_size: huge pages, although the test program has other threads or memory may be cold. */
#define HUGE_PAGES_ASKED_FOR                                                                                           \
    &(const struct exeseal_clone_options){.flags = EXESEAL_CLONE_HUGE_PAGES}, sizeof(struct exeseal_clone_options)

int clone_in_mode(int source, uint32_t mode, struct exeseal_report *report);

#endif
