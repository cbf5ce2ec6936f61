/* SPDX-License-Identifier: MIT */
/* Says that it is up, waits for the end of its input, clones itself, and exits with 0 if the copy is of this program.
 */
#include <exeseal.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char running[4 << 20], copied[4 << 20];

int main(void) {
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ssize_t size = pread(self, running, sizeof running, 0);
    char byte;
    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    int fd = exeseal_clone_self(NULL, 0, NULL, 0);
    if (fd < 3)
        return 1;
    return size > 1000 && pread(fd, copied, sizeof copied, 0) == size && memcmp(running, copied, (size_t)size) == 0 ? 0
                                                                                                                    : 2;
}
