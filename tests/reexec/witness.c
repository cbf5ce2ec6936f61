/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "witness.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

int seals_of_running_file(void) {
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
    if (fd >= 0)
        close(fd);
    return seals;
}

static void print_escaped(FILE *to, const char *text) {
    for (; *text != '\0'; text++)
        if (*text == '\n' || *text == '\\')
            fprintf(to, "\\%03o", (unsigned)*text);
        else
            fputc(*text, to);
    fputc('\n', to);
}

static void print_strings(FILE *to, const char *what, char **strings) {
    for (int i = 0; strings[i] != NULL; i++) {
        fprintf(to, "%s %d: ", what, i);
        print_escaped(to, strings[i]);
    }
}

static void print_descriptor(FILE *to, int fd) {
    struct stat file;
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || fd == WITNESS_FD)
        return;
    if (fstat(fd, &file) < 0)
        abort();
    fprintf(to, "descriptor %d: flags %d, status %o, position %ld, file %lx:%lu\n", fd, flags,
            (unsigned)fcntl(fd, F_GETFL), (long)lseek(fd, 0, SEEK_CUR), (unsigned long)file.st_dev,
            (unsigned long)file.st_ino);
}

/* Uses poll(2) to find the open descriptors, because each system call is traced. If a limit forbids
 * poll(2), every number counts as open and is tried. */
static void print_descriptors(FILE *to) {
    enum { AT_ONCE = 64 };
    for (int first = 0; first < 4096; first += AT_ONCE) {
        struct pollfd asked[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++)
            asked[i] = (struct pollfd){.fd = first + i};
        (void)!poll(asked, AT_ONCE, 0);
        for (int i = 0; i < AT_ONCE; i++)
            if ((asked[i].revents & POLLNVAL) == 0)
                print_descriptor(to, first + i);
    }
}

static void print_limits(FILE *to) {
    for (int which = 0; which < (int)RLIM_NLIMITS; which++) {
        struct rlimit limit = {0, 0};
        getrlimit((__rlimit_resource_t)which, &limit);
        fprintf(to, "limit %d: %lx %lx\n", which, (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
    }
}

/* Prints the fields that are equal in all processes. The others are identities and resource usage.
 */
static void print_status(FILE *to) {
    static const char *const fields[] = {"Name:",   "Umask:",  "Uid:",    "Gid:",    "Groups:", "SigPnd:",    "ShdPnd:",
                                         "SigBlk:", "SigIgn:", "SigCgt:", "CapInh:", "CapPrm:", "CapEff:",    "CapBnd:",
                                         "CapAmb:", "NoNewP",  "Seccomp", "Threads", "NSpgid:", "CoreDumping"};
    FILE *status = fopen("/proc/self/status", "re");
    char line[512];
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            if (strncmp(line, fields[i], strlen(fields[i])) == 0)
                fputs(line, to);
    if (status != NULL)
        fclose(status);
}

static void print_process(FILE *to) {
    char directory[4096] = "?", name[17] = "";
    int death_signal = -1;
    struct itimerval timer = {0};
    cpu_set_t processors;
    CPU_ZERO(&processors);
    prctl(PR_GET_NAME, name);
    prctl(PR_GET_PDEATHSIG, &death_signal);
    getitimer(ITIMER_REAL, &timer);
    sched_getaffinity(0, sizeof processors, &processors);
    fprintf(to, "comm %s\ndirectory %s\ndeath signal %d\n", name, getcwd(directory, sizeof directory), death_signal);
    fprintf(to, "parent %d, group %d, session %d\n", getppid(), getpgrp(), getsid(0));
    fprintf(to, "no_new_privs %d, dumpable %d, keepcaps %d, securebits %d, timer slack %d\n",
            prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS),
            prctl(PR_GET_SECUREBITS), prctl(PR_GET_TIMERSLACK));
    fprintf(to, "alarm %d, nice %d, processors %d, personality %x\n", timer.it_value.tv_sec != 0,
            getpriority(PRIO_PROCESS, 0), CPU_COUNT(&processors), (unsigned)personality(0xffffffff));
}

int witness(int argc, char **argv) {
    int seals = seals_of_running_file();
    FILE *to = fdopen(WITNESS_FD, "w");
    if (to == NULL)
        return 3;
    fprintf(to, "seals %d\npid %d\n", seals, getpid());
    fprintf(to, "argc %d\n", argc);
    print_strings(to, "argument", argv);
    print_strings(to, "variable", environ);
    print_descriptors(to);
    print_process(to);
    print_status(to);
    print_limits(to);
    return fflush(to) == 0 ? 0 : 4;
}
