/* SPDX-License-Identifier: MIT */
/* exeseal_spawn_fd while other threads fork, allocate, lock, and change umask and directory. */
#include "execution.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { SPAWNERS = 20, ROUNDS = 200, OTHERS = 6 };

static int payload_fd, text_fd;
static atomic_bool is_over;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *allocate(void *unused) {
    while (!is_over) {
        void *blocks[64];
        for (size_t i = 0; i < COUNT(blocks); i++) {
            blocks[i] = malloc(1 + i * 97);
            check(blocks[i] != NULL);
            memset(blocks[i], (int)i, 1 + i * 97);
        }
        for (size_t i = 0; i < COUNT(blocks); i++)
            free(blocks[i]);
    }
    return unused;
}

static void *take_locks(void *unused) {
    while (!is_over) {
        pthread_mutex_lock(&lock);
        fprintf(stderr, "%s", "");
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *fork_children(void *unused) {
    while (!is_over) {
        int status;
        pid_t child = fork();
        if (child == 0)
            _exit(3);
        check(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
    }
    return unused;
}

static void *change_umask_and_directory(void *unused) {
    for (int i = 0; !is_over; i++) {
        umask(i & 0777);
        check(chdir(i % 2 != 0 ? "/" : "/tmp") == 0);
    }
    return unused;
}

static void *open_and_close(void *unused) {
    while (!is_over) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        check(fd >= 0);
        close(fd);
    }
    return unused;
}

static void *change_handlers(void *unused) {
    for (int i = 0; !is_over; i++)
        check(signal(SIGUSR1, i % 2 != 0 ? SIG_IGN : SIG_DFL) != SIG_ERR);
    return unused;
}

static void *spawn_many(void *number) {
    int own = (int)(intptr_t)number;
    char status[8], *arguments[] = {"payload", "exit", status, NULL};
    for (int i = 0; i < ROUNDS; i++) {
        int wanted = (own + i) % 256;
        snprintf(status, sizeof status, "%d", wanted);
        errno = own;
        if (i % 5 == 0) {
            check_equal(exeseal_spawn_fd(text_fd, arguments, NULL, NULL, 0, NULL, 0, NULL, 0), -ENOEXEC);
            check_equal(errno, own);
            continue;
        }
        int pidfd = exeseal_spawn_fd(payload_fd, arguments, NULL, NULL, 0, NULL, 0, NULL, 0);
        check(pidfd >= 3);
        check_equal(errno, own);
        check_equal(end_of(pidfd), wanted);
        close(pidfd);
    }
    return NULL;
}

static void spawn_among_threads(void *unused) {
    (void)unused;
    static void *(*const busy[OTHERS])(void *) = {allocate,       take_locks,      fork_children,
                                                  open_and_close, change_handlers, change_umask_and_directory};
    pthread_t others[OTHERS], spawners[SPAWNERS];
    int descriptors = open_descriptors();
    for (size_t i = 0; i < OTHERS; i++)
        check(pthread_create(&others[i], NULL, busy[i], NULL) == 0);
    for (size_t i = 0; i < SPAWNERS; i++)
        check(pthread_create(&spawners[i], NULL, spawn_many, (void *)(intptr_t)i) == 0);
    for (size_t i = 0; i < SPAWNERS; i++)
        check(pthread_join(spawners[i], NULL) == 0);
    is_over = true;
    for (size_t i = 0; i < OTHERS; i++)
        check(pthread_join(others[i], NULL) == 0);
    check_equal(open_descriptors(), descriptors);
    check(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
}

static void twenty_threads_spawn_while_others_go_on(void **state) {
    (void)state;
    assert_child(spawn_among_threads, NULL);
}

/* A child has one thread, whichever thread started it. The stack, mask and errno of that thread
 * stay unchanged. */
static void *spawn_from_a_small_stack(void *unused) {
    int pidfd = exeseal_spawn_fd(payload_fd, PAYLOAD_EXIT_7, NULL, NULL, 0, NULL, 0, NULL, 0);
    check(pidfd >= 3);
    check_equal(end_of(pidfd), 7);
    close(pidfd);
    return unused;
}

static void spawn_in_a_small_thread(void *unused) {
    (void)unused;
    pthread_attr_t attributes;
    pthread_t thread;
    check(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 64 << 10) == 0);
    check(pthread_create(&thread, &attributes, spawn_from_a_small_stack, NULL) == 0);
    check(pthread_join(thread, NULL) == 0);
}

static void small_stack_is_enough(void **state) {
    (void)state;
    assert_child(spawn_in_a_small_thread, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_threads_spawn_while_others_go_on),
        cmocka_unit_test(small_stack_is_enough),
    };
    payload_fd = sealed_payload();
    text_fd = sealed_text("no program\n");
    int result = run_all(tests);
    close(payload_fd);
    close(text_fd);
    return result;
}
