/* SPDX-License-Identifier: MIT */
/* Surroundings that forbid huge pages: the copy then has small pages and is otherwise the same. */
#include "huge_pages.h"

#include "sandbox.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { MIB = 1 << 20, SIZE = 3 * HUGE_PAGE + 12345 };

static unsigned char *pattern;

/* In each mount namespace of a test that removes the files about huge pages. */
static struct temp_directory directory;

static void check_is_copy(int fd, const struct exeseal_report *report) {
    check(fd >= 3);
    check_equal(report->strategy, EXESEAL_STRATEGY_MEMFD);
    check_equal(report->attempts, 1);
    check_equal(seals_of(fd), PEER_SEALS);
    check(holds_bytes(fd, pattern, SIZE));
}

/* --- settings that forbid huge pages --- */

static size_t address_space_used(void) {
    unsigned long pages = 0;
    char text[64] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    check(fd >= 0 && read(fd, text, sizeof text - 1) > 0 && sscanf(text, "%lu", &pages) == 1);
    close(fd);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void limit_address_space(size_t left) {
    rlim_t most = address_space_used() + left;
    check(setrlimit(RLIMIT_AS, &(struct rlimit){most, most}) == 0);
}

static void lack_address_space(void) {
    limit_address_space(4 * MIB);
}

/* Calls syscall(2), since the sanitizers' own mlockall does nothing. */
static void lock_what_is_mapped(void) {
    check(syscall(SYS_mlockall, 2 /* MCL_FUTURE */) == 0);
}

static void lack_memory_to_lock(void) {
    become_ordinary_user();
    check(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){4 * MIB, 4 * MIB}) == 0);
    lock_what_is_mapped();
}

static void disable_huge_pages(void) {
    check(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
}

struct refusal {
    long number;
    unsigned which, argument; /* for this call alone */
};

enum { NO_PROTECTION = 0, POPULATE_READ = 22, COLLAPSE = 25 };

static const struct refusal REFUSALS[] = {
    {SYS_mmap, 2, NO_PROTECTION},
    {SYS_mmap, 2, PROT_READ},
    {SYS_madvise, 2, POPULATE_READ},
    {SYS_madvise, 2, COLLAPSE},
    {SYS_clock_gettime, 0, CLOCK_THREAD_CPUTIME_ID},
    {SYS_clock_gettime, 0, CLOCK_MONOTONIC},
};
static const int REFUSAL_ERRORS[] = {EPERM, EACCES, ENOSYS, EINVAL, ENOMEM, EAGAIN, EBUSY, EIO};

/* --- a clone in these surroundings --- */

struct surroundings {
    void (*enter)(void);
    const struct refusal *refusal;
    int error;
};

static void enter(const struct surroundings *surroundings) {
    const struct refusal *refusal = surroundings->refusal;
    if (surroundings->enter != NULL)
        surroundings->enter();
    if (refusal != NULL)
        refuse_system_call_with(refusal->number, refusal->which, refusal->argument, surroundings->error);
}

static void clone_to_small_pages(void *argument) {
    int source = unlinked_file(pattern, SIZE, 0755);
    enter(argument);
    int descriptors = open_descriptors();
    size_t mappings = count_mappings(); /* last, since the other rules call malloc */
    struct exeseal_report report;
    int fd = exeseal_clone(source, HUGE_PAGES_ASKED_FOR, &report, sizeof report);
    check_is_copy(fd, &report);
    check_equal(report.huge_bytes, 0);
    close(fd);
    check_equal(count_mappings(), mappings);
    check_equal(open_descriptors(), descriptors);
}

static void clone_to_huge_pages(void *argument) {
    skip_unless_huge_pages();
    int source = unlinked_file(pattern, SIZE, 0755);
    enter(argument);
    stop_clocks();
    size_t mappings = count_mappings();
    struct exeseal_report report;
    int fd = clone_into_huge_pages(source, SIZE, &report);
    check_is_copy(fd, &report);
    close(fd);
    check_equal(count_mappings(), mappings);
}

static void control_huge_pages_are_had_without_limits(void **state) {
    (void)state;
    assert_child(clone_to_huge_pages, &(struct surroundings){0});
    assert_child(clone_to_huge_pages, &(struct surroundings){.enter = become_ordinary_user});
}

static void too_little_address_space_leaves_small_pages(void **state) {
    (void)state;
    assert_child(clone_to_small_pages, &(struct surroundings){.enter = lack_address_space});
}

static void too_little_memory_to_lock_leaves_small_pages(void **state) {
    (void)state;
    skip_unless_root(); /* a privileged process becomes a user who may not lock memory */
    assert_child(clone_to_small_pages, &(struct surroundings){.enter = lack_memory_to_lock});
}

static void host_that_locks_its_memory_has_huge_pages(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_to_huge_pages, &(struct surroundings){.enter = lock_what_is_mapped});
}

