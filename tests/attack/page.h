/* SPDX-License-Identifier: MIT */
/* docs/guarantees.md, whose table is written from the measurement. */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>

/* Compares the page with the measurement. With $EXESEAL_UPDATE it writes the page first. */
bool page_is_up_to_date(void);

extern const char *const PAGE_PATH;

#endif
