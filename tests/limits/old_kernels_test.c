/* SPDX-License-Identifier: MIT */
/* Old kernels, emulated by filters that remove a system call or a command of one: whatever works
 * without it works, for root and rootless; everything else is reported as missing. */
#include "clones.h"

#include "sandbox.h"

enum { SIZE = 100000, SET_STRING = 1, SET_FD = 5, ANY = -1 };

/* Older headers lack it. */
static unsigned char *pattern;

struct lack {
    const char *since; /* the kernel version that added it */
    long number;
    int argument; /* the second argument, or ANY */
    int error;
    uint32_t strategy; /* the strategy that is tried first */
    uint32_t made_by;  /* the strategy that makes the result; NONE: there is no result */
    const char *says;
};

static const struct lack lacks[] = {
    {"huge pages", SYS_fsconfig, SET_STRING, EINVAL, EXESEAL_STRATEGY_TMPFS, EXESEAL_STRATEGY_TMPFS, ""},
    {"Linux 5.2", SYS_fsopen, ANY, ENOSYS, EXESEAL_STRATEGY_TMPFS, EXESEAL_STRATEGY_TMPFILE, "tmpfs: mount: ENOSYS: "},
    {"Linux 6.13", SYS_fsconfig, SET_FD, EINVAL, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_OVERLAY, ""},
    {"Linux 5.2", SYS_fsopen, ANY, ENOSYS, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_BIND, "overlay: mount: ENOSYS: "},
    {"Linux 5.12", SYS_mount_setattr, ANY, ENOSYS, EXESEAL_STRATEGY_BIND, EXESEAL_STRATEGY_NONE,
     "bind: read-only: ENOSYS: "},
};

struct trial {
    const struct lack *lack;
    bool rootless;
    const char *path;
};

static void clone_without(void *argument) {
    const struct trial *trial = argument;
    const struct lack *lack = trial->lack;
    struct exeseal_clone_options options = take_way(&(struct way){lack->strategy, trial->rootless});
    int source = open(trial->path, O_RDONLY | O_CLOEXEC), before = open_descriptors();
    if (lack->argument == ANY)
        refuse_system_call(lack->number, lack->error);
    else
        refuse_system_call_with(lack->number, 1, (unsigned)lack->argument, lack->error);
    struct exeseal_report report;
    int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check_equal(report.strategy, lack->made_by);
    check_equal(fd >= 3, lack->made_by != EXESEAL_STRATEGY_NONE);
    check(fd < 0 || holds_bytes(fd, pattern, SIZE));
    check_equal(open_descriptors(), before + (fd >= 0));
    check(strstr(report_text(&report), lack->says) != NULL);
}

/* Once below /tmp, which is one of the directories that serve as a layer, and once elsewhere. */
static const char *const places[] = {"/tmp", "/dev/shm"};

/* How many strategies were not available here. */
static size_t clone_everywhere_without(const struct lack *lack) {
    size_t skipped = 0;
    for (size_t place = 0; place < COUNT(places); place++) {
        setenv("TMPDIR", places[place], 1);
        struct temp_directory directory = make_temp_directory();
        const char *path = make_file(&directory, "source", pattern, SIZE, 0755);
        for (int rootless = 0; rootless < 2; rootless++) {
            struct trial trial = {lack, rootless, path};
            int status = in_child(clone_without, &trial);
            if (status != 0 && status != 77)
                print_error("%s by %s in %s, rootless %d\n", lack->since, exeseal_strategy_name(lack->strategy),
                            places[place], rootless);
            assert_in_set((LargestIntegralType)status, ((LargestIntegralType[]){0, 77}), 2);
            skipped += status == 77;
        }
        remove_temp_directory(&directory);
    }
    return skipped;
}

static void what_is_lacking_is_done_without_or_named(void **state) {
    (void)state;
    size_t skipped = 0;
    for (size_t i = 0; i < COUNT(lacks); i++)
        skipped += clone_everywhere_without(&lacks[i]);
    if (skipped != 0)
        skip_because("no detached mounts here as root, rootless, or both");
}

/* On these kernels layers have paths that lead through /proc. The strategy after overlay does
 * not need it. */
static void clone_without_proc(void *path) {
    use_private_mounts();
    int source = open(path, O_RDONLY | O_CLOEXEC);
    struct exeseal_clone_options options = take_way(&(struct way){EXESEAL_STRATEGY_OVERLAY, false});
    cover_with_tmpfs("/proc", 0);
    refuse_system_call_with(SYS_fsconfig, 1, SET_FD, EINVAL);
    struct exeseal_report report;
    int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check(strstr(report_text(&report), "overlay: mount: ENOENT (/proc): ") != NULL);
    check_equal(report.strategy, EXESEAL_STRATEGY_BIND);
    check(holds_bytes(fd, pattern, SIZE));
}

static void without_descriptors_for_layers_overlay_takes_proc(void **state) {
    (void)state;
    skip_unless_root();
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "source", pattern, SIZE, 0755);
    assert_child(clone_without_proc, (void *)path);
    remove_temp_directory(&directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lacking_is_done_without_or_named),
        cmocka_unit_test(without_descriptors_for_layers_overlay_takes_proc),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
