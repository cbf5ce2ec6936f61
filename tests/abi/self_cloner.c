/* SPDX-License-Identifier: MIT */
/* Writes a byte, waits for the end of its input, clones itself, and exits with 0 if the copy is
 * of this program. With the argument "stable" it requires STABLE; if the clone fails, its errno
 * is the exit status. */
#include <exeseal.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char running[4 << 20], copied[4 << 20];

int main(int argc, char **argv) {
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ssize_t size = pread(self, running, sizeof running, 0);
    char byte;
    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    bool is_stable = argc > 1 && strcmp(argv[1], "stable") == 0;
    struct exeseal_clone_options options = {.require = is_stable ? EXESEAL_GUARANTEE_STABLE : 0};
    int fd = exeseal_clone_self(&options, sizeof options, NULL, 0);
    if (fd < 3)
        return is_stable && fd < 0 ? -fd : 1;
    return size > 1000 && pread(fd, copied, sizeof copied, 0) == size && memcmp(running, copied, (size_t)size) == 0 ? 0
                                                                                                                    : 2;
}
