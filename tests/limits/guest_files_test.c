/* SPDX-License-Identifier: MIT */
/*
 * The caller's write lease and record locks on the source, under every strategy that opens the
 * source itself, and under inspection. Opening a file breaks a lease with SIGIO, which ends the
 * host. Closing any descriptor of the file drops the record locks.
 */
#include "clones.h"

#include "sandbox.h"

#include <signal.h>
#include <sys/mount.h>
#include <time.h>

enum { SIZE = 20000 };

static unsigned char *pattern;

static void look_for_lock(void *argument) {
    int fd = *(const int *)argument;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    check(fcntl(fd, F_GETLK, &lock) == 0);
    _exit(lock.l_type != F_UNLCK);
}

static bool others_see_a_lock(int fd) {
    return in_child(look_for_lock, &fd) == 1;
}

static void lock(int fd, short type) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
    check(fcntl(fd, F_SETLK, &lock) == 0);
}

static int open_source(const struct temp_directory *directory) {
    int source = open(make_file(directory, "source", pattern, SIZE, 0755), O_RDWR | O_CLOEXEC);
    check(source >= 0);
    return source;
}

static void check_is_left_alone(const struct exeseal_report *report, uint32_t strategy, const char *what) {
    const struct exeseal_attempt last = last_attempt(report);
    check_equal(last.strategy, strategy);
    check_equal(last.step, EXESEAL_STEP_REOPEN);
    check_equal(last.error, EBUSY);
    check(strcmp(last.where, what) == 0);
    check(strstr(report_text(report), "Release them, or use a copy") != NULL);
}

/* --- views --- */

static void take_write_lease(int fd) {
    if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
        child_skip("the file system of the temporary directory gives no leases");
}

static void view_under_a_write_lease(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    int source = open_source(&directory);
    struct exeseal_clone_options options = leave_only(EXESEAL_STRATEGY_OVERLAY);
    struct exeseal_report report;
    time_t before = time(NULL);
    take_write_lease(source);
    check_equal(exeseal_clone(source, &options, sizeof options, &report, sizeof report), -EBUSY);
    check(time(NULL) - before < 10); /* /proc/sys/fs/lease-break-time is 45 */
    check_equal(report.attempts, 2); /* by overlay, by bind */
    check_equal(report.attempt[0].error, EBUSY);
    check_is_left_alone(&report, EXESEAL_STRATEGY_BIND, "the host's write lease");
    check_equal(fcntl(source, F_GETLEASE), F_WRLCK);
    options.mode = EXESEAL_MODE_AUTOMATIC;
    int copy = exeseal_clone(source, &options, sizeof options, NULL, 0);
    check(copy >= 3 && holds_bytes(copy, pattern, SIZE));
    check_equal(fcntl(source, F_GETLEASE), F_WRLCK);
    remove_temp_directory(&directory);
}

static void no_view_breaks_a_write_lease(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(view_under_a_write_lease, NULL);
}

/* Control: overlayfs opens the lower file. */
static void open_through_overlayfs(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    int source = open_source(&directory);
    char layers[300];
    use_private_mounts();
    snprintf(layers, sizeof layers, "lowerdir=%s:/run", directory.path);
    if (mount("overlay", "/mnt", "overlay", MS_RDONLY, layers) < 0)
        child_skip("no overlayfs can be mounted here");
    signal(SIGIO, SIG_IGN);
    take_write_lease(source);
    check(open("/mnt/source", O_RDONLY | O_NONBLOCK | O_CLOEXEC) < 0);
    check_equal(errno, EAGAIN);
    check(fcntl(source, F_GETLEASE) != F_WRLCK);
    remove_temp_directory(&directory);
}

static void control_opening_through_overlayfs_breaks_a_write_lease(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(open_through_overlayfs, NULL);
}

static void bind_a_locked_source(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    int source = open_source(&directory);
    struct exeseal_clone_options options = leave_only(EXESEAL_STRATEGY_BIND);
    struct exeseal_report report;
    lock(source, F_RDLCK);
    check(exeseal_clone(source, &options, sizeof options, &report, sizeof report) < 0);
    check_is_left_alone(&report, EXESEAL_STRATEGY_BIND, "the host's record locks");
    check(others_see_a_lock(source));
    lock(source, F_UNLCK); /* control: without the lease the view works */
    check(exeseal_clone(source, &options, sizeof options, &report, sizeof report) >= 3);
    remove_temp_directory(&directory);
}

static void no_view_by_bind_drops_record_locks(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(bind_a_locked_source, NULL);
}

