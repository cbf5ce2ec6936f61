/* SPDX-License-Identifier: MIT */
/* Three groups, for a main() in C or C++. */
#ifndef GROUPS_H
#define GROUPS_H

#ifdef __cplusplus
extern "C" {
#endif

int run_groups(void);

#ifdef __cplusplus
}
#endif

#endif
