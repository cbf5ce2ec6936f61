/* SPDX-License-Identifier: MIT */
/* A main() that knows nothing of GoogleTest. */
#include "groups.h"

int main(void) {
    return run_groups();
}
