/* SPDX-License-Identifier: MIT */
/* Every form of target, made by everybody who can, under every attack by everybody: what is left of each guarantee. */
#ifndef MEASURE_H
#define MEASURE_H

#include "attacks.h"

enum { BITS = 7 };

struct cell {
    bool is_measured, is_reported; /* by exeseal_clone */
    bool is_broken;
    char by[160];      /* what broke it, and who did */
    char missing[120]; /* what this machine or user lacks to measure it */
};

/* Of one form, every guarantee; measured once. */
const struct cell *cells_of(const struct form *form);

/* Whether the attack changes at least one target of its own kind: else it is no attack. */
bool succeeds_somewhere(const struct attack *attack);

/* Whether it changes this kind of target. */
bool breaks_into(const struct form *form, enum maker maker, const struct attack *attack, enum who who);
const struct attack *attack_named(const char *name);

/* Whether a store through an older mapping, while the source is copied, is in the copy; *claims: STABLE all the same.
 */
bool store_reaches_copy(const struct form *form, enum maker maker, bool *claims);

#endif
