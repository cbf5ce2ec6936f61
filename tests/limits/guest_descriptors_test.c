/* SPDX-License-Identifier: MIT */
/* A guest in its host program: the caller's descriptors, leases and record locks do not change. */
#include "support.h"

#include "sandbox.h"

enum { SIZE = 1 << 20 };

static unsigned char *pattern;

/* --- the caller's descriptor --- */

struct descriptor_state {
    int owner, owner_signal, lease, status, flags;
    off_t position;
};

static struct descriptor_state state_of(int fd) {
    return (struct descriptor_state){
        fcntl(fd, F_GETOWN), fcntl(fd, F_GETSIG), fcntl(fd, F_GETLEASE),
        fcntl(fd, F_GETFL),  fcntl(fd, F_GETFD),  lseek(fd, 0, SEEK_CUR),
    };
}

static void assert_same_state(struct descriptor_state before, struct descriptor_state after) {
    assert_int_equal(before.owner, after.owner);
    assert_int_equal(before.owner_signal, after.owner_signal);
    assert_int_equal(before.lease, after.lease);
    assert_int_equal(before.status, after.status);
    assert_int_equal(before.flags, after.flags);
    assert_int_equal(before.position, after.position);
}

static void assert_untouched_by_every_function(int fd) {
    static char *arguments[] = {"program", NULL};
    struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_CHECK};
    struct exeseal_info info;
    struct descriptor_state before = state_of(fd);
    int copy = clone_of(fd);
    assert_true(copy >= 3);
    assert_same_state(before, state_of(fd));
    exeseal_exec_fd(fd, arguments, NULL, &options, sizeof options, NULL, 0);
    assert_same_state(before, state_of(fd));
    assert_int_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    assert_same_state(before, state_of(fd));
    close(copy);
}

static void descriptor_of_the_caller_is_untouched(void **state) {
    (void)state;
    int file = unlinked_file(pattern, SIZE, 0755);
    static const int flags[] = {O_RDONLY, O_RDONLY | O_CLOEXEC, O_RDWR | O_APPEND, O_RDONLY | O_NONBLOCK | O_CLOEXEC};
    for (size_t i = 0; i < COUNT(flags); i++) {
        int fd = open(proc_path(file), flags[i]);
        assert_true(fd >= 0);
        assert_int_equal(lseek(fd, 17 * (off_t)i, SEEK_SET), 17 * (off_t)i);
        assert_untouched_by_every_function(fd);
        close(fd);
    }
    close(file);
}

static void owner_and_signal_of_the_caller_are_untouched(void **state) {
    (void)state;
    int fd = unlinked_file(pattern, SIZE, 0755);
    assert_int_equal(fcntl(fd, F_SETOWN, getpid()), 0);
    assert_int_equal(fcntl(fd, F_SETSIG, SIGUSR2), 0);
    assert_untouched_by_every_function(fd);
    assert_int_equal(fcntl(fd, F_GETOWN), getpid());
    assert_int_equal(fcntl(fd, F_GETSIG), SIGUSR2);
    close(fd);
}

static void lease_of_the_caller_is_untouched(void **state) {
    (void)state;
    int fd = unlinked_file(pattern, SIZE, 0755);
    if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0) {
        close(fd);
        skip_because("the file system of the temporary directory gives no leases");
    }
    assert_untouched_by_every_function(fd);
    assert_int_equal(fcntl(fd, F_GETLEASE), F_RDLCK);
    close(fd);
}

/* Opening the file again would break the lease and send SIGIO, which ends the host. */
static void clone_under_a_write_lease(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", pattern, SIZE, 0755));
    int fd = open(path, O_RDWR | O_CLOEXEC);
    remove_temp_directory(&directory);
    if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
        child_skip("the file system of the temporary directory gives no leases");
    struct exeseal_report report;
    int copy = exeseal_clone(fd, NULL, 0, &report, sizeof report);
    check(copy >= 3 && holds_bytes(copy, pattern, SIZE));
    check_equal(report.evidence, EXESEAL_EVIDENCE_TIMES);
    check_equal(fcntl(fd, F_GETLEASE), F_WRLCK);
    struct exeseal_info info;
    check_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    check_equal(fcntl(fd, F_GETLEASE), F_WRLCK);
}

