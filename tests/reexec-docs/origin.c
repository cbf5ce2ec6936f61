/* SPDX-License-Identifier: MIT */
/* A program with a library in its own directory, found by $ORIGIN. */
int beside(void);

int main(void) {
    return beside();
}
