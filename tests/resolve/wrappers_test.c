/* SPDX-License-Identifier: MIT */
/* Nix wrapper scripts: the wrapped program is checked and returned instead of the script. */
#include "resolution.h"

#define WRAPPED "/dir/bin/.runc-wrapped"
#define EXEC_WRAPPED "exec -a \"$0\" \"" WRAPPED "\"  \"$@\" \n"

#define ARGUMENTS ": a wrapper that changes the arguments of its program\n"
#define OTHER_PROGRAM ": a script that runs a program with another name\n"

/* Returns a script of this length that runs WRAPPED. */
static const char *script_of(size_t length) {
    static char script[8192];
    static const char start[] = "#!/bin/sh\n#", end[] = "\n" EXEC_WRAPPED;
    check(length < sizeof script && length >= sizeof start + sizeof end);
    memset(script, 'x', length);
    memcpy(script, start, sizeof start - 1);
    memcpy(script + length - (sizeof end - 1), end, sizeof end - 1);
    script[length] = '\0';
    return script;
}

static void put_wrapper(const char *path, const char *program) {
    char script[256];
    snprintf(script, sizeof script, "#!/bin/sh -e\nexport A='b'\nexec -a \"$0\" \"%s\"  \"$@\" \n", program);
    put_file(path, script, 0755, 0);
}

/* The program runs under the name of the wrapper, like `exec -a "$0"`. */
static void check_wrapper(const char *path, const char *program) {
    check_equal(resolved.resolution.flags, EXESEAL_RESOLUTION_WRAPPER);
    check(strcmp(resolved.resolution.path, path) == 0);
    check(strcmp(resolved.resolution.resolved, program) == 0);
    check_found_at(program);
}

static void resolve_wrappers(void *unused) {
    (void)unused;
    enter_empty_root();
    put_file(WRAPPED, "program", 0755, 0);
    put_wrapper(PROGRAM, WRAPPED);
    put_link("/dir/alias", "bin/runc");
    resolve(PROGRAM);
    check_wrapper(PROGRAM, WRAPPED);
    resolve("/dir/alias"); /* the name of the script, not of the link */
    check_wrapper("/dir/alias", WRAPPED);
    resolve_with("runc", "/dir/bin", NULL, 0);
    check_wrapper(PROGRAM, WRAPPED);
    put_file(PROGRAM, script_of(4096), 0755, 0);
    resolve(PROGRAM);
    check_wrapper(PROGRAM, WRAPPED);
}

static void wrapped_program_is_found(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_wrappers, NULL);
}

static void resolve_wrappers_of_wrappers(void *unused) {
    (void)unused;
    enter_empty_root();
    put_file(WRAPPED, "program", 0755, 0);
    put_wrapper(WRAPPED "_", WRAPPED);
    put_wrapper(PROGRAM, WRAPPED "_");
    put_link("/dir/alias", "bin/runc");
    resolve(PROGRAM);
    check_wrapper(PROGRAM, WRAPPED);
    resolve("/dir/alias"); /* both have the name of the first script */
    check_wrapper("/dir/alias", WRAPPED);
    put_wrapper("/dir/more/runc", PROGRAM);
    resolve("/dir/more/runc");
    check_refused("/dir/more/runc: wraps " WRAPPED "_: more than two nested wrappers\n");
    put_wrapper("/dir/more/runc", WRAPPED "__");
    resolve("/dir/more/runc");
    check_refused("/dir/more/runc" OTHER_PROGRAM);
    put_wrapper(PROGRAM, PROGRAM);
    resolve(PROGRAM);
    check_refused(PROGRAM ": wraps " PROGRAM ": more than two nested wrappers\n");
}

static void nested_wrappers_are_limited(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_wrappers_of_wrappers, NULL);
}

static void resolve_past_a_wrapper(void *unused) {
    (void)unused;
    enter_empty_root();
    put_wrapper("/usr/bin/runc", "/tmp/runc");
    put_file("/dir/bin/runc", "program", 0755, 0);
    resolve_with("runc", "/dir/bin", NULL, 0);
    check_equal(resolved.resolution.flags, 0);
    check(strcmp(resolved.why, "/usr/bin/runc: wraps /tmp/runc: missing\n") == 0);
    check_found_at(PROGRAM);
}

