/* SPDX-License-Identifier: MIT */
/* The source changes while it is copied. What comes out is whole, old or new, or ESTALE; and it comes out soon. */
#include "support.h"

#include "sandbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/sysinfo.h>
#include <time.h>

enum {
    SIZE = 8 << 20,
    BLOCK = 4096,
    ROUNDS = 60,
    STALE_MILLISECONDS = 100,
    SECONDS = 20,
};

static unsigned char *generations[2]; /* each filled with one byte of its own in every block */

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1000 + (double)time.tv_nsec / 1e6;
}

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

/* Two files take turns under the one name; neither is ever written to. */
static void rename_over(struct writer *writer, int fd, unsigned number) {
    char next[300];
    (void)fd;
    snprintf(next, sizeof next, "%s.next", writer->path);
    int out = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    check(out >= 0 && write(out, generations[number % 2], SIZE) == SIZE);
    close(out);
    check(rename(next, writer->path) == 0);
}

/* --- what came out --- */

/* OTHER: the file as it stands half-way through being cut or grown, with a writer that was preempted there. */
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
    double slowest;
};

struct race {
    const char *name;
    void (*turn)(struct writer *, int, unsigned);
    bool torn_is_possible; /* without a lease: times have a granularity */
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
    double start = now();
    int fd = clone_requiring(source, race->require, &report);
    double took = now() - start;
    tally->slowest = took > tally->slowest ? took : tally->slowest;
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
        check_equal(last_attempt(&report).step, EXESEAL_STEP_STABILITY);
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
    double end = now() + SECONDS * 1000;
    while (tally.rounds < ROUNDS || (race->stale_must_be_seen && tally.stale == 0 && now() < end))
        one_copy(race, path, &tally);
    atomic_store(&writer.stop, true);
    pthread_join(thread, NULL);
    unsigned turns = atomic_load(&writer.turns);
    remove_temp_directory(&directory);
    dprintf(STDOUT_FILENO,
            "%s: %u rounds, %u writes: %u copies (%u by lease, %u old, %u new, %u other, %u torn by times), %u ESTALE; "
            "slowest %.1f ms\n",
            race->name, tally.rounds, turns, tally.copies, tally.leased, tally.whole[WHOLE_OLD], tally.whole[WHOLE_NEW],
            tally.whole[WHOLE_OTHER], tally.torn_by_times, tally.stale, tally.slowest);
    check(turns > 0);
    check(tally.stale > 0 || !race->stale_must_be_seen);
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

/* What is torn never passes for STABLE. */
static void stable_is_never_torn(void **state) {
    (void)state;
    assert_race(__func__, &(struct race){.turn = rewrite_in_place, .require = EXESEAL_GUARANTEE_STABLE});
}

/* --- the peers' endless loop --- */

/* The file is cut short for good while it is read: sendfile then answers 0 for ever. Most files are
 * copied too fast to be hit, so the source is a sparse one that takes half a second. */
enum { LARGE_GIBIBYTES = 1 };

struct cut {
    int source;
    double *cut_at; /* the time */
};

static void *cut_later(void *argument) {
    struct cut *cut = argument;
    pause_microseconds(30 * 1000);
    int writer = open(proc_path(cut->source), O_WRONLY | O_CLOEXEC);
    *cut->cut_at = now();
    check(writer >= 0 && ftruncate(writer, 1 << 20) == 0);
    close(writer);
    return NULL;
}

static int sparse_file(void) {
    struct sysinfo memory;
    if (sysinfo(&memory) < 0 || (uint64_t)memory.freeram * memory.mem_unit >> 30 <= LARGE_GIBIBYTES)
        child_skip("too little free memory for a large copy");
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "source", "x", 1, 0755);
    int writer = open(path, O_WRONLY | O_CLOEXEC), fd = open(path, O_RDONLY | O_CLOEXEC);
    if (ftruncate(writer, (off_t)LARGE_GIBIBYTES << 30) < 0)
        child_skip("no large sparse file can be made in the temporary directory");
    close(writer);
    remove_temp_directory(&directory);
    return fd;
}

/* A lease would keep the cutter waiting, so a writer that is there from the start takes it away. */
static void cut_while_copied(void *unused) {
    (void)unused;
    double cut_at = 0;
    struct cut cut = {.source = sparse_file(), .cut_at = &cut_at};
    int writer = open(proc_path(cut.source), O_WRONLY | O_CLOEXEC);
    check(writer >= 0);
    pthread_t thread;
    check(pthread_create(&thread, NULL, cut_later, &cut) == 0);
    struct exeseal_report report;
    int fd = exeseal_clone(cut.source, NULL, 0, &report, sizeof report);
    double returned = now();
    pthread_join(thread, NULL);
    if (fd >= 0 && returned < cut_at)
        child_skip("the copy was done before the source could be cut");
    check_equal(fd, -ESTALE);
    dprintf(STDOUT_FILENO, "ESTALE %.1f ms after the source was cut\n", returned - cut_at);
    /* Unless the copy had long passed the mark, it is the zero progress that is told. */
    check(returned - cut_at < STALE_MILLISECONDS);
}

