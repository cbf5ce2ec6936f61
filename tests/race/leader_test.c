/* SPDX-License-Identifier: MIT */
/* The main thread has ended and another thread goes on: /proc/self no longer leads to the
 * process. */
#include "support.h"

#include <pthread.h>
#include <sys/syscall.h>

static struct bytes own;
static int payload_path; /* read from /proc/self/exe while that still works */

static void wait_for_the_end_of_the_leader(void) {
    char text[256];
    while (readlink("/proc/self/exe", text, sizeof text) >= 0)
        usleep(1000);
    check(readlink("/proc/thread-self/exe", text, sizeof text) > 0);
}

static void *clone_without_a_leader(void *unused) {
    (void)unused;
    wait_for_the_end_of_the_leader();
    struct exeseal_report report;
    int self = exeseal_clone_self(NULL, 0, &report, sizeof report);
    if (self < 0)
        dprintf(STDERR_FILENO, "%s", report_text(&report));
    check(self >= 3 && holds_bytes(self, own.data, own.size));
    int fd = clone_of(payload_path);
    check(fd >= 3);
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
    return NULL;
}

static void end_the_leader(void *unused) {
    (void)unused;
    pthread_t thread;
    own = read_path("/proc/self/exe");
    payload_path = open(built_program("lib/support/payload"), O_PATH | O_CLOEXEC);
    check(pthread_create(&thread, NULL, clone_without_a_leader, NULL) == 0);
    syscall(SYS_exit, 0); /* pthread_exit(3) would unwind the test library's frames */
}

static void other_threads_clone_on(void **state) {
    (void)state;
    assert_child(end_the_leader, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(other_threads_clone_on)};
    return run_all(tests);
}
