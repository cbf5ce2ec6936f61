/* SPDX-License-Identifier: MIT */
/*
 * The file of a running program, opened for writing. Since Linux 6.14 a fanotify(7) mark for pre-content events lets
 * that happen, so on these kernels being executed is no evidence that the file keeps still.
 */
#include "support.h"

#include "sandbox.h"

#include <linux/magic.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

/* Linux 6.14; not in every libc's headers. */
#ifndef FAN_PRE_ACCESS
#define FAN_PRE_ACCESS 0x00100000
#endif

/* Linux 6.11 and 6.12 let everybody write to running programs. */
static bool kernel_protects_running_programs(void) {
    struct utsname names;
    unsigned major = 0, minor = 0;
    check(uname(&names) == 0 && sscanf(names.release, "%u.%u", &major, &minor) == 2);
    return major < 6 || (major == 6 && (minor < 11 || minor == 13));
}

static bool is_on_local_file_system(const char *path) {
    struct statfs fs;
    check(statfs(path, &fs) == 0);
    return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == BTRFS_SUPER_MAGIC || fs.f_type == 0x58465342 /* XFS */;
}

static int clone_self_with_proof(struct exeseal_report *report) {
    struct exeseal_clone_options options = {.require = EXESEAL_GUARANTEE_STABLE};
    return exeseal_clone_self(&options, sizeof options, report, sizeof *report);
}

static void clone_program_of_root(void *unused) {
    (void)unused;
    struct exeseal_report report;
    if (!is_on_local_file_system("/proc/self/exe"))
        child_skip("this test was not built on ext4, btrfs or xfs");
    check(clone_self_with_proof(&report) >= 3); /* control: root gets a lease */
    check_equal(report.evidence, EXESEAL_EVIDENCE_LEASE);
    become_ordinary_user();
    int result = clone_self_with_proof(&report);
    if (kernel_protects_running_programs()) {
        check(result >= 3);
        check_equal(report.evidence, EXESEAL_EVIDENCE_RUNNING);
        return;
    }
    check_equal(result, -EOPNOTSUPP);
    check_equal(report.attempt[0].step, EXESEAL_STEP_STABILITY);
    check(strcmp(report.attempt[0].where, "times") == 0);
}

static void running_program_is_evidence_where_the_kernel_protects_it(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_program_of_root, NULL);
}

/* --- the mark --- */

static void allow_all(int watch) {
    char buffer[4096];
    ssize_t size;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    while ((size = read(watch, buffer, sizeof buffer)) > 0)
        for (const struct fanotify_event_metadata *event = (const void *)buffer; FAN_EVENT_OK(event, size);
             event = FAN_EVENT_NEXT(event, size)) {
            struct fanotify_response response = {.fd = event->fd, .response = FAN_ALLOW};
            if (write(watch, &response, sizeof response) < 0)
                _exit(1);
            close(event->fd);
        }
    _exit(0);
}

/* From here on reading the file asks a process of ours. */
static void watch_content(const char *path) {
    int watch = fanotify_init(FAN_CLASS_PRE_CONTENT | FAN_CLOEXEC, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
    if (watch < 0 || fanotify_mark(watch, FAN_MARK_ADD, FAN_PRE_ACCESS, AT_FDCWD, path) < 0)
        child_skip("no fanotify(7) marks for pre-content events here (Linux 6.14, ext4, btrfs or xfs)");
    if (fork() == 0)
        allow_all(watch);
    close(watch);
}

/* The program at abi/self_cloner runs until `input` is closed, as an ordinary user. */
struct running {
    pid_t process;
    int input;
};

static struct running start_cloner(int program) {
    int input[2], output[2];
    char byte;
    check(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    struct running running = {.process = fork(), .input = input[1]};
    if (running.process == 0) {
        char *const argv[] = {"self_cloner", "stable", NULL}, *const envp[] = {NULL};
        check(dup2(input[0], STDIN_FILENO) == STDIN_FILENO && dup2(output[1], STDOUT_FILENO) == STDOUT_FILENO);
        become_ordinary_user();
        fexecve(program, argv, envp);
        _exit(1);
    }
    close(input[0]);
    close(output[1]);
    check(read(output[0], &byte, 1) == 1);
    close(output[0]);
    return running;
}

static int end_of(struct running running) {
    int status;
    close(running.input);
    check(waitpid(running.process, &status, 0) == running.process && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int error_of_writing(const char *path) {
    int writer = open(path, O_WRONLY | O_CLOEXEC), error = errno;
    close(writer);
    return writer >= 0 ? 0 : error;
}

static void clone_while_watched(void *unused) {
    (void)unused;
    const char *path = built_program("abi/self_cloner");
    int program = open(path, O_RDONLY);
    check(program >= 0);
    struct running running = start_cloner(program);
    int without_mark = error_of_writing(path);
    end_of(running);
    watch_content(path);
    running = start_cloner(program);
    check_equal(error_of_writing(path), 0); /* the attack works */
    check_equal(without_mark, ETXTBSY);     /* and only by the mark */
    check_equal(end_of(running), EOPNOTSUPP);
}

static void program_that_runs_and_can_be_written_has_no_evidence(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_while_watched, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_program_is_evidence_where_the_kernel_protects_it),
        cmocka_unit_test(program_that_runs_and_can_be_written_has_no_evidence),
    };
    return run_all(tests);
}
