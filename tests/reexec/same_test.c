/* SPDX-License-Identifier: MIT */
/* A program that runs from a sealed copy of itself sees the same as the unlinked control. */
#include "starts.h"

#include "sandbox.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

static const char *const PROGRAMS[] = {"call", "call_static", "linked", "linked_static", "unsealed", "unsealed_static"};

static const char *control_of(const char *program) {
    return strstr(program, "static") != NULL ? "plain_static" : "plain";
}

static void check_same_text(const char *program, const char *wanted, const char *text) {
    if (strcmp(wanted, text) == 0)
        return;
    size_t at = 0;
    while (wanted[at] == text[at])
        at++;
    while (at > 0 && wanted[at - 1] != '\n')
        at--;
    dprintf(STDERR_FILENO, "%s: where there is\n%.200s\nit sees\n%.200s\n", program, wanted + at, text + at);
    check(false);
}

/* Compares every program with its control. */
static void check_nothing_changes(struct start start) {
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        start.program = control_of(PROGRAMS[i]);
        struct seen plain = run_start(&start);
        check_equal(plain.status, 0);
        check_equal(plain.executions, 0);
        check_equal(plain.seals & PEER_SEALS, plain.seals < 0 ? PEER_SEALS : plain.seals);
        check_equal(said(&plain, "pid "), plain.process);

        start.program = PROGRAMS[i];
        struct seen sealed = run_start(&start);
        if (sealed.status != 0)
            dprintf(STDERR_FILENO, "%s\n", sealed.errors);
        check_equal(sealed.status, 0);
        check_equal(sealed.executions, 1);
        check_equal(sealed.memfds, 1);
        check_equal(sealed.files, 0);
        check_equal(sealed.seals, PEER_SEALS);
        check_equal(said(&sealed, "seals "), PEER_SEALS);
        check_equal(said(&sealed, "pid "), sealed.process);
        check_same_text(start.program, rest_of(&plain), rest_of(&sealed));
        check(strcmp(sealed.errors, plain.errors) == 0);
        forget(&plain);
        forget(&sealed);
    }
}

static void with(void *start) {
    check_nothing_changes(*(struct start *)start);
}

/* --- arguments and environment --- */

static void arguments_are_the_same(void **state) {
    (void)state;
    char *argv[] = {"wit\nness", "", "two\nlines\n", "--flag=\\n", " ", "", NULL};
    char *envp[] = {"A=1", "A=2", "no equals sign", "=", "", "PATH=/nowhere", "LINES=a\nb", "LD_BIND_NOW=1", NULL};
    struct start start = {.argv = argv, .envp = envp};
    assert_child(with, &start);
}

static void empty_environment_stays_empty(void **state) {
    (void)state;
    struct start start = {0};
    assert_child(with, &start);
}

/* Linux 5.18 passes an empty argument to a program that is started without arguments. */
static void argv_may_be_empty(void **state) {
    (void)state;
    char *argv[] = {NULL};
    struct start start = {.argv = argv};
    assert_child(with, &start);
}

static void have_room_for_arguments(void *unused) {
    (void)unused;
    struct rlimit limit;
    check(getrlimit(RLIMIT_STACK, &limit) == 0);
    limit.rlim_cur = 64 << 20;
    if (limit.rlim_max < limit.rlim_cur || setrlimit(RLIMIT_STACK, &limit) < 0)
        child_skip("a stack of 64 MiB is not allowed");
}

static void two_megabytes_of_arguments_are_the_same(void **state) {
    (void)state;
    enum { ARGUMENTS = 24, LENGTH = 100000 };
    char *argv[ARGUMENTS + 2] = {"witness"};
    for (int i = 1; i <= ARGUMENTS; i++) {
        argv[i] = malloc(LENGTH + 1);
        assert_non_null(argv[i]);
        memset(argv[i], 'a' + i, LENGTH);
        argv[i][LENGTH] = '\0';
    }
    struct start start = {.argv = argv, .before = have_room_for_arguments};
    assert_child(with, &start);
    for (int i = 1; i <= ARGUMENTS; i++)
        free(argv[i]);
}

