/* SPDX-License-Identifier: MIT */
/* exeseal_exec_fd without /proc, without execveat, and without both. */
#include "execution.h"

#include "sandbox.h"

#include <sys/mount.h>
#include <sys/syscall.h>

static void cover_proc(struct execution *execution) {
    (void)execution;
    use_private_mounts();
    cover_with_tmpfs("/proc", 0);
}

static void execution_needs_no_proc(void **state) {
    (void)state;
    skip_unless_root();
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = cover_proc};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "it runs\n");
    close(fd);
}

static int filter_error;

static void refuse_execveat(struct execution *execution) {
    (void)execution;
    refuse_system_call(SYS_execveat, filter_error);
}

static void proc_serves_where_execveat_is_refused(void **state) {
    (void)state;
    static const int errors[] = {ENOSYS, EPERM, EACCES};
    int fd = sealed_payload();
    for (size_t i = 0; i < COUNT(errors); i++) {
        filter_error = errors[i];
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = refuse_execveat};
        assert_runs(&execution);
        assert_string_equal(outcome->output, "it runs\n");
        assert_check_says(fd, 0, 0);
    }
    close(fd);
}

/* A filter's EPERM is not blamed on the program. */
static void check_is_not_misled_by_a_filter(void **state) {
    (void)state;
    static const int errors[] = {EPERM, ENOSYS, EINVAL};
    int good = sealed_payload(), text = sealed_text("no program\n");
    struct bytes program = read_path(built_program("lib/support/payload"));
    int unexecutable = make_memfd(program.data, program.size, 0644, PEER_SEALS);
    for (size_t i = 0; i < COUNT(errors); i++) {
        filter_error = errors[i];
        assert_check_says_after(refuse_execveat, good, 0, 0);
        assert_check_says_after(refuse_execveat, text, 0, -ENOEXEC);
        assert_check_says_after(refuse_execveat, unexecutable, 0, -EACCES);
    }
    free(program.data);
    close(unexecutable);
    close(text);
    close(good);
}

/* execveat(2) lacks AT_EXECVE_CHECK or is missing, and faccessat2(2) came with Linux 5.8. */
static void be_an_old_kernel(struct execution *execution) {
    refuse_execveat(execution);
    refuse_system_call(SYS_faccessat2, ENOSYS);
}

static void be_an_old_kernel_with_a_noexec_mount(struct execution *execution) {
    struct bytes program = read_path(built_program("lib/support/payload"));
    use_private_mounts();
    cover_with_tmpfs("/mnt", MS_NOEXEC);
    int writer = open("/mnt/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    check(writer >= 0 && write(writer, program.data, program.size) == (ssize_t)program.size);
    close(writer);
    execution->fd = open("/mnt/program", O_RDONLY | O_CLOEXEC);
    be_an_old_kernel(execution);
}

static void check_works_on_linux_5_4(void **state) {
    (void)state;
    static const int errors[] = {EINVAL, ENOSYS};
    int good = sealed_payload(), text = sealed_text("no program\n"), script = sealed_text("#!/bin/sh\n");
    int lost = sealed_text("#!/no/such/shell\n");
    struct bytes program = read_path(built_program("lib/support/payload"));
    int unexecutable = make_memfd(program.data, program.size, 0644, PEER_SEALS);
    for (size_t i = 0; i < COUNT(errors); i++) {
        filter_error = errors[i];
        assert_check_says_after(be_an_old_kernel, good, 0, 0);
        assert_check_says_after(be_an_old_kernel, script, EXESEAL_EXEC_SCRIPT, 0);
        assert_check_says_after(be_an_old_kernel, script, 0, -ENOENT);
        assert_check_says_after(be_an_old_kernel, lost, EXESEAL_EXEC_SCRIPT, -ENOENT);
        assert_check_says_after(be_an_old_kernel, text, 0, -ENOEXEC);
        assert_check_says_after(be_an_old_kernel, unexecutable, 0, -EACCES);
        assert_check_says_after(be_an_old_kernel, -1, 0, -EBADF);
        if (geteuid() == 0)
            assert_check_says_after(be_an_old_kernel_with_a_noexec_mount, good, 0, -EACCES);
    }
    free(program.data);
    close(unexecutable);
    close(lost);
    close(script);
    close(text);
    close(good);
}

static void cover_proc_and_refuse_execveat(struct execution *execution) {
    cover_proc(execution);
    refuse_execveat(execution);
}

static void neither_proc_nor_execveat_says_both(void **state) {
    (void)state;
    skip_unless_root();
    int fd = sealed_payload();
    filter_error = ENOSYS;
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = cover_proc_and_refuse_execveat};
    run(&execution);
    skip_if_child_did();
    assert_true(outcome->returned);
    assert_int_equal(outcome->result, -ENOSYS);
    assert_non_null(strstr(report_text(&outcome->report), "execveat: ENOSYS"));
    assert_non_null(strstr(report_text(&outcome->report), "proc-exec: ENOENT (/proc)"));
    close(fd);
}

