/* SPDX-License-Identifier: MIT */
/* A library that defines the choice of EXESEAL_REEXEC_OR_RUN_UNSEALED, and reports that it is
 * loaded. */
#include <unistd.h>

__attribute__((constructor)) static void say(void) {
    if (write(STDERR_FILENO, "loaded\n", 7) < 0)
        _exit(1);
}
