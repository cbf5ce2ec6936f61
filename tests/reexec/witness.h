/* SPDX-License-Identifier: MIT */
/* What a program sees of the process that it is, written to descriptor WITNESS_FD. */
#ifndef WITNESS_H
#define WITNESS_H

enum { WITNESS_FD = 100 };

#ifdef __cplusplus
extern "C" {
#endif

/* The seals of the file that runs; -1: it has none, or there is no /proc. */
int seals_of_running_file(void);

/* First "seals N", then "pid N", then what has to be the same whoever started the program, one thing a line. Exit
 * status. */
int witness(int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
