/* SPDX-License-Identifier: MIT */
/*
 *     from_descriptor START PROGRAM ARGUMENT...
 *     from_descriptor START --hand-over N PROGRAM ARGUMENT...
 *
 * Clones the program as START says, and executes it with an unchanged
 * environment. With --hand-over it executes the program's file instead, and passes the sealed
 * executable as descriptor N.
 *
 * Exit status if nothing was executed: 64 usage, 65 failure, 66 this START is not possible here;
 * standard error has the reason.
 */
#define _GNU_SOURCE
#include "system_calls.h"

#include <exeseal.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
extern char **environ;

enum { REFUSED_CALLS = 2, NO_SEALING = 0x1 };

struct start {
    const char *name;
    /* the strategy that must have made it; none: a memfd made by hand with these seals */
    uint32_t strategy;
    int seals;
    uint32_t mode;
    uint64_t flags, require;
    long refused[REFUSED_CALLS]; /* no other strategy than this one is possible */
};

static const struct start starts[] = {
    {.name = "default", .strategy = EXESEAL_STRATEGY_MEMFD},
    {.name = "x-sealed", .strategy = EXESEAL_STRATEGY_MEMFD, .require = EXESEAL_GUARANTEE_X_SEALED},
    {.name = "tmpfs", .strategy = EXESEAL_STRATEGY_TMPFS, .refused = {SYS_memfd_create}},
    {.name = "tmpfile",
     .strategy = EXESEAL_STRATEGY_TMPFILE,
     .mode = EXESEAL_MODE_INDEPENDENT_DATA_COPY,
     .flags = EXESEAL_CLONE_TMP_DIRFD,
     .refused = {SYS_memfd_create, SYS_fsopen}},
    {.name = "overlay", .strategy = EXESEAL_STRATEGY_OVERLAY, .mode = EXESEAL_MODE_RO_SHARED_PAGE},
    {.name = "bind", .strategy = EXESEAL_STRATEGY_BIND, .mode = EXESEAL_MODE_RO_SHARED_PAGE, .refused = {SYS_fsopen}},
    {.name = "memfd-0x1", .seals = NO_SEALING},
    {.name = "memfd-0xe", .seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE},
    {.name = "memfd-0x1f", .seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE},
    {.name = "memfd-0x3e", .seals = F_SEAL_EXEC},
};

struct job {
    const struct start *start;
    int source, result;
};

static const struct start *start_named(const char *name) {
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (strcmp(starts[i].name, name) == 0)
            return &starts[i];
    return NULL;
}

static int give_up(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return -1;
}

static int refuse(long number) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {sizeof program / sizeof program[0], program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0;
}

static int clone_by_library(const struct job *job) {
    const struct start *start = job->start;
    const struct exeseal_clone_options options = {
        .flags = start->flags,
        .require = start->require,
        .mode = start->mode,
        .tmp_dirfd = start->flags & EXESEAL_CLONE_TMP_DIRFD ? open("/var/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC) : 0,
        .name = "from_descriptor",
    };
    struct exeseal_report report;
    char text[4096];
    for (size_t i = 0; i < REFUSED_CALLS && start->refused[i] != 0; i++)
        if (refuse(start->refused[i]))
            return give_up("seccomp");
    int fd = exeseal_clone(job->source, &options, sizeof options, &report, sizeof report);
    if (fd >= 0 && report.strategy == start->strategy)
        return fd;
    exeseal_report_format(&report, sizeof report, text, sizeof text);
    fputs(text, stderr);
    return -1;
}

/* As other tools make them, or could. */
static int clone_by_hand(const struct job *job) {
    int sealing = job->start->seals != NO_SEALING ? MFD_ALLOW_SEALING : 0;
    int fd = (int)syscall(SYS_memfd_create, "by-hand", sealing | MFD_CLOEXEC | MFD_EXEC);
    if (fd < 0 && errno == EINVAL)
        fd = (int)syscall(SYS_memfd_create, "by-hand", sealing | MFD_CLOEXEC);
    if (fd < 0)
        return give_up("memfd_create");
    struct stat status;
    if (fstat(job->source, &status) < 0 || sendfile(fd, job->source, NULL, (size_t)status.st_size) != status.st_size)
        return give_up("copy");
    if (fchmod(fd, 0555) < 0 || (sealing != 0 && fcntl(fd, F_ADD_SEALS, job->start->seals) < 0))
        return give_up("seal");
    return fd;
}

/* A thread of its own, because a filter stays with its thread. */
static void *in_thread(void *argument) {
    struct job *job = argument;
    job->result = job->start->strategy != EXESEAL_STRATEGY_NONE ? clone_by_library(job) : clone_by_hand(job);
    return NULL;
}

static int execute_descriptor(int fd, char **argv) {
    struct exeseal_report report;
    char text[4096];
    exeseal_exec_fd(fd, argv, environ, NULL, 0, &report, sizeof report);
    exeseal_report_format(&report, sizeof report, text, sizeof text);
    fputs(text, stderr);
    return 65;
}

static int hand_over(int fd, int number, char **argv) {
    if (dup2(fd, number) == number)
        execv(argv[0], argv);
    give_up(argv[0]);
    return 65;
}

int main(int argc, char **argv) {
    const struct start *start = argc > 2 ? start_named(argv[1]) : NULL;
    int handing_over = argc > 4 && strcmp(argv[2], "--hand-over") == 0;
    char **command = argv + (handing_over ? 4 : 2);
    pthread_t thread;
    if (start == NULL)
        return 64;
    struct job job = {start, open(command[0], O_RDONLY | O_CLOEXEC), -1};
    if (pthread_create(&thread, NULL, in_thread, &job) != 0 || pthread_join(thread, NULL) != 0)
        return 65;
    if (job.result < 0)
        return 66;
    return handing_over ? hand_over(job.result, atoi(argv[3]), command) : execute_descriptor(job.result, command);
}
