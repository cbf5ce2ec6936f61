/* SPDX-License-Identifier: MIT */
/* What other threads and processes do while a copy is put into huge pages. */
#include "huge_pages.h"

#include "sandbox.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { SIZE = 2 * HUGE_PAGE + 12345 };

static unsigned char *pattern;

static void pause_milliseconds(long milliseconds) {
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

/* --- forks: a child keeps what it inherited until it executes or ends --- */

struct forker {
    atomic_bool stop;
    atomic_uint forks;
};

static void reap(unsigned *alive, unsigned most) {
    while (*alive > 0 && waitpid(-1, NULL, *alive > most ? 0 : WNOHANG) > 0)
        (*alive)--;
}

static void *fork_until_stopped(void *argument) {
    enum { LIFE = 30, MOST = 32 };
    struct forker *forker = argument;
    unsigned alive = 0;
    while (!atomic_load(&forker->stop)) {
        pid_t child = fork();
        if (child == 0) {
            pause_milliseconds(LIFE);
            _exit(0);
        }
        alive += child > 0;
        atomic_fetch_add(&forker->forks, child > 0);
        reap(&alive, MOST);
    }
    reap(&alive, 0);
    return NULL;
}

static void clone_beside_forks(void *unused) {
    enum { CLONES = 300, FORKS = 100 };
    (void)unused;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct forker forker = {0};
    pthread_t thread;
    stop_clocks();
    check(pthread_create(&thread, NULL, fork_until_stopped, &forker) == 0);
    unsigned clones = 0, huge = 0, retries = 0;
    for (; clones < CLONES || atomic_load(&forker.forks) < FORKS; clones++) {
        struct exeseal_report report;
        int fd = exeseal_clone(source, HUGE_PAGES_ASKED_FOR, &report, sizeof report);
        check(fd >= 3);
        check_equal(seals_of(fd), PEER_SEALS);
        check(holds_bytes(fd, pattern, SIZE));
        huge += report.huge_bytes > 0;
        retries += report.retries;
        close(fd);
    }
    atomic_store(&forker.stop, true);
    check(pthread_join(thread, NULL) == 0);
    dprintf(STDOUT_FILENO, "%u clones beside %u forks, %u in huge pages, %u retries\n", clones,
            atomic_load(&forker.forks), huge, retries);
}

static void no_child_that_lives_on_keeps_a_copy_from_being_sealed(void **state) {
    (void)state;
    assert_child(clone_beside_forks, NULL);
}

/* A writable shared mapping, as a copy that stores into a mapping would have. */
static void fork_with_a_writable_mapping(void *unused) {
    (void)unused;
    int fd = make_memfd(pattern, SIZE, 0700, 0), hold[2];
    void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(memory != MAP_FAILED && pipe2(hold, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    munmap(memory, SIZE);
    check(fcntl(fd, F_ADD_SEALS, PEER_SEALS) < 0 && errno == EBUSY);
    close(hold[1]);
    check(waitpid(child, NULL, 0) == child);
    check(fcntl(fd, F_ADD_SEALS, PEER_SEALS) == 0);
}

static void control_child_with_a_writable_mapping_does(void **state) {
    (void)state;
    assert_child(fork_with_a_writable_mapping, NULL);
}

/* --- a process of the same user that may trace the host, and tampers with the memfd before it
 * is sealed --- */

/* The process's memfd, open for writing, or -1 if it has none now. */
static int open_memfd_of(pid_t process) {
    for (int fd = 3; fd < 16; fd++) {
        char path[64], link[64] = "";
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process, fd);
        if (readlink(path, link, sizeof link - 1) > 0 && strncmp(link, "/memfd:", 7) == 0)
            return open(path, O_RDWR | O_CLOEXEC);
    }
    return -1;
}

static void tamper(int memfd, unsigned number) {
    switch (number % 4) {
    case 0:
        (void)!ftruncate(memfd, 0);
        break;
    case 1:
        (void)!ftruncate(memfd, number % SIZE);
        break;
    case 2:
        (void)!fallocate(memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, SIZE);
        break;
    default:
        (void)!ftruncate(memfd, SIZE + HUGE_PAGE);
    }
}

static _Noreturn void tamper_until_killed(pid_t host) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned number = 0;; number++) {
        int memfd = open_memfd_of(host);
        if (memfd >= 0)
            tamper(memfd, number);
        if (memfd >= 0)
            close(memfd);
    }
}

static void clone_beside_a_tamperer(void *unused) {
    enum { CLONES = 200, REFUSED = 5, MOST = 5000 };
    (void)unused;
    int source = unlinked_file(pattern, SIZE, 0755), before = open_descriptors();
    size_t mappings = count_mappings();
    pid_t host = getpid(), other = fork();
    if (other == 0)
        tamper_until_killed(host);
    stop_clocks();
    unsigned clones = 0, refused = 0, huge = 0;
    for (; clones < CLONES || (refused < REFUSED && clones < MOST); clones++) {
        struct exeseal_report report;
        int fd = exeseal_clone(source, HUGE_PAGES_ASKED_FOR, &report, sizeof report);
        struct stat file;
        if (fd < 0) {
            check_equal(fd, -EIO); /* at ftruncate, for example */
            check_equal(last_attempt(&report).step, EXESEAL_STEP_VERIFY);
            refused++;
            continue;
        }
        check_equal(seals_of(fd), PEER_SEALS);
        check(fstat(fd, &file) == 0);
        check_equal(file.st_size, SIZE);
        huge += report.huge_bytes > 0;
        close(fd);
    }
    check(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
    check_equal(open_descriptors(), before);
    check_equal(count_mappings(), mappings);
    dprintf(STDOUT_FILENO, "%u clones, %u refused, %u in huge pages\n", clones, refused, huge);
    check(refused > 0); /* else nothing was tampered with */
}

static void tampering_raises_no_signal_and_changes_no_size(void **state) {
    (void)state;
    assert_child(clone_beside_a_tamperer, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_child_that_lives_on_keeps_a_copy_from_being_sealed),
        cmocka_unit_test(control_child_with_a_writable_mapping_does),
        cmocka_unit_test(tampering_raises_no_signal_and_changes_no_size),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
