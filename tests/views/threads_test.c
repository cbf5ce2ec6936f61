/* SPDX-License-Identifier: MIT */
/* Mounting in threads: with small stacks, after the main thread's end, and beside threads that
 * fork. */
#include "views.h"

#include "sandbox.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static const uint32_t MOUNTING[] = {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_BIND, EXESEAL_STRATEGY_TMPFS};

static void clone_and_close(const struct viewer *viewer, int source) {
    struct exeseal_report report;
    int fd = clone_by(viewer->strategy, source, &report);
    check(fd >= 3);
    check_equal(report.strategy, viewer->strategy);
    close(fd);
}

struct worker {
    const struct viewer *viewer;
    int source;
    atomic_bool stop;
    atomic_uint done;
    atomic_uint failed;
};

/* --- how much stack a clone takes --- */

enum { STACK = 256 << 10, PROMISED = 48 << 10, PAINT = 0xa5 };

static void *clone_on_own_stack(void *argument) {
    const struct worker *worker = argument;
    clone_and_close(worker->viewer, worker->source);
    return NULL;
}

static void *do_nothing(void *unused) {
    return unused;
}

/* Returns how deep the thread's stack was written to, the C library's use included. */
static size_t depth_of(void *(*function)(void *), void *argument) {
    unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(stack != MAP_FAILED);
    memset(stack, PAINT, STACK);
    pthread_attr_t attributes;
    pthread_t thread;
    check(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, STACK) == 0);
    check(pthread_create(&thread, &attributes, function, argument) == 0 && pthread_join(thread, NULL) == 0);
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == PAINT)
        untouched++;
    munmap(stack, STACK);
    return STACK - untouched;
}

static void measure_stack(const struct viewer *viewer, void *argument) {
    const bool *by_buffer = argument;
    become(viewer);
    if (*by_buffer)
        refuse_system_call(SYS_sendfile, ENOSYS);
    struct worker worker = {.viewer = viewer, .source = open_payload()};
    clone_and_close(viewer, worker.source);
    size_t base = depth_of(do_nothing, NULL), depth = depth_of(clone_on_own_stack, &worker);
    dprintf(STDOUT_FILENO, "%s, %s: %zu bytes of stack, a thread that does nothing %zu\n",
            exeseal_strategy_name(viewer->strategy), viewer->rootless ? "rootless" : "root", depth, base);
    check(depth <= PROMISED);
}

static void clone_takes_little_stack(void **state) {
    (void)state;
    static const uint32_t all[] = {EXESEAL_STRATEGY_MEMFD, EXESEAL_STRATEGY_TMPFILE, EXESEAL_STRATEGY_TMPFS,
                                   EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_BIND};
    static bool by_buffer[] = {false, true};
    for (size_t i = 0; i < COUNT(by_buffer); i++)
        assert_viewers(all, measure_stack, &by_buffer[i]);
}

static void clone_on_small_stack(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct worker worker = {.viewer = viewer, .source = open_payload()};
    pthread_attr_t attributes;
    pthread_t thread;
    check(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, PROMISED) == 0);
    check(pthread_create(&thread, &attributes, clone_on_own_stack, &worker) == 0 && pthread_join(thread, NULL) == 0);
}

static void small_thread_can_clone(void **state) {
    (void)state;
    assert_viewers(MOUNTING, clone_on_small_stack, NULL);
}

/* --- the main thread has ended --- */

static void *clone_without_leader(void *argument) {
    struct worker *worker = argument;
    char text[256];
    while (readlink("/proc/self/exe", text, sizeof text) >= 0)
        usleep(1000);
    for (int i = 0; i < 5; i++)
        clone_and_close(worker->viewer, worker->source);
    _exit(0);
}

static void end_the_leader(const struct viewer *viewer, void *unused) {
    (void)unused;
    static struct viewer kept;
    static struct worker worker = {.viewer = &kept};
    kept = *viewer;
    become(viewer);
    worker.source = open_payload();
    pthread_t thread;
    check(pthread_create(&thread, NULL, clone_without_leader, &worker) == 0);
    syscall(SYS_exit, 0); /* pthread_exit(3) would unwind the test library's frames */
}

