/* SPDX-License-Identifier: MIT */
/* The library is a guest in its host program: what the caller did not ask for does not change. */
#include "support.h"

#include "sandbox.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

enum { SIZE = 1 << 20, ROUNDS = 300, SECONDS = 20 };

static unsigned char *pattern;

/* --- a writer at the source --- */

static bool gives_leases(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool gives = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
    close(fd);
    return gives;
}

/* Opens the file for writing again and again, by turns waiting for a lease and not, until it is killed. */
static pid_t start_writer(const char *path) {
    int ready[2];
    check(pipe2(ready, O_CLOEXEC) == 0);
    pid_t child = fork();
    check(child >= 0);
    if (child > 0) {
        char byte;
        close(ready[1]);
        check(read(ready[0], &byte, 1) == 1);
        close(ready[0]);
        return child;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0;; i++) {
        int fd = open(path, O_WRONLY | O_CLOEXEC | (i % 2 == 0 ? O_NONBLOCK : 0));
        if (fd >= 0)
            close(fd);
        if (i == 0 && write(ready[1], "x", 1) != 1)
            _exit(1);
        /* Longer without than with a writer, so that leases are granted, and some are broken. */
        nanosleep(&(struct timespec){.tv_nsec = 500 * 1000}, NULL);
    }
}

static void stop(pid_t child) {
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* How often a signal of the lease would have come here. */
static volatile sig_atomic_t signals;
static void count_signal(int number) {
    (void)number;
    signals = signals + 1;
}

static volatile sig_atomic_t harmless_signals;
static void count_harmless_signal(int number) {
    (void)number;
    harmless_signals = harmless_signals + 1;
}

struct hosted {
    bool default_action; /* of SIGIO: it would end the program */
    bool ordinary_user;
};

static void clone_with_a_writer(void *argument) {
    const struct hosted *hosted = argument;
    if (hosted->ordinary_user)
        become_ordinary_user();
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "source", pattern, SIZE, 0755);
    if (!gives_leases(path)) {
        remove_temp_directory(&directory);
        child_skip("the file system of the temporary directory gives no leases");
    }
    pid_t writer = start_writer(path);
    if (!hosted->default_action) {
        check(signal(SIGIO, count_signal) != SIG_ERR);
        check(signal(SIGURG, count_harmless_signal) != SIG_ERR);
    }
    /* Until it has been seen both ways: no writer came, and one did. */
    unsigned leased = 0, settled = 0, rounds = 0;
    time_t end = time(NULL) + SECONDS;
    while (rounds < ROUNDS || ((leased == 0 || settled == 0) && time(NULL) < end)) {
        int source = open(path, O_RDONLY | O_CLOEXEC);
        check(source >= 0);
        struct exeseal_report report;
        int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
        check(fd >= 3);
        leased += report.evidence == EXESEAL_EVIDENCE_LEASE;
        settled += report.evidence == EXESEAL_EVIDENCE_TIMES;
        rounds++;
        close(fd);
        close(source);
    }
    stop(writer);
    remove_temp_directory(&directory);
    dprintf(STDOUT_FILENO, "%u copies with a writer at the source: %u by lease, %u by times\n", rounds, leased,
            settled);
    check(leased > 0 && settled > 0);
    check_equal(signals, 0);
    check_equal(harmless_signals, 0);
}

static void default_sigio_and_a_writer_do_not_end_the_host(void **state) {
    (void)state;
    assert_child(clone_with_a_writer, &((struct hosted){.default_action = true}));
}

static void host_with_handlers_sees_no_signal(void **state) {
    (void)state;
    assert_child(clone_with_a_writer, &((struct hosted){.default_action = false}));
}

static void ordinary_user_is_no_different(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_with_a_writer, &((struct hosted){.default_action = true, .ordinary_user = true}));
}

/* A small file and a writer that never rests, to hit the instant at which the lease has been taken and its signal not
 * yet been given up. */
static void clone_with_a_restless_writer(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", pattern, 4096, 0755));
    if (!gives_leases(path)) {
        remove_temp_directory(&directory);
        child_skip("the file system of the temporary directory gives no leases");
    }
    pid_t writer = fork();
    if (writer == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
            if (fd >= 0)
                close(fd);
        }
    }
    int source = open(path, O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 10 * ROUNDS; i++) {
        int fd = clone_of(source);
        check(fd >= 3);
        close(fd);
    }
    stop(writer);
    remove_temp_directory(&directory);
}

static void count_signals_of_a_restless_writer(void *unused) {
    check(signal(SIGURG, count_harmless_signal) != SIG_ERR);
    clone_with_a_restless_writer(unused);
    check_equal(harmless_signals, 0);
}

/* Ignored by default, SIGURG may have a handler in a host that uses it for out-of-band data: no signal at all. */
static void host_with_a_sigurg_handler_sees_no_signal(void **state) {
    (void)state;
    assert_child(count_signals_of_a_restless_writer, NULL);
}

