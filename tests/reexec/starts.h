/* SPDX-License-Identifier: MIT */
/* Starts programs under ptrace(2) and reports which files and executions they made. */
#ifndef STARTS_H
#define STARTS_H

#include "support.h"

struct start {
    const char *program;    /* in tests/reexec; argv[0] is "witness" */
    const char *path;       /* otherwise the file at this path */
    int fd;                 /* otherwise this descriptor, unless it is 0 */
    char *const *argv;      /* NULL: only "witness" */
    char *const *envp;      /* NULL: empty */
    void (*before)(void *); /* runs first in the process */
    void *argument;
    void (*once_executed)(const struct start *); /* runs in the caller's process */
};

struct seen {
    int executions;    /* without the first one */
    int memfds, files; /* created */
    int status;        /* exit status, or 128 + signal */
    int seals;         /* of the file that it ran from; -1: not sealable */
    nlink_t links;     /* of that file */
    pid_t process;
    char *text;   /* its output to WITNESS_FD */
    char *errors; /* its output to standard error */
};

enum { ENDLESS = 20, ENDED_AS_ENDLESS = 128 + 9 };

/* Free the result by forget(). A process that executes itself ENDLESS times is killed. */
struct seen run_start(const struct start *start);
void forget(struct seen *seen);

/* `said` returns the number in one of the two lines that differ between processes; `rest_of`
 * returns the text after both lines. */
long said(const struct seen *seen, const char *what);
const char *rest_of(const struct seen *seen);

/* Checks that the program ran from a sealed memfd after so many executions, and reported that. May
 * be called in any process. */
#define check_sealed(start, executions) check_sealed_at(start, executions, __FILE__, __LINE__)
void check_sealed_at(const struct start *start, int executions, const char *file, int line);

/* Checks that the program ran from its copy in an unlinked file. */
void check_unlinked(const struct start *start, int executions);

/* Checks that the program did not run and never executed itself: its exit status, and the texts on
 * standard error. */
void check_does_not_run(const struct start *start, int status, const char *text, const char *other);

/* Copies the program to "witness" in the directory. */
const char *copy_program(const struct temp_directory *directory, const char *program, mode_t mode);

#endif
