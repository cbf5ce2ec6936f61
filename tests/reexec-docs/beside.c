/* SPDX-License-Identifier: MIT */
int beside(void);

int beside(void) {
    return 7;
}
