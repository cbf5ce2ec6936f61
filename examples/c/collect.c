/* SPDX-License-Identifier: MIT */
/* collect NAME [ARGUMENT...]: runs a program from a sealed copy and collects its output. */
#define _GNU_SOURCE /* pipe2 */
#include <exeseal.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* `details` has the lines of a report, or those of the candidates that were refused. */
static int complain(const char *what, int error, const char *details) {
    fprintf(stderr, "collect: %s: %s\n%s", what, strerror(-error), details);
    return 125;
}

static int complain_of(const char *what, int error, const struct exeseal_report *report) {
    char text[4096];
    exeseal_report_format(report, sizeof *report, text, sizeof text);
    return complain(what, error, text);
}

/* Reads to the end of the pipe. Bytes that do not fit into the buffer are counted and dropped. */
static size_t collect(int fd, char *buffer, size_t size) {
    char rest[4096];
    size_t total = 0;
    for (;;) {
        int fits = total < size;
        ssize_t count = read(fd, fits ? buffer + total : rest, fits ? size - total : sizeof rest);
        if (count == 0 || (count < 0 && errno != EINTR))
            return total;
        if (count > 0)
            total += (size_t)count;
    }
}

int main(int argc, char **argv) {
    struct exeseal_spawn_options options = {0};
    struct exeseal_report report;
    char why[2048], output[4096];
    int program, sealed, child, ends[2], status;
    size_t length;

    if (argc < 2)
        return complain("no program is named", -EINVAL, "");
    program = exeseal_resolve(argv[1], NULL, NULL, NULL, 0, NULL, 0, why, sizeof why);
    if (program < 0)
        return complain(argv[1], program, why);
    sealed = exeseal_clone(program, NULL, 0, &report, sizeof report);
    if (sealed < 0)
        return complain_of(argv[1], sealed, &report);

    /* Both ends are close-on-exec: the child gets its end as descriptor 1 and nothing else. */
    if (pipe2(ends, O_CLOEXEC) != 0)
        return complain("pipe", -errno, "");
    options.map_count = 1;
    options.map[0].from = ends[1];
    options.map[0].to = STDOUT_FILENO;
    child = exeseal_spawn_fd(sealed, argv + 1, environ, NULL, 0, &options, sizeof options, &report, sizeof report);
    if (child < 0)
        return complain_of(argv[1], child, &report);
    close(ends[1]);

    length = collect(ends[0], output, sizeof output);
    wait(&status); /* of several children: waitid(P_PIDFD, child, ...) */
    printf("%zu bytes from %s:\n", length, argv[1]);
    fwrite(output, 1, length < sizeof output ? length : sizeof output, stdout);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
