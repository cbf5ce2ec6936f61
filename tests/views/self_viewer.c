/* SPDX-License-Identifier: MIT */
/*
 * Clones itself in the mode that is its argument, and executes the clone:
 *
 *     7   the clone is of this program, and it was the one that ran
 *     3   no clone: the source is not what its path leads to
 *
 * Anything else is wrong.
 */
#include <exeseal.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RIGHT = 7, REFUSED = 3, WRONG = 20 };

static char running[4 << 20], cloned[4 << 20];

int main(int argc, char **argv) {
    struct exeseal_clone_options options = {0};
    if (argc > 2)
        return strcmp(argv[2], "again") == 0 ? RIGHT : WRONG;
    if (argc < 2 || exeseal_mode_parse(argv[1], &options.mode) < 0)
        return WRONG + 1;
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ssize_t size = pread(self, running, sizeof running, 0);
    struct exeseal_report report;
    char text[4096];
    int fd = exeseal_clone_self(&options, sizeof options, &report, sizeof report);
    if (fd == -EXDEV)
        return REFUSED;
    if (fd < 0) {
        exeseal_report_format(&report, sizeof report, text, sizeof text);
        return fputs(text, stderr) < 0 ? WRONG : WRONG + 2;
    }
    if (size < 1000 || pread(fd, cloned, sizeof cloned, 0) != size || memcmp(running, cloned, (size_t)size) != 0)
        return WRONG + 3;
    char *again[] = {argv[0], argv[1], "again", NULL};
    exeseal_exec_fd(fd, again, NULL, NULL, 0, NULL, 0);
    return WRONG + 4;
}