/* The host's own, which it has blocked, for the process or for the thread. */
static void clone_with_a_pending_signal(void *argument) {
    sigset_t urgent, waiting;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    check(sigprocmask(SIG_BLOCK, &urgent, NULL) == 0);
    check(signal(SIGURG, count_harmless_signal) != SIG_ERR); /* what is ignored is not kept */
    check((*(const bool *)argument ? raise(SIGURG) : kill(getpid(), SIGURG)) == 0);
    clone_with_a_restless_writer(NULL);
    check_equal(harmless_signals, 0);
    check(sigpending(&waiting) == 0 && sigismember(&waiting, SIGURG));
    siginfo_t information;
    check_equal(sigtimedwait(&urgent, &information, &(struct timespec){0}), SIGURG);
    check(information.si_code == SI_TKILL || information.si_code == SI_USER);
    check_equal(information.si_pid, getpid());
    check(sigtimedwait(&urgent, &information, &(struct timespec){0}) < 0);
}

static void pending_sigurg_of_the_host_stays_pending(void **state) {
    (void)state;
    static const bool for_the_thread[] = {true, false};
    for (size_t i = 0; i < COUNT(for_the_thread); i++)
        assert_child(clone_with_a_pending_signal, (void *)&for_the_thread[i]);
}

static void restless_writer_does_not_end_the_host(void **state) {
    (void)state;
    assert_child(clone_with_a_restless_writer, NULL);
}

/* Control: a lease without the library's precautions ends the program with SIGIO. */
static void take_lease_naively(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", "x", 1, 0755));
    int source = open(path, O_RDONLY | O_CLOEXEC);
    bool leased = fcntl(source, F_SETLEASE, F_RDLCK) == 0;
    remove_temp_directory(&directory);
    if (!leased)
        child_skip("the file system of the temporary directory gives no leases");
    int writer = open(proc_path(source), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    check(writer < 0 && errno == EWOULDBLOCK);
    pause();
}

static void control_naive_lease_ends_the_host(void **state) {
    (void)state;
    int status = in_child(take_lease_naively, NULL);
    if (status == 77)
        skip_because("the file system of the temporary directory gives no leases");
    assert_int_equal(status, 128 + SIGIO);
}

/* After the call nothing is left that a writer would wait for. */
static void writer_does_not_wait_after_the_call(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755), fd = clone_of(source);
    assert_true(fd >= 3);
    int writer = open(proc_path(source), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(writer >= 0);
    close(writer);
    close(fd);
    close(source);
}

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

/* Opening the file anew would break it, with SIGIO, which ends the host. */
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

/* --- the caller's record locks, which the closing of any descriptor of the file drops --- */

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

/* Control: this is what takes them away. */
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

/* The result is the caller's alone: it carries no lease and no signal either. */
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

static void clone_to_tmpfile_and_look(void *unused) {
    (void)unused;
    int source = unlinked_file(pattern, SIZE, 0755);
    refuse_system_call(SYS_memfd_create, EPERM);
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    check(fd >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_TMPFILE);
    struct descriptor_state result = state_of(fd);
    check_equal(result.owner, 0);
    check_equal(result.owner_signal, 0);
    check_equal(result.lease, F_UNLCK);
    check_equal(result.position, 0);
    int writer = open(proc_path(source), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    check(writer >= 0);
}

static void result_of_tmpfile_carries_nothing(void **state) {
    (void)state;
    assert_child(clone_to_tmpfile_and_look, NULL);
}

/* --- the process --- */

/* The whole of what can be asked about a process from inside, apart from what any call changes. */
struct process_state {
    sigset_t mask;
    struct {
        void (*handler)(int);
        int flags;
    } actions[65];
    mode_t umask;
    struct rlimit limits[RLIM_NLIMITS];
    int descriptors;
    char directory[1024];
    char *environment;
};

extern char **environ;

static char *whole_environment(void) {
    size_t size = 1;
    for (char **variable = environ; *variable != NULL; variable++)
        size += strlen(*variable) + 1;
    char *text = calloc(1, size);
    for (char **variable = environ; *variable != NULL; variable++)
        strcat(strcat(text, *variable), "\n");
    return text;
}

static void look_at_process(struct process_state *state) {
    memset(state, 0, sizeof *state);
    sigprocmask(SIG_BLOCK, NULL, &state->mask);
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0) { /* not those of the C library's own */
            state->actions[number].handler = action.sa_handler;
            state->actions[number].flags = action.sa_flags;
        }
    }
    state->umask = umask(0);
    umask(state->umask);
    for (int i = 0; i < RLIM_NLIMITS; i++)
        getrlimit(i, &state->limits[i]);
    state->descriptors = open_descriptors();
    check(getcwd(state->directory, sizeof state->directory) != NULL);
    state->environment = whole_environment();
}

