/* SPDX-License-Identifier: MIT */
/* Calls of exeseal_exec_fd and exeseal_spawn_fd in forked children, and their results. */
#ifndef EXECUTION_H
#define EXECUTION_H

#include "support.h"

/* The child's standard output is a pipe. */
struct execution {
    int fd;
    char *const *argv;
    char *const *envp;
    struct exeseal_exec_options options;
    void (*before)(struct execution *); /* called first in the child */
    /* for exeseal_spawn_fd; NULL: exeseal_exec_fd is called */
    const struct exeseal_spawn_options *spawn;
};

/* The result of the last execution, in memory shared with the child. */
struct outcome {
    bool returned;
    int result; /* returned by the call if nothing was executed */
    struct exeseal_report report;
    int status; /* the program's exit status, or 128 + signal */
    char output[4096];
};
extern struct outcome *outcome;

enum { RETURNED = 55 }; /* exit status of a child in which nothing was executed */

/* For both ways to execute: NULL, and the defaults of exeseal_spawn_fd. */
extern const struct exeseal_spawn_options *const BOTH_WAYS[2];

extern char *PAYLOAD_EXIT_7[];
extern char *PAYLOAD_SAY[]; /* "it runs" */

void run(struct execution *execution);

/* Call after `run` in tests whose `before` may skip. */
void skip_if_child_did(void);

void assert_runs(struct execution *execution);

/* Checks that execution and check both return -error with that step as the cause, and that the
 * check changes nothing. */
void assert_does_not_run(struct execution *execution, int error, uint32_t step);

void assert_check_says(int fd, uint64_t flags, int wanted);
void assert_check_says_after(void (*before)(struct execution *), int fd, uint64_t flags, int wanted);

/* Checks that the program, executed both ways, exits with 0 and prints this. */
void assert_prints(struct execution *execution, const char *wanted);

/* In any process: waits for the process of the pidfd. Returns its exit status, or 128 + signal. */
int end_of(int pidfd);

/* --- programs --- */

int sealed_payload(void);
int sealed_memory(const void *data, size_t size);
int sealed_text(const char *text);

#endif
