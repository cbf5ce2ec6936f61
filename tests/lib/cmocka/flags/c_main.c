/* SPDX-License-Identifier: MIT */
/* A main() that does not know GoogleTest. */
#include "groups.h"

int main(void) {
    return run_groups();
}
