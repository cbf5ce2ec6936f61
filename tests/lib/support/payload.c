/* SPDX-License-Identifier: MIT */
/*
 * A static program that the tests clone and execute. It reports its surroundings:
 *
 *     payload exit N          exits with N
 *     payload say TEXT        prints TEXT
 *     payload fds             prints the numbers of its open descriptors, one a line
 *     payload status FIELD    prints that line of /proc/self/status
 *     payload environment     prints its environment, one variable a line
 *     payload directory       prints its working directory
 *     payload links           prints its open descriptors and where they lead, one a line
 *     payload limit           prints its soft limit of descriptors
 *     payload group           prints "own" or "inherited" for its process group and its session
 *     payload execute PATH …  executes PATH with the other arguments; prints the errno's name if
 *                             that fails
 *     payload start PATH …    the same in a child, and exits like the child
 *     payload wait            prints "ready", waits for the end of its input, and exits with 0
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { FAILED = 126 };

/* Returns the path that a descriptor leads to. */
static const char *link_of(int fd) {
    static char link[PATH_MAX];
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, link, sizeof link - 1);
    link[length < 0 ? 0 : length] = '\0';
    return link;
}

static int for_each_descriptor(void (*act)(int fd)) {
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return 1;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory))
            act(atoi(entry->d_name));
    closedir(directory);
    return 0;
}

static void print_number(int fd) {
    printf("%d\n", fd);
}

static void print_link(int fd) {
    printf("%d %s\n", fd, link_of(fd));
}

static int print_status(const char *field) {
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL)
        return 1;
    char line[256];
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, field, strlen(field)) == 0)
            fputs(line, stdout);
    fclose(status);
    return 0;
}

static int print_environment(void) {
    for (char **variable = environ; *variable != NULL; variable++)
        puts(*variable);
    return 0;
}

static int wait_for_end_of_input(void) {
    char byte;
    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    return 0;
}

static int print_directory(void) {
    char path[PATH_MAX];
    return getcwd(path, sizeof path) == NULL || puts(path) < 0;
}

static int print_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 || printf("%lu\n", (unsigned long)limit.rlim_cur) < 0;
}

static int print_group(void) {
    const char *names[] = {"inherited", "own"};
    return printf("%s %s\n", names[getpgrp() == getpid()], names[getsid(0) == getpid()]) < 0;
}

static int execute(char **argv) {
    execv(argv[0], argv);
    printf("%s\n", errno == EACCES ? "EACCES" : strerror(errno));
    fflush(stdout);
    return FAILED;
}

static int start(char **argv) {
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(execute(argv));
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "", *argument = argc > 2 ? argv[2] : "";
    static const struct {
        const char *name;
        int (*print)(void);
    } plain[] = {{"environment", print_environment},
                 {"directory", print_directory},
                 {"limit", print_limit},
                 {"group", print_group},
                 {"wait", wait_for_end_of_input}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(what, plain[i].name) == 0)
            return plain[i].print();
    if (strcmp(what, "exit") == 0)
        return atoi(argument);
    if (strcmp(what, "say") == 0)
        return puts(argument) < 0;
    if (strcmp(what, "fds") == 0)
        return for_each_descriptor(print_number);
    if (strcmp(what, "links") == 0)
        return for_each_descriptor(print_link);
    if (strcmp(what, "status") == 0)
        return print_status(argument);
    if (strcmp(what, "execute") == 0 && argc > 2)
        return execute(argv + 2);
    if (strcmp(what, "start") == 0 && argc > 2)
        return start(argv + 2);
    return 64;
}
