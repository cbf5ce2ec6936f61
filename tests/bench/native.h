/* SPDX-License-Identifier: MIT */
/* Measurements in C, without Go's scheduler in between. Times are in milliseconds. */
#ifndef EXESEAL_BENCH_NATIVE_H
#define EXESEAL_BENCH_NATIVE_H

#include <stddef.h>

/*
 * Starts the program in the file without output, waits for its end and returns the time.
 * If the program was not executed, returns a negative errno.
 */
double bench_start(int fd, char **argv, int null);

/* Sets and copies size bytes in memory that is in use: the least cost of copying to fresh pages. */
double bench_memory(void *to, const void *from, size_t size);

/*
 * Maps and unmaps a page every 0.1 ms for `duration`, and writes each time to took.
 * Returns the number of times, at most room.
 */
int bench_maps(double *took, int room, double duration);

/*
 * Forks a child every millisecond until bench_stop_forking is called.
 * Each child lives for 30 ms and executes nothing.
 */
void bench_fork(void);
void bench_stop_forking(void);

#endif
