/* SPDX-License-Identifier: MIT */
/*
 *     NAME-loop    executes itself again and again (runc issue 1988)
 *     NAME         waits
 */
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    size_t length = argc > 0 ? strlen(argv[0]) : 0;
    if (length > 5 && strcmp(argv[0] + length - 5, "-loop") == 0)
        execv("/proc/self/exe", argv);
    for (;;)
        pause();
}
