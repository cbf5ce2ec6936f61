/* SPDX-License-Identifier: MIT */
/* A library that makes a choice which is the program's, and says that it is there. */
#include <unistd.h>

__attribute__((constructor)) static void say(void) {
    if (write(STDERR_FILENO, "loaded\n", 7) < 0)
        _exit(1);
}
