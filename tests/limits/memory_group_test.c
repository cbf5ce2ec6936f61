/* SPDX-License-Identifier: MIT */
/* A memory cgroup: huge pages are charged as small ones are, and no process is killed because of
 * them. */
#include "huge_pages.h"

#include "sandbox.h"

#include <limits.h>

enum { MIB = 1 << 20, SIZE = 3 * HUGE_PAGE + 300000 };

static unsigned char *pattern;

/* --- a memory cgroup of version 1 or 2 for the test --- */

struct group {
    char directory[PATH_MAX];
    const char *limit, *usage; /* file names */
};

/* Returns the path that follows this in /proc/self/cgroup, or NULL. */
static const char *own_path(const char *before) {
    static char text[4096];
    int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[got < 0 ? 0 : got] = '\0';
    if (fd >= 0)
        close(fd);
    char *path = strstr(text, before);
    if (path == NULL)
        return NULL;
    path += strlen(before);
    path[strcspn(path, "\n")] = '\0';
    return path;
}

static bool write_number(const struct group *group, const char *name, size_t number) {
    char path[PATH_MAX + 64], text[32];
    snprintf(path, sizeof path, "%s/%s", group->directory, name);
    int length = snprintf(text, sizeof text, "%zu", number), fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, text, (size_t)length) == length;
    if (fd >= 0)
        close(fd);
    return is_written;
}

static size_t read_number(const struct group *group, const char *name) {
    char path[PATH_MAX + 64], text[32] = "";
    snprintf(path, sizeof path, "%s/%s", group->directory, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    check(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
    close(fd);
    return strtoul(text, NULL, 10);
}

static struct group make_group(const char *name, size_t limit) {
    struct group first = {.limit = "memory.limit_in_bytes", .usage = "memory.usage_in_bytes"};
    struct group second = {.limit = "memory.max", .usage = "memory.current"};
    const char *path = own_path(":memory:");
    struct group group = path != NULL ? first : second;
    if (path != NULL)
        snprintf(group.directory, sizeof group.directory, "/sys/fs/cgroup/memory%s/exeseal-test-XXXXXX", path);
    else if ((path = own_path("0::")) != NULL)
        snprintf(group.directory, sizeof group.directory, "/sys/fs/cgroup%s/exeseal-test-XXXXXX", path);
    if (mkdtemp(group.directory) == NULL)
        skip_test(name, "no memory cgroup can be made here");
    if (!write_number(&group, group.limit, limit)) {
        rmdir(group.directory);
        skip_test(name, "no limit of memory can be set here");
    }
    return group;
}

/* --- actions in the cgroup --- */

struct visit {
    struct group group;
    uint64_t flags;
};

static void enter(const struct group *group) {
    stop_clocks();
    check(write_number(group, "cgroup.procs", (size_t)getpid()));
}

static int in_group(const char *name, size_t limit, uint64_t flags, child_function then) {
    struct visit visit = {make_group(name, limit), flags};
    int status = in_child(then, &visit);
    while (rmdir(visit.group.directory) < 0) /* the child may still be leaving the cgroup */
        assert_int_equal(errno, EBUSY);
    return status;
}

static int clone_pattern(uint64_t flags, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.flags = flags};
    return exeseal_clone_memory(pattern, SIZE, &options, sizeof options, report, sizeof *report);
}

enum { COPIES = 10 };

static size_t charge_of_copies(const struct group *group, uint64_t flags) {
    int copies[COPIES];
    struct exeseal_report report;
    size_t before = read_number(group, group->usage);
    for (int i = 0; i < COPIES; i++) {
        copies[i] = clone_pattern(flags, &report);
        check(copies[i] >= 3);
    }
    size_t charged = read_number(group, group->usage) - before;
    for (int i = 0; i < COPIES; i++)
        close(copies[i]);
    return charged;
}

/* The kernel charges at most this much in advance. */
static void compare_charges(void *argument) {
    const struct visit *visit = argument;
    enter(&visit->group);
    size_t small = charge_of_copies(&visit->group, EXESEAL_CLONE_SMALL_PAGES);
    size_t huge = charge_of_copies(&visit->group, EXESEAL_CLONE_HUGE_PAGES);
    dprintf(STDOUT_FILENO, "%d copies are charged %zu bytes in small pages, %zu in huge ones\n", COPIES, small, huge);
    check(small >= COPIES * (size_t)SIZE / 2); /* control: this cgroup is charged */
    check(huge <= small + HUGE_PAGE);
}

static void huge_pages_are_charged_no_more(void **state) {
    (void)state;
    skip_unless_root();
    assert_int_equal(in_group(__func__, 2 * COPIES * (size_t)SIZE, 0, compare_charges), 0);
}

static void clone_in_group(void *argument) {
    const struct visit *visit = argument;
    struct exeseal_report report;
    enter(&visit->group);
    int fd = clone_pattern(visit->flags, &report);
    check(fd >= 3 && holds_bytes(fd, pattern, SIZE));
}

/* Below this limit the kernel kills the process that copies. */
static size_t least_limit_for_small_pages(const char *name) {
    enum { STEP = MIB / 4 };
    size_t limit = SIZE;
    while (in_group(name, limit, EXESEAL_CLONE_SMALL_PAGES, clone_in_group) != 0)
        limit += STEP;
    return limit + STEP;
}

static void huge_pages_fit_where_small_ones_do(void **state) {
    (void)state;
    skip_unless_root();
    size_t limit = least_limit_for_small_pages(__func__);
    for (int i = 0; i < COPIES; i++)
        assert_int_equal(in_group(__func__, limit, EXESEAL_CLONE_HUGE_PAGES, clone_in_group), 0);
}

/* The copy itself would not fit, so it is not started: the limit is checked first. */
static void prepare_in_group(void *argument) {
    const struct visit *visit = argument;
    struct exeseal_report report;
    refuse_system_call(SYS_pwritev, EIO);
    enter(&visit->group);
    check_equal(clone_pattern(0, &report), -EIO);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_COPY);
}

static void group_too_small_for_a_huge_page_kills_nobody(void **state) {
    (void)state;
    skip_unless_root();
    assert_int_equal(in_group(__func__, HUGE_PAGE - MIB / 4, EXESEAL_CLONE_HUGE_PAGES, prepare_in_group), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(huge_pages_are_charged_no_more),
        cmocka_unit_test(huge_pages_fit_where_small_ones_do),
        cmocka_unit_test(group_too_small_for_a_huge_page_kills_nobody),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
