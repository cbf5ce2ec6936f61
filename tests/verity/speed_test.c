/* SPDX-License-Identifier: MIT */
/* Prints how long copies take on a disk, relative to a memfd. Fails only if no copy is made. */
#include "disks.h"

#include "clones.h"
#include "sandbox.h"

#include <time.h>

enum { SIZE = 12 << 20, ROUNDS = 9 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double median(int source, const struct exeseal_clone_options *options, uint32_t strategy) {
    double times[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        struct exeseal_report report;
        double begin = now();
        int fd = exeseal_clone(source, options, sizeof *options, &report, sizeof report);
        times[i] = now() - begin;
        check(fd >= 3);
        check_equal(report.strategy, strategy);
        close(fd);
    }
    qsort(times, ROUNDS, sizeof times[0], ascending);
    return times[ROUNDS / 2];
}

struct race {
    const struct disk *disk;
    int folder, source;
};

static void measure(void *argument) {
    const struct race *race = argument;
    struct exeseal_clone_options options = {0};
    double memfd = median(race->source, &options, EXESEAL_STRATEGY_MEMFD);
    options.tmp_dirfd = race->folder;
    options.flags = EXESEAL_CLONE_TMP_DIRFD | EXESEAL_CLONE_RECLAIMABLE;
    printf("%s, %d MiB: memfd %.2f ms", race->disk->kind, SIZE >> 20, memfd);
    if (seals(race->disk)) {
        double verity = median(race->source, &options, EXESEAL_STRATEGY_VERITY);
        printf(", verity %.2f ms (%.2f of it)", verity, verity / memfd);
    }
    refuse_system_call(SYS_memfd_create, ENOSYS);
    refuse_system_call(SYS_fsopen, ENOSYS);
    options.flags = EXESEAL_CLONE_TMP_DIRFD;
    double tmpfile = median(race->source, &options, EXESEAL_STRATEGY_TMPFILE);
    printf(", tmpfile%s %.2f ms (%.2f of it)\n", race->disk->has_reflinks ? " by shared blocks" : "", tmpfile,
           tmpfile / memfd);
    fflush(stdout);
}

static void times_are_shown(void **state) {
    const struct disk *disk = *state;
    struct folder folder = take_folder(disk);
    unsigned char *bytes = make_pattern(SIZE);
    struct race race = {disk, folder.fd,
                        open(make_file(&folder.directory, "large", bytes, SIZE, 0755), O_RDONLY | O_CLOEXEC)};
    free(bytes);
    assert_true(race.source >= 0 && syncfs(race.source) == 0);
    assert_child(measure, &race);
    close(race.source);
    leave_folder(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {on(EXT4, times_are_shown), on(BTRFS, times_are_shown), on(XFS, times_are_shown)};
    return run_all(tests);
}
