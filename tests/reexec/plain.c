/* SPDX-License-Identifier: MIT */
/* By itself the control. Linked with libexeseal-reexec it runs from a sealed copy, and says the same. */
#include "witness.h"

int main(int argc, char **argv) {
    return witness(argc, argv);
}
