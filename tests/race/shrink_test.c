/* SPDX-License-Identifier: MIT */
/* The source changes while it is copied. The result is whole, old or new, or the error is
 * ESTALE. */
#include "clones.h"

#include "sandbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/sysinfo.h>
#include <time.h>

enum {
    SIZE = 8 << 20,
    BLOCK = 4096,
    ROUNDS = 60,
};

static unsigned char *generations[2]; /* each is filled with one byte value of its own */

/* --- writers --- */

struct writer {
    const char *path;
    atomic_bool stop;
    atomic_uint turns;
    void (*turn)(struct writer *, int fd, unsigned number);
};

static void pause_microseconds(long microseconds) {
    nanosleep(&(struct timespec){.tv_nsec = microseconds * 1000}, NULL);
}

static void *write_until_stopped(void *argument) {
    struct writer *writer = argument;
    for (unsigned i = 0; !atomic_load(&writer->stop); i++) {
        int fd = open(writer->path, O_RDWR | O_CLOEXEC);
        if (fd >= 0) {
            writer->turn(writer, fd, i);
            close(fd);
            atomic_fetch_add(&writer->turns, 1);
        }
        pause_microseconds(300);
    }
    return NULL;
}

static void shrink_and_grow(struct writer *writer, int fd, unsigned number) {
    (void)writer;
    (void)number;
    check(ftruncate(fd, SIZE / 2) == 0);
    pause_microseconds(300);
    check(pwrite(fd, generations[0] + SIZE / 2, SIZE / 2, SIZE / 2) == SIZE / 2);
}

static void rewrite_in_place(struct writer *writer, int fd, unsigned number) {
    (void)writer;
    check(pwrite(fd, generations[number % 2], SIZE, 0) == SIZE);
}

static void append_a_block(struct writer *writer, int fd, unsigned number) {
    (void)writer;
    check(pwrite(fd, generations[0], BLOCK, SIZE) == BLOCK);
    check(number + 1 != 0 && ftruncate(fd, SIZE) == 0);
}

/* Two files take turns under one name; neither is ever written to. */
static void rename_over(struct writer *writer, int fd, unsigned number) {
    char next[300];
    (void)fd;
    snprintf(next, sizeof next, "%s.next", writer->path);
    int out = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    check(out >= 0 && write(out, generations[number % 2], SIZE) == SIZE);
    close(out);
    check(rename(next, writer->path) == 0);
}

/* --- results --- */

/* OTHER: a file that was being cut or grown when its writer was preempted. */
enum outcome { WHOLE_OLD, WHOLE_NEW, WHOLE_OTHER, TORN };

static enum outcome look_at_copy(int fd) {
    struct bytes copy = read_all(fd);
    enum outcome outcome = TORN;
    for (int i = 0; i < 2; i++)
        if (copy.size == SIZE && memcmp(copy.data, generations[i], SIZE) == 0)
            outcome = i == 0 ? WHOLE_OLD : WHOLE_NEW;
    bool is_other_state = copy.size >= SIZE / 2 && copy.size <= SIZE + BLOCK;
    if (outcome == TORN && is_other_state && memcmp(copy.data, generations[0], copy.size) == 0)
        outcome = WHOLE_OTHER;
    free(copy.data);
    return outcome;
}

struct tally {
    unsigned copies, stale, whole[TORN], torn_by_times, leased, rounds;
};

struct race {
    const char *name;
    void (*turn)(struct writer *, int, unsigned);
    bool torn_is_possible; /* without a lease: timestamps have a granularity */
    bool stale_must_be_seen;
    uint64_t require;
};

static void count_copy(int fd, const struct exeseal_report *report, struct tally *tally) {
    enum outcome outcome = look_at_copy(fd);
    bool leased = report->evidence == EXESEAL_EVIDENCE_LEASE;
    tally->copies++;
    tally->leased += leased;
    if (outcome != TORN) {
        tally->whole[outcome]++;
        return;
    }
    check(!leased);
    check_equal(report->guarantees & EXESEAL_GUARANTEE_STABLE, 0);
    tally->torn_by_times++;
}

static void one_copy(const struct race *race, const char *path, struct tally *tally) {
    int source = open(path, O_RDONLY | O_CLOEXEC);
    check(source >= 0);
    struct exeseal_report report;
    int fd = clone_requiring(source, race->require, &report);
    tally->rounds++;
    if (fd >= 0) {
        count_copy(fd, &report, tally);
        close(fd);
    } else if (fd == -ESTALE) {
        tally->stale++;
        check_equal(last_attempt(&report).error, ESTALE);
        check(strstr(report_text(&report), "ESTALE") != NULL);
    } else {
        check((race->require & EXESEAL_GUARANTEE_STABLE) != 0);
        check_equal(fd, -EOPNOTSUPP);
        check_equal(report.attempt[0].step, EXESEAL_STEP_STABILITY);
    }
    close(source);
}

