/* SPDX-License-Identifier: MIT */
/* The name that ps and top show stays the one that execve(2) gave to the program. */
#include "starts.h"

#include "sandbox.h"

#include <sys/prctl.h>

static const char *const PROGRAMS[] = {"call_static", "linked_static"};

static void check_comm(const struct start *start, const char *wanted) {
    struct seen seen = run_start(start);
    char line[64];
    snprintf(line, sizeof line, "\ncomm %s\n", wanted);
    if (strstr(seen.text, line) == NULL)
        dprintf(STDERR_FILENO, "not %s: %s%s\n", wanted, strstr(seen.text, "\ncomm "), seen.errors);
    check_equal(seen.status, 0);
    check_equal(seen.executions, 1);
    check(strstr(seen.text, line) != NULL);
    forget(&seen);
}

static void refuse_memfd(void *unused) {
    (void)unused;
    refuse_system_call(SYS_memfd_create, EPERM);
}

static void name_follows_the_file(void *unused) {
    (void)unused;
    char *argv[] = {"/opt/other/name", NULL}, *empty[] = {"", NULL};
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.program = PROGRAMS[i], .argv = argv};
        check_comm(&start, "witness");
        start.argv = empty;
        check_comm(&start, "witness");
    }
}

static void name_comes_from_the_file_and_not_argv_0(void **state) {
    (void)state;
    assert_child(name_follows_the_file, NULL);
}

static void check_file_names(void *unused) {
    (void)unused;
    static const char *const names[][2] = {
        {"a-name-of-more-than-fifteen-bytes", "a-name-of-more-"},
        {"name (deleted)", "name (deleted)"},
        {"memfd:name", "memfd:name"},
        {"3", "3"},
        {"with space", "with space"},
        {"fd", "fd"},
        {"\xc3\xa4\xff", "\xc3\xa4\xff"},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct temp_directory directory = make_temp_directory();
        char path[256];
        snprintf(path, sizeof path, "%s/%s", directory.path, names[i][0]);
        check(symlink(built_program("reexec/linked_static"), path) == 0);
        struct start start = {.path = path};
        check_comm(&start, names[i][1]);
        remove_temp_directory(&directory);
    }
}

static void unusual_names_are_kept(void **state) {
    (void)state;
    assert_child(check_file_names, NULL);
}

/* The unlinked file has no name, so the thread is named after argv[0]. */
static void check_tmpfile(void *unused) {
    (void)unused;
    char *argv[] = {"/opt/other/name", NULL};
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.program = PROGRAMS[i], .argv = argv, .before = refuse_memfd};
        check_comm(&start, "name");
        start.argv = NULL;
        check_comm(&start, "witness");
    }
}

static void tmpfile_gets_the_name_from_argv_0(void **state) {
    (void)state;
    assert_child(check_tmpfile, NULL);
}

static void check_given_name(void *unused) {
    (void)unused;
    char *envp[] = {"REEXEC_NAME=chosen", NULL};
    struct start start = {.program = "call", .envp = envp};
    check_comm(&start, "chosen");
}

static void name_can_be_set(void **state) {
    (void)state;
    assert_child(check_given_name, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_comes_from_the_file_and_not_argv_0),
        cmocka_unit_test(unusual_names_are_kept),
        cmocka_unit_test(tmpfile_gets_the_name_from_argv_0),
        cmocka_unit_test(name_can_be_set),
    };
    return run_all(tests);
}