static void disabled_huge_pages_leave_small_ones(void **state) {
    (void)state;
    assert_child(clone_to_small_pages, &(struct surroundings){.enter = disable_huge_pages});
}

static void refused_system_calls_leave_small_pages(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSALS); i++)
        for (size_t error = 0; error < COUNT(REFUSAL_ERRORS); error++)
            assert_child(clone_to_small_pages, &((struct surroundings){NULL, &REFUSALS[i], REFUSAL_ERRORS[error]}));
}

static void refuse_ftruncate(void *argument) {
    refuse_system_call(SYS_ftruncate, *(const int *)argument);
    clone_to_small_pages(&(struct surroundings){0});
}

static void refused_ftruncate_leaves_small_pages(void **state) {
    (void)state;
    for (size_t error = 0; error < COUNT(REFUSAL_ERRORS); error++)
        assert_child(refuse_ftruncate, (void *)&REFUSAL_ERRORS[error]);
}

/* --- RLIMIT_FSIZE: the size is set before a byte is written, which must not raise SIGXFSZ --- */

static void clone_under_file_size(void *argument) {
    const rlim_t limit = *(const rlim_t *)argument;
    int source = unlinked_file(pattern, SIZE, 0755);
    check(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    check(setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit}) == 0);
    struct exeseal_report report;
    int fd = exeseal_clone(source, HUGE_PAGES_ASKED_FOR, &report, sizeof report);
    if (limit >= SIZE) {
        check_is_copy(fd, &report);
        return;
    }
    check_equal(fd, -EFBIG);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_LIMIT);
}

static void file_size_limit_raises_no_signal(void **state) {
    (void)state;
    static const rlim_t limits[] = {SIZE, SIZE - 1, SIZE - SIZE % HUGE_PAGE, HUGE_PAGE, 1, 0};
    for (size_t i = 0; i < COUNT(limits); i++)
        assert_child(clone_under_file_size, (void *)&limits[i]);
}

/* --- files that say whether processors may stall --- */

static const char RUNTIME[] = "/proc/sys/kernel/sched_rt_runtime_us", ISOLATED[] = "/sys/devices/system/cpu/isolated";

struct sign {
    const char *path, *text; /* NULL: the file does not exist */
    bool is_readable;
};

static void show(const char *path, const char *text, mode_t mode) {
    const char *file = make_file(&directory, "text", text, strlen(text), mode);
    check(mount(file, path, NULL, MS_BIND, NULL) == 0);
}

static void hide(const char *path) {
    char folder[64];
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    cover_with_tmpfs(folder, 0);
}

static void show_sign(const struct sign *sign) {
    use_private_mounts();
    if (sign->text == NULL)
        hide(sign->path);
    else
        show(sign->path, sign->text, sign->is_readable ? 0444 : 0);
    if (!sign->is_readable)
        become_ordinary_user();
}

static void clone_to_small_pages_by_sign(void *sign) {
    show_sign(sign);
    clone_to_small_pages(&(struct surroundings){.enter = stop_clocks});
}

static void clone_to_huge_pages_by_sign(void *sign) {
    skip_unless_huge_pages();
    show_sign(sign);
    clone_to_huge_pages(&(struct surroundings){0});
}

static void small_pages_where_a_stall_is_possible(void **state) {
    (void)state;
    skip_unless_root();
    static const struct sign signs[] = {
        {RUNTIME, "-1\n", true},      {RUNTIME, "", true},     {RUNTIME, NULL, true},
        {RUNTIME, "950000\n", false}, {ISOLATED, "1\n", true}, {ISOLATED, "0-3,7\n", true},
        {ISOLATED, "", true},         {ISOLATED, NULL, true},  {ISOLATED, "\n", false},
    };
    for (size_t i = 0; i < COUNT(signs); i++)
        assert_child(clone_to_small_pages_by_sign, (void *)&signs[i]);
}

static void control_same_files_without_a_stall(void **state) {
    (void)state;
    skip_unless_root();
    static const struct sign signs[] = {{RUNTIME, "950000\n", true}, {ISOLATED, "\n", true}};
    for (size_t i = 0; i < COUNT(signs); i++)
        assert_child(clone_to_huge_pages_by_sign, (void *)&signs[i]);
}

/* --- the default: huge pages only for one thread, and only without free page reporting --- */

static const char ORDER[] = "/sys/module/page_reporting/parameters/page_reporting_order";

struct host {
    const char *order; /* NULL: the kernel lacks the file */
    bool has_threads, is_given;
};

static void *wait_for_the_end(void *unused) {
    for (;;)
        pause();
    return unused;
}

