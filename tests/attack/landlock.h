/* SPDX-License-Identifier: MIT */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stddef.h>

/* In a child: allows execution beneath these paths only. Skips the test if Landlock is not
 * available. */
void allow_execution_only_below(const char *const *paths, size_t count);

#endif
