/* SPDX-License-Identifier: MIT */
/* Names with a meaning in mount options, shells or /proc have none for a view. */
#include "views.h"

#include <limits.h>

static const char *const AWKWARD[] = {
    "plain",      "with:colon",        "back\\slash", "\\",    "comma,upperdir=x", "with space", "new\nline",
    "\"quoted\"", "-leading",          "--",          "#hash", "\\040octal",       "%s%n",       "tab\tand\x01\xff",
    "...",        "program (deleted)", " (deleted)",
};

/* Returns a name of 255 bytes, the longest possible. */
static const char *longest_name(void) {
    static char name[NAME_MAX + 1];
    memset(name, 'n', NAME_MAX);
    memcpy(name, "a:b\\c,", 6);
    return name;
}

static void view_below(const struct viewer *viewer, const char *base, const char *directory, const char *name) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", base, directory);
    check(mkdir(path, 0755) == 0 || errno == EEXIST);
    snprintf(path, sizeof path, "%s/%s/%s", base, directory, name);
    int source = make_program(path);
    struct bytes wanted = payload_bytes();
    struct exeseal_report report;
    int fd = view_of(source, &report);
    if (fd < 0)
        dprintf(STDERR_FILENO, "[%s]\n", path);
    check_shows(viewer, fd, &report, &wanted);
    close(fd);
    close(source);
}

static void view_awkward_names(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct temp_directory directory = make_temp_directory();
    for (size_t i = 0; i < COUNT(AWKWARD); i++) {
        view_below(viewer, directory.path, "plain", AWKWARD[i]);
        view_below(viewer, directory.path, AWKWARD[i], "program");
        view_below(viewer, directory.path, AWKWARD[i], longest_name());
    }
    view_below(viewer, directory.path, longest_name(), longest_name());
    remove_tree(directory.path);
}

static void awkward_names_are_names(void **state) {
    (void)state;
    assert_every_viewer(view_awkward_names, NULL);
}

enum { STEP = 200 };

/* Makes a source whose path has `length` bytes, from the deepest directory up, because no path
 * beyond PATH_MAX can be used. */
static int make_deep_program(const char *base, size_t length) {
    int directory = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    char name[NAME_MAX + 1];
    size_t left = length - strlen(base);
    while (left > NAME_MAX) {
        memset(name, 'd', STEP);
        name[STEP] = '\0';
        check(mkdirat(directory, name, 0755) == 0);
        int next = openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        check(next >= 0);
        close(directory);
        directory = next;
        left -= STEP + 1;
    }
    memset(name, 'p', left - 1);
    name[left - 1] = '\0';
    struct bytes bytes = payload_bytes();
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    check(fd >= 0 && write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size);
    close(fd);
    fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    check(fd >= 0);
    close(directory);
    return fd;
}

static void view_deep_program(const struct viewer *viewer, void *unused) {
    (void)unused;
    static const size_t lengths[] = {1000, 4000, PATH_MAX - 2, PATH_MAX - 1};
    become(viewer);
    struct bytes wanted = payload_bytes();
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct temp_directory directory = make_temp_directory();
        int source = make_deep_program(directory.path, lengths[i]);
        char path[2 * PATH_MAX];
        check_equal(readlink(proc_path(source), path, sizeof path), lengths[i]);
        struct exeseal_report report;
        int fd = view_of(source, &report);
        check_shows(viewer, fd, &report, &wanted);
        close(fd);
        close(source);
        remove_tree(directory.path);
    }
}

static void paths_up_to_the_longest_work(void **state) {
    (void)state;
    assert_every_viewer(view_deep_program, NULL);
}

/* Bind requires no path. */
static void view_too_deep_program(const struct viewer *viewer, void *argument) {
    const size_t *length = argument;
    struct bytes wanted = payload_bytes();
    become(viewer);
    struct temp_directory directory = make_temp_directory();
    int source = make_deep_program(directory.path, *length);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    bool works = viewer->strategy != EXESEAL_STRATEGY_OVERLAY;
    if (works)
        check_shows(viewer, fd, &report, &wanted);
    else
        check_equal(fd, -ENAMETOOLONG);
    uint32_t strategy = viewer->strategy == EXESEAL_STRATEGY_NONE ? EXESEAL_STRATEGY_OVERLAY : viewer->strategy;
    if (!works || viewer->strategy == EXESEAL_STRATEGY_NONE)
        check_says(&report, strategy, EXESEAL_STEP_LOCATE, ENAMETOOLONG, "the source's path");
    check(chdir(directory.path) == 0);
    check(system("rm -rf -- d*") == 0);
    rmdir(directory.path);
}

static void path_beyond_the_longest_is_named(void **state) {
    (void)state;
    static size_t lengths[] = {PATH_MAX, PATH_MAX + 1, PATH_MAX + 2000};
    for (size_t i = 0; i < COUNT(lengths); i++)
        assert_every_viewer(view_too_deep_program, &lengths[i]);
}

static char root_program[64];

static void view_program_in_root(const struct viewer *viewer, void *unused) {
    (void)unused;
    struct bytes wanted = payload_bytes();
    int source = open(root_program, O_RDONLY | O_CLOEXEC);
    check(source >= 0);
    become(viewer);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    /* root mounted this below "/", and no other user may look below a mount */
    if (fd < 0 && viewer->rootless) {
        check_equal(viewer->strategy, EXESEAL_STRATEGY_OVERLAY);
        check_equal(fd, -EINVAL);
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, EINVAL, "mounts below the directory");
        return;
    }
    check_shows(viewer, fd, &report, &wanted);
}

static void source_in_the_root_directory_works(void **state) {
    (void)state;
    skip_unless_root();
    snprintf(root_program, sizeof root_program, "/exeseal-test-%d", (int)getpid());
    int fd = open(root_program, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (fd < 0)
        skip_because("no file can be made in / here");
    close(fd);
    unlink(root_program);
    close(make_program(root_program));
    assert_every_viewer(view_program_in_root, NULL);
}

static int remove_root_program(void **state) {
    (void)state;
    if (root_program[0] != '\0')
        unlink(root_program);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(awkward_names_are_names),
        cmocka_unit_test(paths_up_to_the_longest_work),
        cmocka_unit_test(path_beyond_the_longest_is_named),
        cmocka_unit_test_teardown(source_in_the_root_directory_works, remove_root_program),
    };
    return run_all(tests);
}
