/* SPDX-License-Identifier: MIT */
/* Ten thousand clones in a row leave the process and the system as they were. */
#include "views.h"

#include "sandbox.h"

#include <dirent.h>
#include <sys/prctl.h>

enum { CLONES = 10000, WARM_UP = 50, SIZE = 64 << 10 };

/* Whatever a clone could leave behind is counted. The kernel frees some of it later and other
 * processes run too, so the tolerance is larger than zero, but far below a leak of CLONES. */
struct left {
    const char *name;
    long tolerance;
    long (*count)(void);
};

static long field_of(const char *path, const char *field) {
    const char *line = strstr(text_of(path), field);
    return line == NULL ? 0 : atol(line + strlen(field));
}

static long count_mounts(void) {
    long count = 0;
    for (const char *at = text_of("/proc/self/mountinfo"); (at = strchr(at, '\n')) != NULL; at++)
        count++;
    return count;
}

static long count_descriptors(void) {
    return open_descriptors();
}

static long count_processes(void) {
    long count = 0;
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    check(processes != NULL);
    while ((entry = readdir(processes)) != NULL)
        count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
    closedir(processes);
    return count;
}

static long count_size(void) {
    return field_of("/proc/self/status", "VmSize:");
}

static long count_resident(void) {
    return field_of("/proc/self/status", "VmRSS:");
}

static long count_shmem(void) {
    return field_of("/proc/meminfo", "\nShmem:");
}

static long count_slab(void) {
    return field_of("/proc/meminfo", "\nSUnreclaim:");
}

static const struct left LEFT[] = {
    {"mounts", 0, count_mounts},
    {"descriptors", 0, count_descriptors},
    {"processes", 300, count_processes},
    {"VmSize KiB", 0, count_size},
    {"VmRSS KiB", 512, count_resident},
    {"Shmem KiB", 128 << 10, count_shmem}, /* of 640 MiB copied */
    /* the control leaks 4 to 9 KiB a file system: 40 MiB and more */
    {"SUnreclaim KiB", 24 << 10, count_slab},
};

static void count_left(long *counts) {
    for (size_t i = 0; i < COUNT(LEFT); i++)
        counts[i] = LEFT[i].count();
}

static bool is_as_before(const long *before, const long *after) {
    for (size_t i = 0; i < COUNT(LEFT); i++)
        if (after[i] > before[i] + LEFT[i].tolerance)
            return false;
    return true;
}

static void clone_times(const struct viewer *viewer, int source, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        struct exeseal_report report;
        int fd = clone_by(viewer->strategy, source, &report);
        check(fd >= 3);
        check_equal(report.strategy, viewer->strategy);
        close(fd);
    }
}

static int small_source(const struct viewer *viewer, const struct temp_directory *directory) {
    static unsigned char bytes[SIZE];
    memcpy(bytes, "#!/program\n", 11);
    if (viewer->strategy == EXESEAL_STRATEGY_REUSE)
        return make_memfd(bytes, SIZE, 0755, PEER_SEALS);
    int fd = open(make_file(directory, "source", bytes, SIZE, 0755), O_RDONLY | O_CLOEXEC);
    check(fd >= 0);
    return fd;
}

static void clone_many_times(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct temp_directory directory = make_temp_directory();
    int source = small_source(viewer, &directory);
    long before[COUNT(LEFT)], after[COUNT(LEFT)];
    clone_times(viewer, source, WARM_UP);
    count_left(before);
    clone_times(viewer, source, CLONES);
    for (int i = 0; i < 100; i++) { /* until the kernel has freed everything */
        count_left(after);
        if (is_as_before(before, after))
            break;
        usleep(100 * 1000);
    }
    remove_temp_directory(&directory);
    dprintf(STDOUT_FILENO, "%s, %s:", exeseal_strategy_name(viewer->strategy), viewer->rootless ? "rootless" : "root");
    for (size_t i = 0; i < COUNT(LEFT); i++)
        dprintf(STDOUT_FILENO, "%s %s %+ld", i == 0 ? "" : ",", LEFT[i].name, after[i] - before[i]);
    dprintf(STDOUT_FILENO, "\n");
    check(is_as_before(before, after));
    check(waitpid(-1, NULL, WNOHANG | __WALL) < 0);
}

static void assert_many(const char *name, uint32_t strategy) {
    assert_viewers_named(name, __FILE__, __LINE__, &strategy, 1, clone_many_times, NULL);
}

static void many_by_reuse_leave_nothing(void **state) {
    (void)state;
    assert_many(__func__, EXESEAL_STRATEGY_REUSE);
}

static void many_by_memfd_leave_nothing(void **state) {
    (void)state;
    assert_many(__func__, EXESEAL_STRATEGY_MEMFD);
}

static void many_by_tmpfile_leave_nothing(void **state) {
    (void)state;
    assert_many(__func__, EXESEAL_STRATEGY_TMPFILE);
}

static void many_by_tmpfs_leave_nothing(void **state) {
    (void)state;
    assert_many(__func__, EXESEAL_STRATEGY_TMPFS);
}

static void many_by_overlay_leave_nothing(void **state) {
    (void)state;
    assert_many(__func__, EXESEAL_STRATEGY_OVERLAY);
}

static void many_by_bind_leave_nothing(void **state) {
    (void)state;
    assert_many(__func__, EXESEAL_STRATEGY_BIND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_by_reuse_leave_nothing),   cmocka_unit_test(many_by_memfd_leave_nothing),
        cmocka_unit_test(many_by_tmpfile_leave_nothing), cmocka_unit_test(many_by_tmpfs_leave_nothing),
        cmocka_unit_test(many_by_overlay_leave_nothing), cmocka_unit_test(many_by_bind_leave_nothing),
    };
    return run_all(tests);
}
