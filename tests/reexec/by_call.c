/* SPDX-License-Identifier: MIT */
/* Calls exeseal_reexec_self with options from the environment.
 *
 * The variables are REEXEC_MODE, REEXEC_FLAGS, REEXEC_REQUIRE, REEXEC_FALLBACK (numbers),
 * REEXEC_NAME, and REEXEC_ARGV=none (no arguments). On failure the report goes to standard error,
 * and the exit status is the errno. */
#include "witness.h"

#include <exeseal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static uint64_t number(const char *variable) {
    const char *text = getenv(variable);
    return text == NULL ? 0 : strtoull(text, NULL, 0);
}

int main(int argc, char **argv) {
    struct exeseal_clone_options options = {
        .mode = (uint32_t)number("REEXEC_MODE"),
        .flags = number("REEXEC_FLAGS"),
        .require = number("REEXEC_REQUIRE"),
        .fallback = {(uint32_t)number("REEXEC_FALLBACK")},
    };
    if (getenv("REEXEC_NAME") != NULL)
        snprintf(options.name, sizeof options.name, "%s", getenv("REEXEC_NAME"));
    struct exeseal_report report;
    char text[4096], *none[] = {NULL};
    int error = exeseal_reexec_self(getenv("REEXEC_ARGV") != NULL ? none : argv, environ, &options, sizeof options,
                                    &report, sizeof report);
    if (error == 0)
        return witness(argc, argv);
    exeseal_report_format(&report, sizeof report, text, sizeof text);
    fputs(text, stderr);
    return -error;
}
