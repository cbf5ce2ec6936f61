/* SPDX-License-Identifier: MIT */
/* Finds a program by name, seals it and executes it, with default options, under run_trace.py. */
#include <exeseal.h>

#include <stdio.h>

int main(int argc, char **argv) {
    struct exeseal_resolution program;
    int found = argc < 2 ? -1 : exeseal_resolve(argv[1], NULL, NULL, NULL, 0, &program, sizeof program, NULL, 0);
    if (found < 0)
        return 1;
    int sealed = exeseal_clone(found, NULL, 0, NULL, 0);
    int error = exeseal_exec_fd(sealed, argv + 1, NULL, NULL, 0, NULL, 0);
    fprintf(stderr, "%s: %d, %d\n", program.path, sealed, error);
    return 1;
}
