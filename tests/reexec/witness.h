/* SPDX-License-Identifier: MIT */
/* Prints what a program sees of its own process, to descriptor WITNESS_FD. */
#ifndef WITNESS_H
#define WITNESS_H

enum { WITNESS_FD = 100 };

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the seals of the running file; -1 if it has none or /proc is missing. */
int seals_of_running_file(void);

/* Prints "seals N", "pid N", then one line for each property that must not depend on who started
 * the program. Returns the exit status. */
int witness(int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
