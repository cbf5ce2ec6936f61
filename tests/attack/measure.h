/* SPDX-License-Identifier: MIT */
/* Makes every kind of target as every possible maker, attacks each as everybody, and tells which
 * guarantees hold. */
#ifndef MEASURE_H
#define MEASURE_H

#include "attacks.h"

enum { BITS = 7 };

struct cell {
    bool is_measured, is_reported; /* exeseal_clone reported it */
    bool is_broken;
    char by[160];      /* the attack that broke it, and the attacker */
    char missing[120]; /* what this machine or user lacks to measure it */
};

/* Measures every guarantee of one kind of target. The result is kept. */
const struct cell *cells_of(const struct form *form);

/* Returns whether the attack changes at least one target of its own kind: the control. */
bool succeeds_somewhere(const struct attack *attack);

/* Returns whether the attack changes this kind of target. */
bool breaks_into(const struct form *form, enum maker maker, const struct attack *attack, enum who who);
const struct attack *attack_named(const char *name);

/* Returns whether a store through an older mapping, made while the source is copied, is in the
 * copy; *claims: whether the report has STABLE. */
bool store_reaches_copy(const struct form *form, enum maker maker, bool *claims);

#endif
