/* SPDX-License-Identifier: MIT */
/*
 *     from_descriptor [--x-sealed] PROGRAM ARGUMENT...
 *
 * Clones the program and executes the copy, with the environment as it is.
 */
#include <exeseal.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

extern char **environ;

int main(int argc, char **argv) {
    struct exeseal_clone_options options = {0};
    struct exeseal_report report;
    char text[4096];
    int first = 1;
    if (argc > 1 && strcmp(argv[1], "--x-sealed") == 0) {
        options.require = EXESEAL_GUARANTEE_X_SEALED;
        first = 2;
    }
    if (first >= argc)
        return 64;
    int fd = exeseal_clone(open(argv[first], O_RDONLY | O_CLOEXEC), &options, sizeof options, &report, sizeof report);
    if (fd >= 0)
        exeseal_exec_fd(fd, argv + first, environ, NULL, 0, &report, sizeof report);
    exeseal_report_format(&report, sizeof report, text, sizeof text);
    fputs(text, stderr);
    return 65;
}