static void start_thread(void) {
    pthread_t thread;
    check(pthread_create(&thread, NULL, wait_for_the_end, NULL) == 0);
}

static void clone_without_asking(void *argument) {
    const struct host *host = argument;
    skip_unless_huge_pages();
    if (access(ORDER, F_OK) == 0)
        show_sign(&(struct sign){ORDER, host->order, true});
    else if (host->order != NULL && host->order[0] != '-')
        child_skip("this kernel does not tell a hypervisor of free memory");
    if (host->has_threads)
        start_thread();
    int source = unlinked_file(pattern, SIZE, 0755);
    stop_clocks();
    enum { TRIES = 20 }; /* see clone_into_huge_pages */
    size_t huge = 0;
    for (int tries = 0; tries < TRIES && (tries == 0 || (host->is_given && huge == 0)); tries++) {
        struct exeseal_report report;
        int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
        check_is_copy(fd, &report);
        huge = report.huge_bytes;
        close(fd);
    }
    check_equal(huge > 0, host->is_given);
}

static void given_where_nobody_pays_for_them(void **state) {
    (void)state;
    skip_unless_root(); /* to mount another file over it */
    static const struct host hosts[] = {
        {"-1\n", false, true}, {NULL, false, true},   {"9\n", false, false},
        {"0\n", false, false}, {"-1\n", true, false}, {NULL, true, false},
    };
    for (size_t i = 0; i < COUNT(hosts); i++)
        assert_child(clone_without_asking, (void *)&hosts[i]);
}

/* --- a host near RLIMIT_AS --- */

enum { LARGE = 100 * MIB, LEFT = 40 * MIB };

struct mapper {
    atomic_bool stop;
    atomic_uint mapped, refused;
};

static void *map_until_stopped(void *argument) {
    struct mapper *mapper = argument;
    while (!atomic_load(&mapper->stop)) {
        void *memory = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        atomic_fetch_add(memory == MAP_FAILED ? &mapper->refused : &mapper->mapped, 1);
        if (memory != MAP_FAILED)
            munmap(memory, MIB);
    }
    return NULL;
}

/* A byte at the end of each huge page is not zero. */
static int large_file(void) {
    int source = unlinked_file("", 0, 0755), writer = open(proc_path(source), O_WRONLY | O_CLOEXEC);
    for (off_t end = HUGE_PAGE; end <= LARGE; end += HUGE_PAGE)
        check(pwrite(writer, "x", 1, end - 1) == 1);
    close(writer);
    return source;
}

static void check_is_copy_of_large_file(int fd) {
    for (off_t end = HUGE_PAGE; end <= LARGE; end += HUGE_PAGE) {
        char last[2] = "";
        check(pread(fd, last, 2, end - 2) == 2);
        check(last[0] == '\0' && last[1] == 'x');
    }
}

static void clone_beside_a_mapper(void *unused) {
    (void)unused;
    skip_unless_huge_pages();
    int source = large_file();
    struct mapper mapper = {0};
    pthread_t thread;
    check(pthread_create(&thread, NULL, map_until_stopped, &mapper) == 0);
    limit_address_space(LEFT);
    /* control */
    check(mmap(NULL, 2 * LEFT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    stop_clocks();
    struct exeseal_report report;
    int fd = clone_into_huge_pages(source, LARGE, &report);
    check_is_copy_of_large_file(fd);
    atomic_store(&mapper.stop, true);
    check(pthread_join(thread, NULL) == 0);
    check(atomic_load(&mapper.mapped) > 0);
    check_equal(atomic_load(&mapper.refused), 0);
}

static void large_copy_leaves_address_space_to_other_threads(void **state) {
    (void)state;
    assert_child(clone_beside_a_mapper, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_huge_pages_are_had_without_limits),
        cmocka_unit_test(too_little_address_space_leaves_small_pages),
        cmocka_unit_test(too_little_memory_to_lock_leaves_small_pages),
        cmocka_unit_test(host_that_locks_its_memory_has_huge_pages),
        cmocka_unit_test(disabled_huge_pages_leave_small_ones),
        cmocka_unit_test(refused_system_calls_leave_small_pages),
        cmocka_unit_test(refused_ftruncate_leaves_small_pages),
        cmocka_unit_test(file_size_limit_raises_no_signal),
        cmocka_unit_test(small_pages_where_a_stall_is_possible),
        cmocka_unit_test(control_same_files_without_a_stall),
        cmocka_unit_test(given_where_nobody_pays_for_them),
        cmocka_unit_test(large_copy_leaves_address_space_to_other_threads),
    };
    pattern = make_pattern(SIZE);
    directory = make_temp_directory();
    int result = run_all(tests);
    remove_temp_directory(&directory);
    free(pattern);
    return result;
}
