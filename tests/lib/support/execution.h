/* SPDX-License-Identifier: MIT */
/* Calls of exeseal_exec_fd and exeseal_spawn_fd in forked children, and what came of them. */
#ifndef EXECUTION_H
#define EXECUTION_H

#include "support.h"

/* The child has standard output in a pipe. */
struct execution {
    int fd;
    char *const *argv;
    char *const *envp;
    struct exeseal_exec_options options;
    void (*before)(struct execution *);        /* what else the child does first */
    const struct exeseal_spawn_options *spawn; /* by exeseal_spawn_fd; NULL: by exeseal_exec_fd */
};

/* Of the last execution; shared with the child. */
struct outcome {
    bool returned;
    int result; /* of the call, when nothing was executed */
    struct exeseal_report report;
    int status; /* of the program: exit status, or 128 + signal */
    char output[4096];
};
extern struct outcome *outcome;

enum { RETURNED = 55 }; /* exit status of a child in which nothing was executed */

/* For both ways to execute: NULL, and the defaults of exeseal_spawn_fd. */
extern const struct exeseal_spawn_options *const BOTH_WAYS[2];

extern char *PAYLOAD_EXIT_7[];
extern char *PAYLOAD_SAY[]; /* "it runs" */

void run(struct execution *execution);

/* After `run` in tests whose `before` may find that it cannot be had here. */
void skip_if_child_did(void);

void assert_runs(struct execution *execution);

/* Executing returns -error, at that step as the cause; and so does the check, which leaves nothing behind. */
void assert_does_not_run(struct execution *execution, int error, uint32_t step);

void assert_check_says(int fd, uint64_t flags, int wanted);
void assert_check_says_after(void (*before)(struct execution *), int fd, uint64_t flags, int wanted);

/* Executed both ways, it exits with 0 and has printed this. */
void assert_prints(struct execution *execution, const char *wanted);

/* In any process: waits for the end of what the pidfd stands for. Exit status, or 128 + signal. */
int end_of(int pidfd);

/* --- what is executed --- */

int sealed_payload(void);
int sealed_memory(const void *data, size_t size);
int sealed_text(const char *text);

#endif