static void source_cut_short_is_estale_at_once(void **state) {
    (void)state;
    assert_child(cut_while_copied, NULL);
}

static void copy_of_a_lying_size(void *unused) {
    (void)unused;
    /* sysfs says 4096 of every attribute, whatever is in it. */
    int source = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    if (source < 0)
        source = open("/sys/kernel/profiling", O_RDONLY | O_CLOEXEC);
    if (source < 0)
        child_skip("no sysfs attribute to read here");
    struct stat file;
    check(fstat(source, &file) == 0);
    if (file.st_size == 0)
        child_skip("this sysfs does not lie about sizes");
    double start = now();
    check_equal(clone_of(source), -ESTALE);
    check(now() - start < STALE_MILLISECONDS);
}

static void source_shorter_than_it_says_is_estale_at_once(void **state) {
    (void)state;
    assert_child(copy_of_a_lying_size, NULL);
}

/* A byte that was copied already is written, and the modification time set back: only the change time tells. */
static void *write_and_backdate(void *argument) {
    struct cut *cut = argument;
    pause_microseconds(30 * 1000);
    int writer = open(proc_path(cut->source), O_WRONLY | O_CLOEXEC);
    struct stat before;
    check(writer >= 0 && fstat(writer, &before) == 0);
    *cut->cut_at = now();
    check(pwrite(writer, "y", 1, 0) == 1);
    check(futimens(writer, (struct timespec[]){before.st_atim, before.st_mtim}) == 0);
    close(writer);
    return NULL;
}

static void backdate_while_copied(void *unused) {
    (void)unused;
    double written_at = 0;
    struct cut cut = {.source = sparse_file(), .cut_at = &written_at};
    int writer = open(proc_path(cut.source), O_WRONLY | O_CLOEXEC); /* so there is no lease */
    check(writer >= 0);
    pthread_t thread;
    check(pthread_create(&thread, NULL, write_and_backdate, &cut) == 0);
    struct exeseal_report report;
    int fd = exeseal_clone(cut.source, NULL, 0, &report, sizeof report);
    double returned = now();
    pthread_join(thread, NULL);
    if (fd >= 0 && returned < written_at)
        child_skip("the copy was done before the source could be written to");
    check(fd >= 3);
    check_equal(report.retries, 1);
    char first = '\0';
    check(pread(fd, &first, 1, 0) == 1);
    check_equal(first, 'y');
}

static void backdated_change_is_read_again(void **state) {
    (void)state;
    assert_child(backdate_while_copied, NULL);
}

/* A store through a mapping shows in no time stamp: with the lease there is none. */
static void writer_waits_for_the_lease(void *unused) {
    (void)unused;
    double cut_at = 0;
    struct cut cut = {.source = sparse_file(), .cut_at = &cut_at};
    int probe = open(proc_path(cut.source), O_RDONLY | O_CLOEXEC);
    if (fcntl(probe, F_SETLEASE, F_RDLCK) < 0)
        child_skip("the file system of the temporary directory gives no leases");
    close(probe);
    pthread_t thread;
    check(pthread_create(&thread, NULL, cut_later, &cut) == 0);
    struct exeseal_report report;
    double start = now();
    int fd = exeseal_clone(cut.source, NULL, 0, &report, sizeof report);
    double returned = now();
    pthread_join(thread, NULL);
    if (returned - start < 60)
        child_skip("the copy was done before the writer came");
    /* The writer came in the middle and was kept waiting to the end: so the bytes are whole, and what is left of the
     * evidence says that the lease was broken. Let in, it may cut the file before the times are compared. */
    if (fd == -ESTALE)
        return;
    check(fd >= 3);
    struct stat copy;
    check(fstat(fd, &copy) == 0);
    check_equal(copy.st_size, (off_t)LARGE_GIBIBYTES << 30);
    check(cut_at > start + 60);
}

static void writer_is_kept_waiting_by_the_lease(void **state) {
    (void)state;
    assert_child(writer_waits_for_the_lease, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_that_shrinks_and_grows_is_whole_or_estale),
        cmocka_unit_test(source_rewritten_in_place_is_whole_or_estale),
        cmocka_unit_test(source_that_grows_is_whole_or_estale),
        cmocka_unit_test(source_renamed_over_is_whole),
        cmocka_unit_test(stable_is_never_torn),
        cmocka_unit_test(source_cut_short_is_estale_at_once),
        cmocka_unit_test(source_shorter_than_it_says_is_estale_at_once),
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
