/* SPDX-License-Identifier: MIT */
/* Linked with libexeseal-reexec: how it treats copies that other programs made. */
#include <stdio.h>

int main(void) {
    return puts("it runs") < 0;
}
