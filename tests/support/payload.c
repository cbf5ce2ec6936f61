/* SPDX-License-Identifier: MIT */
/*
 * A static program that is cloned and executed by the tests, and tells what it finds:
 *
 *     payload exit N          exits with N
 *     payload say TEXT        prints TEXT
 *     payload fds             prints the numbers of its open descriptors, one a line
 *     payload status FIELD    prints that line of /proc/self/status
 *     payload environment     prints its environment, one variable a line
 *     payload wait            says "ready", waits for the end of its input, and exits with 0
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int print_descriptors(void) {
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return 1;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory))
            puts(entry->d_name);
    closedir(directory);
    return 0;
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

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "", *argument = argc > 2 ? argv[2] : "";
    if (strcmp(what, "exit") == 0)
        return atoi(argument);
    if (strcmp(what, "say") == 0)
        return puts(argument) < 0;
    if (strcmp(what, "fds") == 0)
        return print_descriptors();
    if (strcmp(what, "status") == 0)
        return print_status(argument);
    if (strcmp(what, "environment") == 0)
        return print_environment();
    if (strcmp(what, "wait") == 0)
        return wait_for_end_of_input();
    return 64;
}
