/* SPDX-License-Identifier: MIT */
/* Linked with libexeseal-reexec: what we make of copies that others made. */
#include <stdio.h>

int main(void) {
    return puts("it runs") < 0;
}