static void write_lease_of_the_caller_is_untouched(void **state) {
    (void)state;
    assert_child(clone_under_a_write_lease, NULL);
}

/* --- the caller's record locks: closing any descriptor of the file drops them --- */

static void look_for_lock(void *argument) {
    int fd = open(argument, O_RDWR | O_CLOEXEC);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    check(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0);
    _exit(lock.l_type != F_UNLCK);
}

static bool others_see_a_lock(char *path) {
    return in_child(look_for_lock, path) == 1;
}

static void record_locks_of_the_caller_are_still_held(void **state) {
    (void)state;
    static const struct {
        int flags;
        short lock;
    } cases[] = {{O_RDONLY, F_RDLCK}, {O_RDWR, F_RDLCK}, {O_RDWR, F_WRLCK}, {O_WRONLY, F_WRLCK}};
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", pattern, SIZE, 0755));
    for (size_t i = 0; i < COUNT(cases); i++) {
        int fd = open(path, cases[i].flags | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_false(others_see_a_lock(path));
        struct flock lock = {.l_type = cases[i].lock, .l_whence = SEEK_SET};
        assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
        assert_true(others_see_a_lock(path));
        struct exeseal_info info;
        assert_int_equal(exeseal_inspect(fd, &info, sizeof info), 0);
        assert_int_equal((info.flags & EXESEAL_INFO_UNREAD) != 0, cases[i].flags == O_WRONLY);
        assert_true(others_see_a_lock(path));
        struct exeseal_report report;
        int copy = exeseal_clone(fd, NULL, 0, &report, sizeof report);
        if (cases[i].flags == O_WRONLY) {
            assert_int_equal(copy, -EBADF);
        } else {
            assert_true(copy >= 3 && holds_bytes(copy, pattern, SIZE));
            assert_int_equal(report.evidence, EXESEAL_EVIDENCE_TIMES);
            close(copy);
        }
        assert_true(others_see_a_lock(path));
        close(fd);
    }
    remove_temp_directory(&directory);
}

/* Control: this drops them. */
static void control_closing_another_descriptor_drops_the_locks(void **state) {
    (void)state;
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", pattern, SIZE, 0755));
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
    close(open(proc_path(fd), O_RDONLY | O_CLOEXEC));
    assert_false(others_see_a_lock(path));
    close(fd);
    remove_temp_directory(&directory);
}

/* The result is the caller's alone: it has neither a lease nor a signal owner. */
static void result_carries_nothing(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755), fd = clone_of(source);
    struct descriptor_state result = state_of(fd);
    assert_int_equal(result.owner, 0);
    assert_int_equal(result.owner_signal, 0);
    assert_int_equal(result.lease, F_UNLCK);
    assert_int_equal(result.position, 0);
    close(fd);
    close(source);
}

static void clone_and_look_at_the_result(void *argument) {
    const struct way *way = argument;
    struct exeseal_clone_options options = take_way(way);
    struct temp_directory directory = make_temp_directory();
    int source = open(make_file(&directory, "source", pattern, SIZE, 0755), O_RDONLY | O_CLOEXEC);
    struct exeseal_report report;
    int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check(fd >= 3);
    check_equal(report.strategy, way->strategy);
    struct descriptor_state result = state_of(fd);
    check_equal(result.owner, 0);
    check_equal(result.owner_signal, 0);
    check_equal(result.lease, F_UNLCK);
    check_equal(result.position, 0);
    int writer = open(proc_path(source), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    check(writer >= 0);
    remove_temp_directory(&directory);
}

static void result_of_each_strategy_carries_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < WAYS; i++)
        assert_child(clone_and_look_at_the_result, (void *)&ways[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptor_of_the_caller_is_untouched),
        cmocka_unit_test(owner_and_signal_of_the_caller_are_untouched),
        cmocka_unit_test(lease_of_the_caller_is_untouched),
        cmocka_unit_test(write_lease_of_the_caller_is_untouched),
        cmocka_unit_test(record_locks_of_the_caller_are_still_held),
        cmocka_unit_test(control_closing_another_descriptor_drops_the_locks),
        cmocka_unit_test(result_carries_nothing),
        cmocka_unit_test(result_of_each_strategy_carries_nothing),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