static void many_arguments_are_the_same(void **state) {
    (void)state;
    enum { ARGUMENTS = 50000 };
    char **argv = calloc(ARGUMENTS + 1, sizeof *argv);
    assert_non_null(argv);
    for (int i = 0; i < ARGUMENTS; i++)
        argv[i] = i % 2 == 0 ? "x" : "";
    struct start start = {.argv = argv};
    assert_child(with, &start);
    free(argv);
}

/* --- descriptors --- */

/* The control and the compared program get the same two files. */
static int kept[2];

/* As os/exec places ExtraFiles, from 3, and runc's --preserve-fds, at numbers that the caller
 * chooses. */
static void pass_on(void *unused) {
    (void)unused;
    check(dup2(kept[0], 3) == 3 && dup2(kept[1], 4) == 4 && dup2(kept[0], 9) == 9 && dup2(kept[1], 900) == 900);
    check(dup2(kept[1], 1) == 1);
    check(fcntl(9, F_SETFL, O_NONBLOCK | O_APPEND) == 0);
    check(fcntl(kept[0], F_DUPFD_CLOEXEC, 50) == 50);
    check(lseek(kept[0], 7, SEEK_SET) == 7);
}

static void pass_on_and_check(void *unused) {
    struct start start = {.before = pass_on};
    (void)unused;
    kept[0] = memfd_create("kept", MFD_CLOEXEC);
    kept[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
    check(kept[0] >= 0 && kept[1] >= 0 && write(kept[0], "0123456789", 10) == 10);
    check_nothing_changes(start);
}

static void descriptors_keep_number_and_position(void **state) {
    (void)state;
    assert_child(pass_on_and_check, NULL);
}

static void close_standard(void *unused) {
    (void)unused;
    close(0);
    close(1);
    close(2);
}

static void closed_descriptors_stay_closed(void **state) {
    (void)state;
    struct start start = {.before = close_standard};
    assert_child(with, &start);
}

static void close_all_but_one(void *unused) {
    (void)unused;
    for (int fd = 0; fd < 100; fd++)
        close(fd);
}

static void no_descriptor_is_added(void **state) {
    (void)state;
    struct start start = {.before = close_all_but_one};
    assert_child(with, &start);
}

/* --- the process --- */

static void change_process(void *unused) {
    (void)unused;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGRTMIN + 3);
    struct rlimit limit = {300, 400}, core = {0, 0}, stack = {1 << 20, 1 << 21};
    struct itimerval timer = {.it_value = {.tv_sec = 1000}};
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    check(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && raise(SIGUSR1) == 0); /* now pending */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0 && setrlimit(RLIMIT_CORE, &core) == 0);
    check(setrlimit(RLIMIT_STACK, &stack) == 0);
    check(prctl(PR_SET_PDEATHSIG, SIGUSR2) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    check(setitimer(ITIMER_REAL, &timer, NULL) == 0 && setpriority(PRIO_PROCESS, 0, 5) == 0);
    sched_setaffinity(0, sizeof first, &first);
    prctl(PR_SET_TIMERSLACK, 123456);
    umask(0137);
    check(chdir("/usr") == 0);
}

static void process_is_the_same(void **state) {
    (void)state;
    struct start start = {.before = change_process};
    assert_child(with, &start);
}

static void be_ordinary_user(void *unused) {
    (void)unused;
    become_ordinary_user();
}

static void ordinary_user_sees_the_same(void **state) {
    (void)state;
    skip_unless_root();
    struct start start = {.before = be_ordinary_user};
    assert_child(with, &start);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_the_same),
        cmocka_unit_test(empty_environment_stays_empty),
        cmocka_unit_test(argv_may_be_empty),
        cmocka_unit_test(two_megabytes_of_arguments_are_the_same),
        cmocka_unit_test(many_arguments_are_the_same),
        cmocka_unit_test(descriptors_keep_number_and_position),
        cmocka_unit_test(closed_descriptors_stay_closed),
        cmocka_unit_test(no_descriptor_is_added),
        cmocka_unit_test(process_is_the_same),
        cmocka_unit_test(ordinary_user_sees_the_same),
    };
    return run_all(tests);
}