static void program_after_a_refused_wrapper_has_no_wrapper_flag(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_past_a_wrapper, NULL);
}

struct refusal {
    const char *script;
    const char *why;
};

static const struct refusal refusals[] = {
    {"#!/bin/sh\necho\n", PROGRAM ": a script that is not a Nix wrapper\n"},
    {"#!", PROGRAM ": a script that is not a Nix wrapper\n"},
    {"#!/usr/bin/python3\nexec(\"x\")\n", PROGRAM ": a script that is not a Nix wrapper\n"},
    {"#!/bin/sh\nexec \"$x\" \"$@\"\n", PROGRAM ": a script that is not a Nix wrapper\n"},
    {"#!/bin/sh\nexec ./runc \"$@\"\n", PROGRAM ": a script that is not a Nix wrapper\n"},
    {"#!/bin/sh\nexec /dir/bin/python3 /dir/runc.py \"$@\"\n", PROGRAM ARGUMENTS},
    {"#!/bin/sh\nexec /dir/bin/.runc-wrapped --root /dir \"$@\"\n", PROGRAM ARGUMENTS},
    {"#!/bin/sh\nexec /dir/bin/.runc-wrapped\n", PROGRAM ARGUMENTS},
    {"#!/bin/sh\nexec -a crun /dir/bin/.runc-wrapped \"$@\"\n",
     PROGRAM ": a wrapper that changes the name of its program\n"},
    {"#!/bin/sh\nexec /dir/bin/python3 \"$@\"\n", PROGRAM OTHER_PROGRAM},
    {"#!/bin/sh\nexec /dir/bin/runc-foreign \"$@\"\n", PROGRAM OTHER_PROGRAM},
    {"#!/bin/sh\nexec /dir/bin/ \"$@\"\n", PROGRAM OTHER_PROGRAM},
    {"#!/bin/sh\nexec /tmp/runc \"$@\"\n",
     PROGRAM ": wraps /tmp/runc: the parent directory /tmp is writable by group or others\n"},
    {"#!/bin/sh\nexec /home/evil/runc \"$@\"\n",
     PROGRAM ": wraps /home/evil/runc: the parent directory /home/evil belongs to another user\n"},
    {"#!/bin/sh\nexec /dir/bin/foreign/runc \"$@\"\n",
     PROGRAM ": wraps /dir/bin/foreign/runc: belongs to another user\n"},
    {"#!/bin/sh\nexec /dir/bin/writable/runc \"$@\"\n",
     PROGRAM ": wraps /dir/bin/writable/runc: writable by group or others\n"},
    {"#!/bin/sh\nexec /dir/bin/link/runc \"$@\"\n",
     PROGRAM ": wraps /dir/bin/link/runc: the parent directory /tmp is writable by group or others\n"},
    {"#!/bin/sh\nexec /dir/bin/missing/runc \"$@\"\n", PROGRAM ": wraps /dir/bin/missing/runc: missing\n"},
    {"#!/bin/sh\nexec /dir/bin/directory/runc \"$@\"\n", PROGRAM ": wraps /dir/bin/directory/runc: a directory\n"},
    {"#!/bin/sh\nexec /dir/bin/script/runc \"$@\"\n",
     PROGRAM ": wraps /dir/bin/script/runc: a script that is not a Nix wrapper\n"},
    {"#!/bin/sh\nexec \"/dir/bin/runc\033[2Jx\n\" \"$@\"\n", PROGRAM ": a script that is not a Nix wrapper\n"},
    {"#!/bin/sh\nexec \"/dir/bin\033{2Jx/runc\" \"$@\"\n", PROGRAM ": wraps /dir/bin?{2Jx/runc: missing\n"},
};