/* Without the heap, which would make mappings of its own. */
static size_t count_mappings(void) {
    static char text[65536];
    size_t count = 0;
    ssize_t got;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    while ((got = read(fd, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < got; i++)
            count += text[i] == '\n';
    close(fd);
    return count;
}

static void use_every_function(void) {
    static char *arguments[] = {"program", NULL};
    struct exeseal_exec_options options = {.flags = EXESEAL_EXEC_CHECK};
    struct exeseal_info info;
    struct exeseal_report report;
    char text[1024];
    int source = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const int results[] = {
        exeseal_clone(source, NULL, 0, &report, sizeof report),
        exeseal_clone_self(NULL, 0, &report, sizeof report),
        exeseal_clone_memory(pattern, SIZE, NULL, 0, &report, sizeof report),
    };
    for (size_t i = 0; i < COUNT(results); i++) {
        check(results[i] >= 3);
        exeseal_exec_fd(results[i], arguments, NULL, &options, sizeof options, &report, sizeof report);
        exeseal_inspect(results[i], &info, sizeof info);
        exeseal_report_format(&report, sizeof report, text, sizeof text);
        close(results[i]);
    }
    check_equal(exeseal_clone(-1, NULL, 0, &report, sizeof report), -EBADF);
    close(source);
}

static void compare_process(void *unused) {
    (void)unused;
    static struct process_state before, after;
    use_every_function(); /* what the loader and the C library do once is done */
    count_mappings();
    check(chdir("/usr") == 0);
    umask(027);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    check(sigprocmask(SIG_BLOCK, &some, NULL) == 0);
    look_at_process(&before);
    size_t mappings = count_mappings();
    check(mappings > 5);
    use_every_function();
    check_equal(count_mappings(), mappings);
    look_at_process(&after);
    check(memcmp(&before.mask, &after.mask, sizeof before.mask) == 0);
    check(memcmp(before.actions, after.actions, sizeof before.actions) == 0);
    check_equal(after.umask, before.umask);
    check(memcmp(before.limits, after.limits, sizeof before.limits) == 0);
    check_equal(after.descriptors, before.descriptors);
    check(strcmp(before.directory, after.directory) == 0);
    check(strcmp(before.environment, after.environment) == 0);
}

static void process_is_as_it_was(void **state) {
    (void)state;
    assert_child(compare_process, NULL);
}

/* An own process group, so that no child of the test is seen. */
static void look_for_children(void *unused) {
    (void)unused;
    check(signal(SIGCHLD, count_signal) != SIG_ERR);
    use_every_function();
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0);
    check_equal(errno, ECHILD);
    check_equal(signals, 0);
    /* Nor any that was reaped already. */
    struct rusage usage;
    check(getrusage(RUSAGE_CHILDREN, &usage) == 0);
    check_equal(usage.ru_maxrss, 0);
}

static void no_child_is_seen(void **state) {
    (void)state;
    assert_child(look_for_children, NULL);
}

static void clone_silently(void *unused) {
    (void)unused;
    int ends[2];
    check(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
    int kept = dup(STDERR_FILENO);
    check(dup2(ends[1], STDOUT_FILENO) >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    use_every_function();
    char byte;
    ssize_t got = read(ends[0], &byte, 1);
    int error = errno;
    check(dup2(kept, STDERR_FILENO) >= 0);
    check_equal(got, -1);
    check_equal(error, EAGAIN);
}

static void nothing_is_printed(void **state) {
    (void)state;
    assert_child(clone_silently, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_sigio_and_a_writer_do_not_end_the_host),
        cmocka_unit_test(host_with_handlers_sees_no_signal),
        cmocka_unit_test(ordinary_user_is_no_different),
        cmocka_unit_test(host_with_a_sigurg_handler_sees_no_signal),
        cmocka_unit_test(pending_sigurg_of_the_host_stays_pending),
        cmocka_unit_test(restless_writer_does_not_end_the_host),
        cmocka_unit_test(control_naive_lease_ends_the_host),
        cmocka_unit_test(writer_does_not_wait_after_the_call),
        cmocka_unit_test(descriptor_of_the_caller_is_untouched),
        cmocka_unit_test(owner_and_signal_of_the_caller_are_untouched),
        cmocka_unit_test(lease_of_the_caller_is_untouched),
        cmocka_unit_test(write_lease_of_the_caller_is_untouched),
        cmocka_unit_test(record_locks_of_the_caller_are_still_held),
        cmocka_unit_test(control_closing_another_descriptor_drops_the_locks),
        cmocka_unit_test(result_carries_nothing),
        cmocka_unit_test(result_of_tmpfile_carries_nothing),
        cmocka_unit_test(process_is_as_it_was),
        cmocka_unit_test(no_child_is_seen),
        cmocka_unit_test(nothing_is_printed),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
