/* SPDX-License-Identifier: MIT */
/* launcher NAME [ARGUMENT...]: executes a program with no right that it can do without. */
#include <exeseal.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int complain(const char *what, int error, const char *details) {
    fprintf(stderr, "launcher: %s: %s\n%s", what, strerror(-error), details);
    return 125;
}

static int complain_of(const char *what, int error, const struct exeseal_report *report) {
    char text[4096];
    exeseal_report_format(report, sizeof *report, text, sizeof text);
    return complain(what, error, text);
}

int main(int argc, char **argv) {
    static const char *const names[] = {"TERM", "TZ", NULL};
    struct exeseal_clone_options clone_options = {0};
    struct exeseal_exec_options options = {0};
    struct exeseal_report report;
    char why[2048], *envp[32], buffer[128];
    int program, sealed, error;

    if (argc < 2)
        return complain("no program is named", -EINVAL, "");
    program = exeseal_resolve(argv[1], NULL, NULL, NULL, 0, NULL, 0, why, sizeof why);
    if (program < 0)
        return complain(argv[1], program, why);
    clone_options.require = EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES;
    sealed = exeseal_clone(program, &clone_options, sizeof clone_options, &report, sizeof report);
    if (sealed < 0)
        return complain_of(argv[1], sealed, &report);
    error = exeseal_environment(names, environ, envp, sizeof envp / sizeof *envp, buffer, sizeof buffer);
    if (error < 0)
        return complain("environment", error, "");

    /* Landlock: the program can execute nothing but itself and its interpreter. The sets of
     * capabilities are empty. Dropping from the bounding set requires CAP_SETPCAP, and without it
     * there is nothing in the set that an ordinary user could gain under no_new_privs. */
    options.flags = EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_CAPABILITIES |
                    EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE;
    options.drop_bounding = geteuid() == 0 ? UINT64_MAX : 0;
    error = exeseal_exec_fd(sealed, argv + 1, envp, &options, sizeof options, &report, sizeof report);
    complain_of(argv[1], error, &report);
    _exit(125); /* some of the settings may be in effect */
}
