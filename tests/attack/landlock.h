/* SPDX-License-Identifier: MIT */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stddef.h>

/* In a child: from here on nothing is executed but what lies beneath these paths. Skips where there is no Landlock. */
void allow_execution_only_below(const char *const *paths, size_t count);

#endif
