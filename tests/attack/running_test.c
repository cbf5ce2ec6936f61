/* SPDX-License-Identifier: MIT */
/*
 * Since Linux 6.14 the file of a running program can be opened for writing if a fanotify(7) mark
 * for pre-content events covers it, so on these kernels execution is no evidence that the file
 * does not change. The second attack puts another program in its place: a symbolic link mounted
 * over /proc/thread-self leads to another process of the same procfs.
 */
#include "support.h"

#include "mounting.h"
#include "sandbox.h"

#include <linux/magic.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

/* Linux 6.14; some libcs do not declare it. */
#ifndef FAN_PRE_ACCESS
#define FAN_PRE_ACCESS 0x00100000
#endif

/* Linux 6.11 and 6.12 let every process with permission write to running programs. */
static bool kernel_protects_running_programs(void) {
    struct utsname names;
    unsigned major = 0, minor = 0;
    check(uname(&names) == 0 && sscanf(names.release, "%u.%u", &major, &minor) == 2);
    return major < 6 || (major == 6 && (minor < 11 || minor == 13));
}

static bool is_on_local_file_system(const char *path) {
    struct statfs fs;
    check(statfs(path, &fs) == 0);
    /* 0x58465342 is XFS. */
    return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == BTRFS_SUPER_MAGIC || fs.f_type == 0x58465342;
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

/* --- the fanotify mark --- */

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

/* From here on, reading the file waits for an answer of this process. */
static void watch_content(const char *path) {
    int watch = fanotify_init(FAN_CLASS_PRE_CONTENT | FAN_CLOEXEC, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
    if (watch < 0 || fanotify_mark(watch, FAN_MARK_ADD, FAN_PRE_ACCESS, AT_FDCWD, path) < 0)
        child_skip("no fanotify(7) marks for pre-content events here (Linux 6.14, ext4, btrfs or xfs)");
    if (fork() == 0)
        allow_all(watch);
    close(watch);
}

/* A copy of abi/self_cloner that runs as an ordinary user until `input` is closed. */
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
    struct bytes bytes = read_path(built_program("abi/self_cloner"));
    if (access(".", W_OK) < 0)
        child_skip("the folder that the test was started in is read-only");
    /* the mark affects every process that runs this file */
    struct temp_directory directory = make_temp_directory_in(".");
    const char *path = make_file(&directory, "self_cloner", bytes.data, bytes.size, 0755);
    int program = open(path, O_RDONLY);
    check(program >= 0);
    struct running running = start_cloner(program);
    int without_mark = error_of_writing(path);
    end_of(running);
    watch_content(path);
    running = start_cloner(program);
    check_equal(error_of_writing(path), 0); /* the attack works */
    check_equal(without_mark, ETXTBSY);     /* only because of the mark */
    check_equal(end_of(running), EOPNOTSUPP);
    remove_temp_directory(&directory);
    free(bytes.data);
}

static void program_that_runs_and_can_be_written_has_no_evidence(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_while_watched, NULL);
}

/* --- another program at /proc/thread-self/exe --- */

/* Starts a process that runs another program and ends with this process. */
static pid_t start_another(void) {
    pid_t process = fork();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        execl("/bin/sleep", "sleep", "60", (char *)NULL);
        _exit(1);
    }
    return process;
}

static bool runs(pid_t process, const struct stat *program) {
    char path[64];
    struct stat file;
    snprintf(path, sizeof path, "/proc/%d/exe", process);
    return stat(path, &file) == 0 && file.st_ino == program->st_ino && file.st_dev == program->st_dev;
}

static void lead_thread_to(pid_t process) {
    struct temp_directory directory = make_temp_directory();
    char link[256], to[16];
    snprintf(link, sizeof link, "%s/link", directory.path);
    snprintf(to, sizeof to, "%d", process);
    use_private_mounts();
    check(symlink(to, link) == 0);
    int tree = open_tree_of(AT_FDCWD, link, TREE_CLONE | AT_SYMLINK_NOFOLLOW);
    if (tree < 0 || move_tree(tree, "/proc/thread-self") < 0)
        child_skip("nothing can be mounted over /proc/thread-self here");
    close(tree);
    remove_temp_directory(&directory);
}

/* An ordinary user cannot mount a procfs of its own. */
static void find_no_program(void *unused) {
    (void)unused;
    struct exeseal_report report;
    become_ordinary_user();
    check_equal(exeseal_clone_self(NULL, 0, &report, sizeof report), -ENOENT);
}

static void clone_under_link(void *unused) {
    (void)unused;
    struct exeseal_report report;
    struct stat own, other;
    check(stat("/proc/self/exe", &own) == 0 && stat("/bin/sleep", &other) == 0);
    struct bytes program = read_path("/proc/self/exe");
    pid_t process = start_another();
    while (!runs(process, &other))
        usleep(1000);
    lead_thread_to(process);
    struct stat shown;
    /* the attack works */
    check(stat("/proc/thread-self/exe", &shown) == 0 && shown.st_ino == other.st_ino);

    /* through a procfs of its own */
    int copy = exeseal_clone_self(NULL, 0, &report, sizeof report);
    check(copy >= 3 && holds_bytes(copy, program.data, program.size));
    check_equal(in_child(find_no_program, NULL), 0);
    kill(process, SIGKILL);
    free(program.data);
}

static void link_over_thread_self_leads_to_no_other_program(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_under_link, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_program_is_evidence_where_the_kernel_protects_it),
        cmocka_unit_test(program_that_runs_and_can_be_written_has_no_evidence),
        cmocka_unit_test(link_over_thread_self_leads_to_no_other_program),
    };
    return run_all(tests);
}
