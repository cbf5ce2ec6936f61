/* SPDX-License-Identifier: MIT */
/* What is timed here has no goroutine scheduler in it. Times are in milliseconds. */
#ifndef EXESEAL_BENCH_NATIVE_H
#define EXESEAL_BENCH_NATIVE_H

#include <stddef.h>

/* Starts the program in the file, without output, and waits for its end. A negative errno if it was not executed. */
double bench_start(int fd, char **argv, int null);

/* Sets and copies size bytes in memory that is in use already: what a copy into fresh pages costs at least. */
double bench_memory(void *to, const void *from, size_t size);

/* Maps and unmaps a page every 0.1 ms for that long, and writes how long each took. Returns how many, at most room. */
int bench_maps(double *took, int room, double duration);

/* Forks a child every millisecond, which lives for 30 ms and executes nothing, until bench_stop_forking. */
void bench_fork(void);
void bench_stop_forking(void);

#endif