/* Through overlayfs it is another inode. */
static void overlay_a_locked_source(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    int source = open_source(&directory);
    struct exeseal_clone_options options = leave_only(EXESEAL_STRATEGY_OVERLAY);
    struct exeseal_report report;
    lock(source, F_WRLCK);
    int view = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check(view >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_OVERLAY);
    check(others_see_a_lock(source));
    close(view);
    check(others_see_a_lock(source));
    remove_temp_directory(&directory);
}

static void view_by_overlay_keeps_record_locks(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(overlay_a_locked_source, NULL);
}

/* --- reuse --- */

static void locked_sealed_source_is_copied(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0755, PEER_SEALS);
    struct exeseal_report report;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(source, F_SETLK, &lock), 0);
    int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_true(copy >= 3);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    assert_attempt(&report.attempt[0], EXESEAL_STRATEGY_REUSE, EXESEAL_STEP_REOPEN, EBUSY, "the host's record locks");
    close(copy);
    assert_true(others_see_a_lock(source));
    close(source);
}

/* --- inspection --- */

/* A write-only descriptor must be opened again to be read. */
static void inspect_writer(int writer, bool is_read) {
    struct exeseal_info info;
    check_equal(exeseal_inspect(writer, &info, sizeof info), 0);
    check_equal((info.flags & EXESEAL_INFO_UNREAD) == 0, is_read);
}

static void inspect_files_of_the_host(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    int writer = open(make_file(&directory, "source", pattern, SIZE, 0755), O_WRONLY | O_CLOEXEC);
    check(writer >= 0);
    inspect_writer(writer, true); /* control */
    lock(writer, F_WRLCK);
    inspect_writer(writer, false);
    check(others_see_a_lock(writer));
    lock(writer, F_UNLCK);
    take_write_lease(writer);
    inspect_writer(writer, false);
    check_equal(fcntl(writer, F_GETLEASE), F_WRLCK);
    remove_temp_directory(&directory);
}

static void inspection_leaves_locks_and_leases(void **state) {
    (void)state;
    assert_child(inspect_files_of_the_host, NULL);
}

/* --- the locks of others --- */

struct locked {
    short type;
    int source;
};

static void hold_lock(const struct locked *locked, int ready) {
    become_ordinary_user();
    int fd = locked->type == F_RDLCK ? open(proc_path(locked->source), O_RDONLY | O_CLOEXEC) : locked->source;
    lock(fd, locked->type);
    check(write(ready, "y", 1) == 1);
    pause();
}

/* An ordinary user may lock a file that it may read. */
static void clone_what_another_user_has_locked(void *argument) {
    const struct locked *locked = argument;
    struct exeseal_report report;
    int ready[2];
    char byte;
    check(pipe(ready) == 0);
    pid_t other = fork();
    if (other == 0)
        hold_lock(locked, ready[1]);
    close(ready[1]);
    check(read(ready[0], &byte, 1) == 1);
    int reader = open(proc_path(locked->source), O_RDONLY | O_CLOEXEC);
    /* the file has a writer, so no lease is possible; the rest is the same */
    if (locked->type == F_WRLCK)
        check(clone_of(reader) >= 3);
    else
        check(clone_requiring(reader, EXESEAL_GUARANTEE_STABLE, &report) >= 3);
    if (locked->type == F_RDLCK)
        check_equal(report.evidence, EXESEAL_EVIDENCE_LEASE);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0); /* its lock ends with it, and the next child needs the file */
}

static void lock_of_another_user_takes_no_guarantee(void **state) {
    (void)state;
    skip_unless_root();
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "source", pattern, SIZE, 0755);
    struct locked reading = {F_RDLCK, open(path, O_RDONLY | O_CLOEXEC)};
    if (fcntl(reading.source, F_SETLEASE, F_RDLCK) < 0)
        skip_because("the file system of the temporary directory gives no leases");
    fcntl(reading.source, F_SETLEASE, F_UNLCK);
    assert_child(clone_what_another_user_has_locked, &reading);
    close(reading.source);
    struct locked writing = {F_WRLCK, open(path, O_RDWR | O_CLOEXEC)};
    assert_child(clone_what_another_user_has_locked, &writing);
    close(writing.source);
    remove_temp_directory(&directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_view_breaks_a_write_lease),
        cmocka_unit_test(control_opening_through_overlayfs_breaks_a_write_lease),
        cmocka_unit_test(no_view_by_bind_drops_record_locks),
        cmocka_unit_test(view_by_overlay_keeps_record_locks),
        cmocka_unit_test(locked_sealed_source_is_copied),
        cmocka_unit_test(inspection_leaves_locks_and_leases),
        cmocka_unit_test(lock_of_another_user_takes_no_guarantee),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
