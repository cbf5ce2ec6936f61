/* SPDX-License-Identifier: MIT */
/* Other threads fork all the time. No child sees a descriptor of the library, and a copy is not
 * handed out while a forked child holds it open for writing (tmpfile: ETXTBSY; tmpfs, bind:
 * EBUSY). */
#include "support.h"

#include "sandbox.h"

#include <pthread.h>
#include <stdatomic.h>

enum { COPIES = 150, FORKS = 100, MAX_FD = 64 }; /* at least */

struct forker {
    atomic_bool stop;
    atomic_uint forks, leaks;
    bool known[MAX_FD]; /* open before the races start, and inherited */
};

/* The forked child looks for descriptors that would survive execve, then executes another
 * program. */
static void fork_and_look(struct forker *forker) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        int leaked = 0;
        for (int fd = 3; fd < MAX_FD; fd++) {
            int flags = fcntl(fd, F_GETFD);
            if (!forker->known[fd] && flags >= 0 && (flags & FD_CLOEXEC) == 0)
                leaked = 1;
        }
        if (leaked)
            _exit(1);
        execl("/bin/true", "true", (char *)NULL);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return;
    atomic_fetch_add(&forker->forks, 1);
    atomic_fetch_add(&forker->leaks, status != 0);
}

static void *fork_until_stopped(void *argument) {
    struct forker *forker = argument;
    while (!atomic_load(&forker->stop))
        fork_and_look(forker);
    return NULL;
}

static void note_open_descriptors(struct forker *forker) {
    for (int fd = 0; fd < MAX_FD; fd++)
        forker->known[fd] = fcntl(fd, F_GETFD) >= 0;
}

/* Runs the program in a forked child. Returns 0 or a positive errno. */
static int error_of_running(int fd) {
    char *argv[] = {"payload", "exit", "0", NULL};
    int status, ends[2];
    check(pipe2(ends, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        int error = -exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0);
        _exit(write(ends[1], &error, sizeof error) == sizeof error ? 1 : 2);
    }
    close(ends[1]);
    int error = 0;
    ssize_t got = read(ends[0], &error, sizeof error);
    close(ends[0]);
    check(waitpid(child, &status, 0) == child);
    return got == 0 && status == 0 ? 0 : error != 0 ? error : EIO;
}

struct race {
    struct way way;
    bool run;
};

/* A clone waits while a child holds its writer. */
static bool has_writer(uint32_t strategy) {
    return strategy == EXESEAL_STRATEGY_TMPFS || strategy == EXESEAL_STRATEGY_TMPFILE;
}

static bool takes_memory(uint32_t strategy) {
    return strategy == EXESEAL_STRATEGY_MEMFD || has_writer(strategy);
}

/* The clone gives up after 200 ms and reports that. On a busy machine a child may need longer to
 * execute. */
static bool is_refused(int result, const struct exeseal_report *report) {
    return (result == -ETXTBSY && strstr(report_text(report), "tmpfile: verify: ETXTBSY") != NULL) ||
           strstr(report_text(report), ": read-only: EBUSY") != NULL;
}

static void clone_while_forking(void *argument) {
    const struct race *race = argument;
    int source = open_payload();
    unsigned char *small = make_pattern(100000);
    struct exeseal_clone_options options = take_way(&race->way);
    static struct forker forkers[2];
    pthread_t threads[2];
    for (size_t i = 0; i < COUNT(forkers); i++)
        note_open_descriptors(&forkers[i]);
    for (size_t i = 0; i < COUNT(forkers); i++)
        check(pthread_create(&threads[i], NULL, fork_until_stopped, &forkers[i]) == 0);
    unsigned retries = 0, ran = 0, busy = 0, refused = 0;
    unsigned copies = 0;
    bool must_wait = has_writer(race->way.strategy);
    for (; copies < COPIES || atomic_load(&forkers[0].forks) < FORKS || (must_wait && retries == 0); copies++) {
        struct exeseal_report report;
        bool from_file = race->run || copies % 2 == 0 || !takes_memory(race->way.strategy);
        int fd = from_file ? exeseal_clone(source, &options, sizeof options, &report, sizeof report)
                           : exeseal_clone_memory(small, 100000, &options, sizeof options, &report, sizeof report);
        if (is_refused(fd, &report)) {
            refused++;
            continue;
        }
        check(fd >= 3);
        check_equal(report.strategy, race->way.strategy);
        retries += report.retries;
        if (race->run) {
            int error = error_of_running(fd);
            check(error == 0 || error == ETXTBSY);
            busy += error == ETXTBSY;
            ran += error == 0;
        }
        close(fd);
    }
    unsigned forks = 0, leaks = 0;
    for (size_t i = 0; i < COUNT(forkers); i++) {
        atomic_store(&forkers[i].stop, true);
        pthread_join(threads[i], NULL);
        forks += atomic_load(&forkers[i].forks);
        leaks += atomic_load(&forkers[i].leaks);
    }
    dprintf(STDOUT_FILENO, "%u by %s, %u ran, %u ETXTBSY, %u refused, %u waits; %u forks, %u leaks\n", copies,
            exeseal_strategy_name(race->way.strategy), ran, busy, refused, retries, forks, leaks);
    check_equal(leaks, 0);
    check_equal(busy, 0);
    check(refused < copies);
}

static void race_by_every_strategy(const char *name, bool run) {
    for (size_t i = 0; i < WAYS; i++) {
        struct race race = {ways[i], run};
        assert_child_named(name, __FILE__, __LINE__, clone_while_forking, &race);
    }
}

static void no_result_is_busy(void **state) {
    (void)state;
    race_by_every_strategy(__func__, true);
}

static void no_child_inherits_a_descriptor(void **state) {
    (void)state;
    race_by_every_strategy(__func__, false);
}

/* Control: a writable file that a forked child holds open cannot be executed. */
static void run_file_with_a_held_writer(void *unused) {
    (void)unused;
    struct bytes program = read_path(built_program("lib/support/payload"));
    int fd = unlinked_file(program.data, program.size, 0755), writer = open(proc_path(fd), O_RDWR | O_CLOEXEC);
    int hold[2];
    check(pipe2(hold, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(writer);
    check_equal(error_of_running(fd), ETXTBSY);
    close(hold[1]);
    check(waitpid(child, NULL, 0) == child);
    check_equal(error_of_running(fd), 0);
}

static void control_held_writer_is_busy(void **state) {
    (void)state;
    assert_child(run_file_with_a_held_writer, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_result_is_busy),
        cmocka_unit_test(no_child_inherits_a_descriptor),
        cmocka_unit_test(control_held_writer_is_busy),
    };
    return run_all(tests);
}
