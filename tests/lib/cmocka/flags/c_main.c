/* SPDX-License-Identifier: MIT */
/* A main() that does not know GoogleTest. */
#include "groups.h"

#include <stdlib.h>
#include <unistd.h>

int main(void) {
    const char *directory = getenv("MAIN_CHDIR");
    if (directory != NULL && chdir(directory) != 0)
        return 2;
    return run_groups();
}