static void run_race(void *argument) {
    const struct race *race = argument;
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "source", generations[0], SIZE, 0755));
    struct writer writer = {.path = path, .turn = race->turn};
    pthread_t thread;
    check(pthread_create(&thread, NULL, write_until_stopped, &writer) == 0);
    struct tally tally = {0};
    while (tally.rounds < ROUNDS || (race->stale_must_be_seen && tally.stale == 0))
        one_copy(race, path, &tally);
    atomic_store(&writer.stop, true);
    pthread_join(thread, NULL);
    unsigned turns = atomic_load(&writer.turns);
    remove_temp_directory(&directory);
    dprintf(
        STDOUT_FILENO,
        "%s: %u rounds, %u writes: %u copies (%u by lease, %u old, %u new, %u other, %u torn by times), %u ESTALE\n",
        race->name, tally.rounds, turns, tally.copies, tally.leased, tally.whole[WHOLE_OLD], tally.whole[WHOLE_NEW],
        tally.whole[WHOLE_OTHER], tally.torn_by_times, tally.stale);
    check(turns > 0);
    check(race->torn_is_possible || tally.torn_by_times == 0);
}

/* --- the tests --- */

static void assert_race(const char *name, const struct race *race) {
    struct race named = *race;
    named.name = name;
    assert_child_named(name, __FILE__, __LINE__, run_race, &named);
}

static void source_that_shrinks_and_grows_is_whole_or_estale(void **state) {
    (void)state;
    assert_race(__func__,
                &(struct race){.turn = shrink_and_grow, .torn_is_possible = true, .stale_must_be_seen = true});
}

static void source_rewritten_in_place_is_whole_or_estale(void **state) {
    (void)state;
    assert_race(__func__,
                &(struct race){.turn = rewrite_in_place, .torn_is_possible = true, .stale_must_be_seen = true});
}

static void source_that_grows_is_whole_or_estale(void **state) {
    (void)state;
    assert_race(__func__, &(struct race){.turn = append_a_block});
}

static void source_renamed_over_is_whole(void **state) {
    (void)state;
    assert_race(__func__, &(struct race){.turn = rename_over});
}

/* A torn copy is never STABLE. */
static void stable_is_never_torn(void **state) {
    (void)state;
    assert_race(__func__, &(struct race){.turn = rewrite_in_place, .require = EXESEAL_GUARANTEE_STABLE});
}

/* --- a change in the middle of a copy --- */

/* Most files are copied too fast to be hit, so the source is a sparse file whose copy takes half
 * a second. The smaller one is put into huge pages first, where they are available. */
static const off_t LARGE = (off_t)1 << 30, LARGEST_IN_HUGE_PAGES = (off_t)256 << 20;

struct change {
    void (*make)(int writer);
    bool has_writer; /* open from the start, so that no lease is possible */
    off_t size;
    int source;
    atomic_bool is_over;
};

/* Returns whether this process has a memfd with pages. */
static bool is_copying(void) {
    for (int fd = 3; fd < 64; fd++) {
        char link[64] = "";
        struct stat file;
        if (readlink(proc_path(fd), link, sizeof link - 1) > 0 && strncmp(link, "/memfd:", 7) == 0 &&
            fstat(fd, &file) == 0 && file.st_blocks > 0)
            return true;
    }
    return false;
}

static void *change_what_is_copied(void *argument) {
    struct change *change = argument;
    while (!is_copying() && !atomic_load(&change->is_over))
        pause_microseconds(100);
    int writer = open(proc_path(change->source), O_WRONLY | O_CLOEXEC);
    check(writer >= 0);
    change->make(writer);
    close(writer);
    return NULL;
}

static int sparse_file(off_t size) {
    struct sysinfo memory;
    if (sysinfo(&memory) < 0 || (uint64_t)memory.freeram * memory.mem_unit <= (uint64_t)size)
        child_skip("too little free memory for a large copy");
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "source", "x", 1, 0755);
    int writer = open(path, O_WRONLY | O_CLOEXEC), fd = open(path, O_RDONLY | O_CLOEXEC);
    if (ftruncate(writer, size) < 0)
        child_skip("no large sparse file can be made in the temporary directory");
    close(writer);
    remove_temp_directory(&directory);
    return fd;
}

static int clone_and_change(struct change *change, struct exeseal_report *report) {
    pthread_t thread;
    change->source = sparse_file(change->size);
    int writer = change->has_writer ? open(proc_path(change->source), O_WRONLY | O_CLOEXEC) : -1;
    atomic_store(&change->is_over, false);
    check(pthread_create(&thread, NULL, change_what_is_copied, change) == 0);
    int fd = exeseal_clone(change->source, HUGE_PAGES_ASKED_FOR, report, sizeof *report);
    atomic_store(&change->is_over, true);
    check(pthread_join(thread, NULL) == 0);
    close(change->source);
    if (writer >= 0)
        close(writer);
    return fd;
}

/* `came_in_time` tells from the result whether the change happened during the copy. On a busy
 * machine it may come too late; it is tried again then. */
static void change_in_the_middle(struct change *change, off_t size,
                                 bool (*came_in_time)(int, off_t, const struct exeseal_report *)) {
    bool is_in_time = false;
    change->size = size;
    while (!is_in_time) {
        struct exeseal_report report;
        int fd = clone_and_change(change, &report);
        is_in_time = came_in_time(fd, size, &report);
        if (fd >= 0)
            close(fd);
    }
}