/* Mounts a false /proc that leads to another program: a tmpfs with self/fd/N and
 * thread-self/fd/N. */
static void put_up_fake_proc(struct execution *execution) {
    static const char *const parents[] = {"/proc/self", "/proc/thread-self"};
    struct bytes program = read_path("/bin/echo");
    check(program.size > 0);
    use_private_mounts();
    cover_with_tmpfs("/proc", 0);
    for (size_t i = 0; i < COUNT(parents); i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/fd", parents[i]);
        check(mkdir(parents[i], 0755) == 0 && mkdir(path, 0755) == 0);
        snprintf(path, sizeof path, "%s/fd/%d", parents[i], execution->fd);
        int fake = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
        check(fake >= 0 && write(fake, program.data, program.size) == (ssize_t)program.size);
        close(fake);
        check(access(path, X_OK) == 0);
    }
    refuse_execveat(execution);
}

static void program_in_a_fake_proc_does_not_run(void **state) {
    (void)state;
    skip_unless_root();
    static const int errors[] = {ENOSYS, EPERM};
    int fd = sealed_payload();
    for (size_t i = 0; i < COUNT(errors); i++) {
        filter_error = errors[i];
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = put_up_fake_proc};
        run(&execution);
        skip_if_child_did();
        assert_true(outcome->returned);
        assert_int_equal(outcome->result, -errors[i]);
        assert_string_equal(outcome->output, "");
    }
    close(fd);
}

/* Control for the test above: the other program can run and print. */
static void execute_fake_by_path(struct execution *execution) {
    put_up_fake_proc(execution);
    char path[64];
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d", execution->fd);
    execve(path, execution->argv, execution->envp);
}

static void control_program_in_a_fake_proc_would_run(void **state) {
    (void)state;
    skip_unless_root();
    int fd = sealed_payload();
    filter_error = ENOSYS;
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = execute_fake_by_path};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "say it runs\n");
    close(fd);
}

/* A real /proc whose directory of this thread's descriptors is covered. */
static void cover_descriptors_of_proc(struct execution *execution) {
    struct bytes program = read_path("/bin/echo");
    check(program.size > 0);
    use_private_mounts();
    cover_with_tmpfs("/proc/thread-self/fd", 0);
    cover_with_tmpfs("/proc/self/fd", 0);
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%s/fd/%d", i == 0 ? "thread-self" : "self", execution->fd);
        int fake = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
        check(fake >= 0 && write(fake, program.data, program.size) == (ssize_t)program.size);
        close(fake);
    }
    refuse_execveat(execution);
}

static void program_in_a_partly_covered_proc_does_not_run(void **state) {
    (void)state;
    skip_unless_root();
    int fd = sealed_payload();
    filter_error = ENOSYS;
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .before = cover_descriptors_of_proc};
    run(&execution);
    skip_if_child_did();
    assert_true(outcome->returned);
    assert_int_equal(outcome->result, -ENOSYS);
    assert_string_equal(outcome->output, "");
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(execution_needs_no_proc),
        cmocka_unit_test(proc_serves_where_execveat_is_refused),
        cmocka_unit_test(check_is_not_misled_by_a_filter),
        cmocka_unit_test(check_works_on_linux_5_4),
        cmocka_unit_test(neither_proc_nor_execveat_says_both),
        cmocka_unit_test(program_in_a_fake_proc_does_not_run),
        cmocka_unit_test(control_program_in_a_fake_proc_would_run),
        cmocka_unit_test(program_in_a_partly_covered_proc_does_not_run),
    };
    return run_all(tests);
}
