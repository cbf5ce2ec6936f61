/* SPDX-License-Identifier: MIT */
/*
 * Prints what an emulator of programs, such as qemu-user, cannot do: for each missing ability
 * one line with the name that tests/lib/arm64/needs has for it, a tab, and the observation.
 * Prints nothing on a kernel of this architecture.
 */
#define _GNU_SOURCE
#include "../support/system_calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program;

static void say_unless(int able, const char *name, const char *what) {
    if (!able)
        printf("%s\t%s\n", name, what);
}

/* Returns 0 or the errno of the execution. */
static int execute_in_child(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, "again", NULL);
        _exit(errno);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

static int is_running_program(const char *link) {
    struct stat one, other;
    return stat(program, &one) == 0 && stat(link, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static int is_told_apart(uid_t user) {
    pid_t child = fork();
    if (child == 0)
        _exit(setresuid(user, user, user) != 0 || (uid_t)syscall(SYS_geteuid) != user);
    int status;
    return waitpid(child, &status, 0) == child && status == 0;
}

/* The machine itself starts programs of its own architecture. */
static int is_of_this_architecture(const char *path) {
    unsigned char own[20], other[20]; /* up to e_machine */
    FILE *one = fopen(program, "re"), *two = fopen(path, "re");
    int same = one != NULL && two != NULL && fread(own, sizeof own, 1, one) == 1 &&
               fread(other, sizeof other, 1, two) == 1 && memcmp(own + 18, other + 18, 2) == 0;
    if (one != NULL)
        fclose(one);
    if (two != NULL)
        fclose(two);
    return same;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return 0;
    program = argv[0];
    char text[128];
    int error = execute_in_child();
    snprintf(text, sizeof text, "the emulator executes no program of this architecture: %s", strerror(error));
    say_unless(error == 0, "execute", text);
    say_unless(is_running_program("/proc/thread-self/exe"), "running",
               "the running program is the emulator: /proc/thread-self/exe leads there");
    say_unless(is_of_this_architecture("/bin/sh"), "programs", "the machine's programs are of another architecture");
    say_unless(syscall(SYS_fsopen, "tmpfs", 1) >= 0 || errno != ENOSYS, "mounts",
               "the emulator knows no fsopen(2): ENOSYS");
    if (geteuid() == 0)
        say_unless(is_told_apart((uid_t)-2), "users",
                   "the emulator answers geteuid(2) of user 4294967294 with an error");
    return 0;
}
