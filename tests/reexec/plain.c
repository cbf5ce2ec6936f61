/* SPDX-License-Identifier: MIT */
/* Prints what the process sees. It is the control, unless it is linked with libexeseal-reexec. */
#include "witness.h"

int main(int argc, char **argv) {
    return witness(argc, argv);
}
