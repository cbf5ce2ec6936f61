/* SPDX-License-Identifier: MIT */
/* Programs that execute themselves, started under ptrace(2): what they did, and what came of them. */
#ifndef STARTS_H
#define STARTS_H

#include "support.h"

struct start {
    const char *program;    /* of tests/reexec; started as "witness", whatever it is called */
    const char *path;       /* else what is at this path */
    int fd;                 /* else this descriptor, if it is not 0 */
    char *const *argv;      /* NULL: "witness" alone */
    char *const *envp;      /* NULL: none */
    void (*before)(void *); /* what the process does first */
    void *argument;
    void (*once_executed)(const struct start *); /* what happens then, in the caller's process */
};

struct seen {
    int executions;    /* after the first one */
    int memfds, files; /* that were made */
    int status;        /* exit status, or 128 + signal */
    int seals;         /* of what it ran from in the end, as seen from outside; -1: nothing that has seals */
    nlink_t links;     /* of that file */
    pid_t process;
    char *text;   /* what it wrote to WITNESS_FD */
    char *errors; /* and to standard error */
};

enum { ENDLESS = 20, ENDED_AS_ENDLESS = 128 + 9 };

/* The caller frees what is in it by forget. A process that executes without end is killed after ENDLESS times. */
struct seen run_start(const struct start *start);
void forget(struct seen *seen);

/* The first of the two lines that tell one process from another, as number; and the text after both. */
long said(const struct seen *seen, const char *what);
const char *rest_of(const struct seen *seen);

/* In any process: it ran from a sealed memfd, after so many executions, and said so. */
#define check_sealed(start, executions) check_sealed_at(start, executions, __FILE__, __LINE__)
void check_sealed_at(const struct start *start, int executions, const char *file, int line);

/* It ran from its copy in an unlinked file. */
void check_unlinked(const struct start *start, int executions);

/* Nothing of it ran: the status is that, standard error has the texts, and it executed itself never. */
void check_does_not_run(const struct start *start, int status, const char *text, const char *other);

/* A copy of the program at "witness" in the directory. */
const char *copy_program(const struct temp_directory *directory, const char *program, mode_t mode);

#endif