static void threads_without_a_leader_clone_on(void **state) {
    (void)state;
    assert_viewers(MOUNTING, end_the_leader, NULL);
}

/* --- a descriptor table of the thread's own --- */

static void *clone_in_own_table(void *argument) {
    struct worker *worker = argument;
    check(unshare(CLONE_FILES) == 0);
    for (int fd = 100; fd < 120; fd++) /* numbers that the other threads do not use */
        check(dup2(worker->source, fd) == fd);
    close(worker->source);
    worker->source = 110;
    clone_on_own_stack(worker);
    return NULL;
}

static void clone_with_unshared_files(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    int source = open_payload(), descriptors = open_descriptors();
    struct worker worker = {.viewer = viewer, .source = source};
    pthread_t thread;
    check(pthread_create(&thread, NULL, clone_in_own_table, &worker) == 0 && pthread_join(thread, NULL) == 0);
    check(fcntl(source, F_GETFD) >= 0 && fcntl(110, F_GETFD) < 0);
    check_equal(open_descriptors(), descriptors);
}

static void thread_with_its_own_descriptors_can_clone(void **state) {
    (void)state;
    assert_viewers(MOUNTING, clone_with_unshared_files, NULL);
}

/* --- among threads that fork, execute and clone --- */

enum { FORKERS = 3, CLONERS = 3, CLONES = 60 };

static void *fork_until_stopped(void *argument) {
    struct worker *worker = argument;
    while (!atomic_load(&worker->stop)) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        bool ended = child > 0 && waitpid(child, &status, 0) == child && status == 0;
        atomic_fetch_add(ended ? &worker->done : &worker->failed, 1);
    }
    return NULL;
}

static void *clone_among_others(void *argument) {
    struct worker *worker = argument;
    for (int i = 0; i < CLONES; i++) {
        struct exeseal_report report;
        int fd = clone_by(worker->viewer->strategy, worker->source, &report);
        atomic_fetch_add(fd >= 3 && report.strategy == worker->viewer->strategy ? &worker->done : &worker->failed, 1);
        close(fd);
    }
    return NULL;
}

static void clone_while_forking(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    static struct worker forkers[FORKERS], cloners[CLONERS];
    pthread_t threads[FORKERS + CLONERS];
    struct bytes wanted = payload_bytes();
    int source = open_payload(), descriptors = open_descriptors();
    for (int i = 0; i < FORKERS; i++)
        check(pthread_create(&threads[i], NULL, fork_until_stopped, &forkers[i]) == 0);
    for (int i = 0; i < CLONERS; i++) {
        cloners[i].viewer = viewer;
        cloners[i].source = source;
        check(pthread_create(&threads[FORKERS + i], NULL, clone_among_others, &cloners[i]) == 0);
    }
    unsigned forks = 0;
    for (int i = 0; i < CLONERS; i++) {
        check(pthread_join(threads[FORKERS + i], NULL) == 0);
        check_equal(atomic_load(&cloners[i].failed), 0);
        check_equal(atomic_load(&cloners[i].done), CLONES);
    }
    for (int i = 0; i < FORKERS; i++) {
        atomic_store(&forkers[i].stop, true);
        check(pthread_join(threads[i], NULL) == 0);
        check_equal(atomic_load(&forkers[i].failed), 0);
        forks += atomic_load(&forkers[i].done);
    }
    check(forks > 0);
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0);
    check_equal(open_descriptors(), descriptors);
    struct exeseal_report report;
    int fd = clone_by(viewer->strategy, source, &report);
    check(holds_bytes(fd, wanted.data, wanted.size));
    check_runs(fd);
}

static void threads_that_fork_do_no_harm(void **state) {
    (void)state;
    assert_viewers(MOUNTING, clone_while_forking, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clone_takes_little_stack),
        cmocka_unit_test(small_thread_can_clone),
        cmocka_unit_test(threads_without_a_leader_clone_on),
        cmocka_unit_test(thread_with_its_own_descriptors_can_clone),
        cmocka_unit_test(threads_that_fork_do_no_harm),
    };
    return run_all(tests);
}