static void put_what_is_wrapped(void) {
    enter_empty_root();
    put_directory("/tmp", 01777, 0);
    put_file("/tmp/runc", "program", 0755, 0);
    put_directory("/home/evil", 0755, FOREIGN_USER);
    put_file("/home/evil/runc", "program", 0755, 0);
    put_file("/dir/bin/python3", "program", 0755, 0);
    put_file("/dir/bin/foreign/runc", "program", 0755, FOREIGN_USER);
    put_file("/dir/bin/writable/runc", "program", 0775, 0);
    put_link("/dir/bin/link/runc", "/tmp/runc");
    put_directory("/dir/bin/directory/runc", 0755, 0);
    put_file("/dir/bin/script/runc", "#!/bin/sh\n", 0755, 0);
    put_file(WRAPPED, "program", 0755, 0);
}

static void resolve_refused_wrappers(void *argument) {
    const struct refusal *refusal = argument;
    put_what_is_wrapped();
    put_file(PROGRAM, refusal->script, 0755, 0);
    resolve(PROGRAM);
    check_refused(refusal->why);
}

static void other_scripts_are_refused_for_their_reason(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct refusal refusal = refusals[i];
        print_message("%s", refusal.why);
        assert_child(resolve_refused_wrappers, &refusal);
    }
}

static void resolve_longer_script(void *unused) {
    (void)unused;
    put_what_is_wrapped();
    put_file(PROGRAM, script_of(4097), 0755, 0);
    resolve(PROGRAM);
    check_refused(PROGRAM ": a script of more than 4096 bytes, too long for a Nix wrapper\n");
}

static void script_of_4097_bytes_is_no_wrapper(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_longer_script, NULL);
}

/* The script itself is checked before it is read. */
static void resolve_untrusted_wrapper(void *unused) {
    (void)unused;
    put_what_is_wrapped();
    put_wrapper(PROGRAM, WRAPPED);
    check(chmod(PROGRAM, 0775) == 0);
    resolve(PROGRAM);
    check_refused(PROGRAM ": writable by group or others\n");
    check(chmod(PROGRAM, 0644) == 0);
    resolve(PROGRAM);
    check_refused(PROGRAM ": not executable by this process, or on a noexec mount\n");
}

static void untrusted_wrapper_is_not_read(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_untrusted_wrapper, NULL);
}

static void resolve_scripts_as_asked(void *unused) {
    (void)unused;
    put_what_is_wrapped();
    put_wrapper(PROGRAM, WRAPPED);
    const char *const scripts[] = {PROGRAM, "/dir/bin/script/runc", WRAPPED};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        resolve_with(scripts[i], NULL, NULL, EXESEAL_RESOLVE_SCRIPT);
        check_equal(resolved.resolution.flags, 0);
        check_found_as(scripts[i], scripts[i]);
    }
}

static void script_is_returned_if_scripts_are_accepted(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_scripts_as_asked, NULL);
}

/* It cannot be distinguished from a program. Executing it fails, as it does without exeseal. */
static void resolve_unreadable_wrapper(void *unused) {
    (void)unused;
    put_what_is_wrapped();
    put_wrapper(PROGRAM, WRAPPED);
    check(chmod(PROGRAM, 0711) == 0);
    become_user(OWN_USER);
    resolve(PROGRAM);
    check_equal(resolved.resolution.flags, 0);
    check((fcntl(resolved.fd, F_GETFL) & O_PATH) != 0);
    char *argv[] = {"runc", NULL};
    check_equal(exeseal_exec_fd(resolved.fd, argv, NULL, NULL, 0, NULL, 0), -ENOENT);
    check_found_at(PROGRAM);
}

static void unreadable_wrapper_is_not_unwrapped(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_unreadable_wrapper, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrapped_program_is_found),
        cmocka_unit_test(nested_wrappers_are_limited),
        cmocka_unit_test(program_after_a_refused_wrapper_has_no_wrapper_flag),
        cmocka_unit_test(other_scripts_are_refused_for_their_reason),
        cmocka_unit_test(script_of_4097_bytes_is_no_wrapper),
        cmocka_unit_test(untrusted_wrapper_is_not_read),
        cmocka_unit_test(script_is_returned_if_scripts_are_accepted),
        cmocka_unit_test(unreadable_wrapper_is_not_unwrapped),
    };
    return run_all(tests);
}
