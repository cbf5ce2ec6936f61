/* SPDX-License-Identifier: MIT */
/* A program with a library that it finds beside itself, by $ORIGIN. */
int beside(void);

int main(void) {
    return beside();
}
