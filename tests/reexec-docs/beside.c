/* SPDX-License-Identifier: MIT */
/* A library in the directory of the program that uses it. */
int beside(void);

int beside(void) {
    return 7;
}
