/* SPDX-License-Identifier: MIT */
/* Names change their meaning at full speed. The view is of the source, or the clone fails with
 * the reason. */
#include "views.h"

#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

enum { ROUNDS = 2000, SECONDS = 4, SIZE = 1000 };

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

struct arena {
    char base[128];
    atomic_bool stop;
    atomic_ulong swaps;
    void (*swap)(struct arena *);
    pthread_t thread;
    unsigned right, refused, missed;
};

static int make_small(const char *path, char fill) {
    char bytes[SIZE];
    memset(bytes, fill, SIZE);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    check(fd >= 0 && write(fd, bytes, SIZE) == SIZE && fchmod(fd, 0755) == 0);
    close(fd);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    check(fd >= 0);
    return fd;
}

static char first_byte(int fd) {
    char byte = '\0';
    check(pread(fd, &byte, 1, 0) == 1);
    return byte;
}

static const char *below(const struct arena *arena, const char *name) {
    static _Thread_local char paths[2][256];
    static _Thread_local unsigned next;
    char *path = paths[next++ % 2];
    snprintf(path, sizeof paths[0], "%s/%s", arena->base, name);
    return path;
}

static void exchange(const char *a, const char *b) {
    check(syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0);
}

static void *swap_until_stopped(void *argument) {
    struct arena *arena = argument;
    while (!atomic_load(&arena->stop)) {
        arena->swap(arena);
        atomic_fetch_add(&arena->swaps, 1);
    }
    return NULL;
}

static void start(struct arena *arena, void (*swap)(struct arena *)) {
    arena->swap = swap;
    check(pthread_create(&arena->thread, NULL, swap_until_stopped, arena) == 0);
    while (atomic_load(&arena->swaps) == 0)
        continue;
}

static void finish(struct arena *arena, const struct viewer *viewer) {
    atomic_store(&arena->stop, true);
    check(pthread_join(arena->thread, NULL) == 0);
    remove_tree(arena->base);
    dprintf(STDOUT_FILENO, "%s, %s: %lu swaps; right %u, refused %u; by path wrong %u\n",
            exeseal_strategy_name(viewer->strategy), viewer->rootless ? "rootless" : "root", atomic_load(&arena->swaps),
            arena->right, arena->refused, arena->missed);
}

static struct arena *make_arena(void) {
    static struct arena arena;
    struct temp_directory directory = make_temp_directory();
    snprintf(arena.base, sizeof arena.base, "%s", directory.path);
    return &arena;
}

/* Control: the file that a path leads to when it is looked at. */
static bool leads_elsewhere(const char *path, int source) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_other = fd >= 0 && !is_same_file(fd, source);
    close(fd);
    return is_other;
}

static bool link_leads_elsewhere(int source) {
    char path[256];
    ssize_t length = readlink(proc_path(source), path, sizeof path - 1);
    check(length > 0);
    path[length] = '\0';
    return leads_elsewhere(path, source);
}

static void view_once(struct arena *arena, const struct viewer *viewer, int source) {
    struct exeseal_report report;
    int fd = view_of(source, &report);
    if (fd < 0) {
        const struct exeseal_attempt *last = &report.attempt[0];
        bool is_named = fd == -EXDEV && last->error == EXDEV &&
                        (last->step == EXESEAL_STEP_LOCATE || last->step == EXESEAL_STEP_VERIFY);
        if (viewer->strategy == EXESEAL_STRATEGY_BIND)
            is_named = attempt_of(&report, EXESEAL_STRATEGY_BIND)->error == EXDEV;
        if (!is_named)
            dprintf(STDERR_FILENO, "%d: %s", fd, report_text(&report));
        check(is_named);
        arena->refused++;
        return;
    }
    struct stat wanted, found;
    check(fstat(source, &wanted) == 0 && fstat(fd, &found) == 0);
    check_equal(found.st_ino, wanted.st_ino);
    check(report.strategy != EXESEAL_STRATEGY_BIND || found.st_dev == wanted.st_dev);
    check_equal(first_byte(fd), first_byte(source));
    close(fd);
    arena->right++;
}

/* Repeats until both outcomes of the race were seen. The control is that the names did lead
 * elsewhere. */
static bool goes_on(const struct arena *arena, unsigned round, time_t end) {
    bool is_settled = arena->right > 0 && arena->missed > 0;
    return !is_settled || (round < ROUNDS && time(NULL) < end);
}

/* --- the source and a decoy change names --- */

static void swap_files(struct arena *arena) {
    exchange(below(arena, "program"), below(arena, "decoy"));
}

static void view_while_names_are_swapped(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct arena *arena = make_arena();
    int source = make_small(below(arena, "program"), 'S');
    close(make_small(below(arena, "decoy"), 'D'));
    start(arena, swap_files);
    time_t end = time(NULL) + SECONDS;
    for (unsigned i = 0; goes_on(arena, i, end); i++) {
        view_once(arena, viewer, source);
        arena->missed += link_leads_elsewhere(source);
    }
    finish(arena, viewer);
}

static void source_that_swaps_its_name_is_never_mistaken(void **state) {
    (void)state;
    assert_every_viewer(view_while_names_are_swapped, NULL);
}

/* --- a new version replaces the source --- */

static void replace_file(struct arena *arena) {
    close(make_small(below(arena, "new"), (char)('a' + atomic_load(&arena->swaps) % 26)));
    check(rename(below(arena, "new"), below(arena, "program")) == 0);
}

static void view_while_versions_change(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct arena *arena = make_arena();
    close(make_small(below(arena, "program"), '0'));
    start(arena, replace_file);
    time_t end = time(NULL) + SECONDS;
    for (unsigned i = 0; goes_on(arena, i, end); i++) {
        int source = open(below(arena, "program"), O_RDONLY | O_CLOEXEC);
        check(source >= 0);
        view_once(arena, viewer, source);
        arena->missed += leads_elsewhere(below(arena, "program"), source);
        close(source);
    }
    finish(arena, viewer);
}

static void source_that_is_replaced_is_never_mistaken(void **state) {
    (void)state;
    assert_every_viewer(view_while_versions_change, NULL);
}

/* --- the directory becomes a link to another one --- */

static void swap_directories(struct arena *arena) {
    exchange(below(arena, "directory"), below(arena, "link"));
}

static void view_while_directory_is_swapped(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct arena *arena = make_arena();
    check(mkdir(below(arena, "directory"), 0755) == 0 && mkdir(below(arena, "other"), 0755) == 0);
    int source = make_small(below(arena, "directory/program"), 'S');
    close(make_small(below(arena, "other/program"), 'D'));
    check(symlink("other", below(arena, "link")) == 0);
    start(arena, swap_directories);
    time_t end = time(NULL) + SECONDS;
    for (unsigned i = 0; goes_on(arena, i, end); i++) {
        view_once(arena, viewer, source);
        arena->missed += leads_elsewhere(below(arena, "directory/program"), source);
    }
    finish(arena, viewer);
}

static void directory_that_becomes_a_link_leads_nowhere(void **state) {
    (void)state;
    assert_every_viewer(view_while_directory_is_swapped, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_that_swaps_its_name_is_never_mistaken),
        cmocka_unit_test(source_that_is_replaced_is_never_mistaken),
        cmocka_unit_test(directory_that_becomes_a_link_leads_nowhere),
    };
    return run_all(tests);
}
