/* SPDX-License-Identifier: MIT */
/* No result of a system call makes a program execute itself again and again. */
#include "starts.h"

#include "sandbox.h"

enum { REFUSED = 126 };

static void forget_seals(void *unused) {
    (void)unused;
    refuse_system_call_with(SYS_fcntl, 1, F_GET_SEALS, 0); /* error 0: F_GET_SEALS returns 0 */
}

static void know_no_seals(void *unused) {
    (void)unused;
    refuse_system_call_with(SYS_fcntl, 1, F_GET_SEALS, EINVAL);
}

static void refuse_to_seal(void *unused) {
    (void)unused;
    refuse_system_call_with(SYS_fcntl, 1, F_ADD_SEALS, EINVAL);
}

/* RHEL 7 kernels accepted seals and forgot them (runc issue 1988). There runc 1.0 executed itself
 * forever. */
static void check_seals_are_missed(void (*before)(void *)) {
    struct start start = {.program = "linked_static", .before = before};
    check_does_not_run(&start, REFUSED, "so it was not started", "memfd: verify: EIO (seals)");
    start.program = "linked";
    check_does_not_run(&start, REFUSED, "so it was not started", "memfd: verify: EIO (seals)");
    start.program = "call_static";
    check_does_not_run(&start, EIO, "memfd: verify: EIO (seals)", "");
}

static void check_forgotten_seals(void *unused) {
    (void)unused;
    check_seals_are_missed(forget_seals);
    check_seals_are_missed(know_no_seals);
}

static void kernel_without_seals_causes_no_loop(void **state) {
    (void)state;
    assert_child(check_forgotten_seals, NULL);
}

static void check_refused_sealing(void *unused) {
    (void)unused;
    struct start start = {.program = "linked_static", .before = refuse_to_seal};
    struct seen seen = run_start(&start);
    check_equal(seen.status, 0);
    check(seen.executions == 1 && seen.memfds == 1 && seen.files == 1);
    check_equal(seen.links, 0);
    check(seen.seals == -1 || seen.seals == F_SEAL_SEAL); /* files on a tmpfs have F_SEAL_SEAL */
    forget(&seen);
}

static void unlinked_file_is_used_if_seals_are_refused(void **state) {
    (void)state;
    assert_child(check_refused_sealing, NULL);
}

/* A program that may run unsealed reports that and runs once. */
static void check_run_unsealed(void *unused) {
    (void)unused;
    static void (*const surroundings[])(void *) = {forget_seals, know_no_seals};
    for (size_t i = 0; i < 2 * COUNT(surroundings); i++) {
        struct start start = {.program = i % 2 == 0 ? "unsealed" : "unsealed_static", .before = surroundings[i / 2]};
        struct seen seen = run_start(&start);
        check_equal(seen.status, 0);
        check_equal(seen.executions, 0);
        check(strstr(seen.errors, "cannot be sealed and runs unsealed\n") != NULL);
        check(strstr(seen.errors, "memfd: verify: EIO (seals)") != NULL);
        check_equal(said(&seen, "pid "), seen.process);
        check(strstr(seen.text, "\ncomm witness\n") != NULL);
        forget(&seen);
    }
}

static void unsealed_program_runs_once(void **state) {
    (void)state;
    assert_child(check_run_unsealed, NULL);
}

/* --- without memfd_create(2): an unlinked file shows only that it is unlinked --- */

static void refuse_links(void *unused) {
    (void)unused;
    refuse_system_call(SYS_memfd_create, EPERM);
    refuse_system_call(SYS_readlinkat, EACCES);
}

static void check_unreadable_link(void *unused) {
    (void)unused;
    struct start start = {.program = "linked_static", .before = refuse_links};
    check_does_not_run(&start, REFUSED, "so it was not started", "tmpfile: verify: ELOOP (the copy)");
    start.program = "call";
    check_does_not_run(&start, ELOOP, "tmpfile: verify: ELOOP (the copy)", "The copy cannot be recognized as one");
}

static void copy_that_may_be_a_memfd_is_not_executed(void **state) {
    (void)state;
    assert_child(check_unreadable_link, NULL);
}

static void forget_seals_without_memfd(void *unused) {
    forget_seals(unused);
    refuse_system_call(SYS_memfd_create, EPERM);
}

static void check_tmpfile_without_seals(void *unused) {
    (void)unused;
    struct start start = {.program = "linked_static", .before = forget_seals_without_memfd};
    check_unlinked(&start, 1);
}

static void tmpfile_needs_no_seals(void **state) {
    (void)state;
    assert_child(check_tmpfile_without_seals, NULL);
}

/* --- a copy that sees another file as its own --- */

static void forge_one_descriptor(void *number) {
    /* error 0: F_GET_SEALS returns 0 */
    refuse_system_call_with(SYS_fcntl, 0, *(const unsigned *)number, 0);
}

/* One of these is the descriptor by which the library inspects the running program. */
static void check_forged_descriptors(void *program) {
    int refused = 0;
    for (unsigned number = 3; number < 10; number++) {
        struct start start = {.program = program, .before = forge_one_descriptor, .argument = &number};
        struct seen seen = run_start(&start);
        check(seen.executions <= 1);
        if (seen.executions == 1 && seen.status == REFUSED) {
            check(strstr(seen.errors, "verify: ELOOP (the copy that runs)") != NULL);
            check(strstr(seen.errors, "This process runs from a copy") != NULL);
            refused++;
        }
        forget(&seen);
    }
    check_equal(refused, 1);
}

static void copy_that_appears_unsealed_makes_no_copy(void **state) {
    (void)state;
    assert_child(check_forged_descriptors, "linked_static");
    assert_child(check_forged_descriptors, "linked");
}

/* Other software starts programs by descriptor too. */
static void check_started_by_descriptor(void *unused) {
    (void)unused;
    struct start start = {.fd = open(built_program("reexec/linked_static"), O_RDONLY | O_CLOEXEC)};
    check_sealed(&start, 1);
    start.fd = fcntl(start.fd, F_DUPFD_CLOEXEC, 900);
    check(start.fd >= 900);
    check_sealed(&start, 1);
}

static void program_started_by_descriptor_makes_one_copy(void **state) {
    (void)state;
    assert_child(check_started_by_descriptor, NULL);
}

/* --- control: this way of counting detects what runc 1.0 did --- */

static void check_endless(void *unused) {
    (void)unused;
    char *argv[] = {"sh", "-c", "exec sh -c \"$0\" \"$0\"", "exec sh -c \"$0\" \"$0\"", NULL};
    struct start start = {.path = "/bin/sh", .argv = argv};
    char *envp[] = {"PATH=/bin:/usr/bin", NULL};
    start.envp = envp;
    struct seen seen = run_start(&start);
    check_equal(seen.executions, ENDLESS);
    check_equal(seen.status, ENDED_AS_ENDLESS);
    forget(&seen);
}

static void control_endless_execution_is_detected(void **state) {
    (void)state;
    assert_child(check_endless, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_without_seals_causes_no_loop),
        cmocka_unit_test(unlinked_file_is_used_if_seals_are_refused),
        cmocka_unit_test(unsealed_program_runs_once),
        cmocka_unit_test(copy_that_may_be_a_memfd_is_not_executed),
        cmocka_unit_test(tmpfile_needs_no_seals),
        cmocka_unit_test(copy_that_appears_unsealed_makes_no_copy),
        cmocka_unit_test(program_started_by_descriptor_makes_one_copy),
        cmocka_unit_test(control_endless_execution_is_detected),
    };
    return run_all(tests);
}