static off_t size_of(int fd) {
    struct stat file;
    check(fstat(fd, &file) == 0);
    return file.st_size;
}

/* The file is cut and stays short: sendfile then returns 0 for ever, and peers loop without end. */
static void cut(int writer) {
    check(ftruncate(writer, 1 << 20) == 0);
}

static bool is_stale(int fd, off_t size, const struct exeseal_report *report) {
    if (fd >= 0)
        check_equal(size_of(fd), size);
    else
        check_equal(fd, -ESTALE);
    return fd < 0 && last_attempt(report).step == EXESEAL_STEP_COPY;
}

static void cut_while_copied(void *size) {
    change_in_the_middle(&(struct change){.make = cut, .has_writer = true}, *(const off_t *)size, is_stale);
}

static void assert_of_both_sizes(const char *name, child_function function) {
    assert_child_named(name, __FILE__, __LINE__, function, (void *)&LARGE);
    assert_child_named(name, __FILE__, __LINE__, function, (void *)&LARGEST_IN_HUGE_PAGES);
}

static void source_cut_short_is_estale(void **state) {
    (void)state;
    assert_of_both_sizes(__func__, cut_while_copied);
}

static void copy_of_a_lying_size(void *unused) {
    (void)unused;
    /* sysfs reports size 4096 for every attribute, whatever its contents. */
    int source = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    if (source < 0)
        source = open("/sys/kernel/profiling", O_RDONLY | O_CLOEXEC);
    if (source < 0)
        child_skip("no sysfs attribute to read here");
    struct stat file;
    check(fstat(source, &file) == 0);
    if (file.st_size == 0)
        child_skip("this sysfs does not lie about sizes");
    check_equal(clone_of(source), -ESTALE);
}

static void source_shorter_than_it_says_is_estale(void **state) {
    (void)state;
    assert_child(copy_of_a_lying_size, NULL);
}

/* A byte that was already copied is written and the modification time is set back. Only the
 * change time shows it. */
static void write_and_backdate(int writer) {
    struct stat before;
    check(fstat(writer, &before) == 0);
    check(pwrite(writer, "y", 1, 0) == 1);
    check(futimens(writer, (struct timespec[]){before.st_atim, before.st_mtim}) == 0);
}

/* ESTALE: the copy was compared after the write, before the time was set back. */
static bool is_read_again(int fd, off_t size, const struct exeseal_report *report) {
    (void)size;
    check(fd >= 3 || fd == -ESTALE);
    if (fd < 0 || report->retries == 0)
        return false;
    char first = '\0';
    check_equal(report->retries, 1);
    check(pread(fd, &first, 1, 0) == 1);
    check_equal(first, 'y');
    return true;
}

static void backdate_while_copied(void *size) {
    change_in_the_middle(&(struct change){.make = write_and_backdate, .has_writer = true}, *(const off_t *)size,
                         is_read_again);
}

static void backdated_change_is_read_again(void **state) {
    (void)state;
    assert_of_both_sizes(__func__, backdate_while_copied);
}

/* A store through a mapping changes no timestamp. With the lease no such store happens: a writer
 * that arrives during the copy waits until the lease is released, and the bytes are whole. */
static bool is_whole_with_broken_lease(int fd, off_t size, const struct exeseal_report *report) {
    check(fd >= 3);
    check_equal(size_of(fd), size);
    return report->evidence == EXESEAL_EVIDENCE_TIMES;
}

static void writer_waits_for_the_lease(void *size) {
    int probe = sparse_file(*(const off_t *)size);
    if (fcntl(probe, F_SETLEASE, F_RDLCK) < 0)
        child_skip("the file system of the temporary directory gives no leases");
    close(probe);
    change_in_the_middle(&(struct change){.make = cut}, *(const off_t *)size, is_whole_with_broken_lease);
}

static void writer_is_kept_waiting_by_the_lease(void **state) {
    (void)state;
    assert_of_both_sizes(__func__, writer_waits_for_the_lease);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_that_shrinks_and_grows_is_whole_or_estale),
        cmocka_unit_test(source_rewritten_in_place_is_whole_or_estale),
        cmocka_unit_test(source_that_grows_is_whole_or_estale),
        cmocka_unit_test(source_renamed_over_is_whole),
        cmocka_unit_test(stable_is_never_torn),
        cmocka_unit_test(source_cut_short_is_estale),
        cmocka_unit_test(source_shorter_than_it_says_is_estale),
        cmocka_unit_test(backdated_change_is_read_again),
        cmocka_unit_test(writer_is_kept_waiting_by_the_lease),
    };
    for (int i = 0; i < 2; i++) {
        generations[i] = malloc(SIZE + BLOCK);
        memset(generations[i], i == 0 ? 'o' : 'n', SIZE + BLOCK);
    }
    int result = run_all(tests);
    free(generations[0]);
    free(generations[1]);
    return result;
}
