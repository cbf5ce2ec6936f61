/* SPDX-License-Identifier: MIT */
/* Mounts over the source's name, and layers that lie above one another. */
#include "views.h"

#include "sandbox.h"

#include <sys/mount.h>
#include <sys/syscall.h>

enum { OPEN_TREE = 428, FSOPEN = 430, FSCONFIG = 431 };
enum { SET_STRING = 1, SET_FD = 5, CREATE = 6 };

static void fill_file(const char *path, const void *data, size_t size) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size && fchmod(fd, 0755) == 0);
    close(fd);
}

/* Makes /mnt/below/program and bind-mounts a file of the same size over it. The other file is on
 * the same file system or on its own. */
struct covering {
    bool other_file_system;
};

static void cover_program(const struct covering *covering) {
    use_private_mounts();
    cover_with_tmpfs("/mnt", 0);
    check(mkdir("/mnt/below", 0755) == 0 && mkdir("/mnt/other", 0755) == 0);
    if (covering->other_file_system)
        check(mount("tmpfs", "/mnt/other", "tmpfs", 0, NULL) == 0);
    struct bytes bytes = payload_bytes();
    unsigned char *decoy = make_pattern(bytes.size);
    fill_file("/mnt/below/program", decoy, bytes.size);
    fill_file("/mnt/other/program", bytes.data, bytes.size);
    free(decoy);
    check(mount("/mnt/other/program", "/mnt/below/program", NULL, MS_BIND, NULL) == 0);
}

/* The source is the file on top. overlayfs would show the one below it. */
static void view_covering_file(const struct viewer *viewer, void *argument) {
    cover_program(argument);
    int source = open("/mnt/below/program", O_RDONLY | O_CLOEXEC);
    struct bytes wanted = payload_bytes();
    become(viewer);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    if (viewer->strategy == EXESEAL_STRATEGY_OVERLAY)
        check_equal(fd, -EXDEV);
    else
        check_shows(viewer, fd, &report, &wanted);
    if (viewer->strategy == EXESEAL_STRATEGY_BIND)
        return;
    check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_LOCATE, EXDEV, "a mount over the source");
}

/* The source was opened before, and its name now leads to the file on top. */
static void view_covered_file(const struct viewer *viewer, void *argument) {
    cover_program(argument);
    check(umount2("/mnt/below/program", MNT_DETACH) == 0);
    struct bytes bytes = payload_bytes();
    fill_file("/mnt/below/program", bytes.data, bytes.size);
    unsigned char *decoy = make_pattern(bytes.size);
    fill_file("/mnt/other/program", decoy, bytes.size);
    int source = open("/mnt/below/program", O_RDONLY | O_CLOEXEC);
    check(mount("/mnt/other/program", "/mnt/below/program", NULL, MS_BIND, NULL) == 0);
    become(viewer);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    bool works = !viewer->rootless && viewer->strategy != EXESEAL_STRATEGY_OVERLAY;
    if (works)
        check_shows(viewer, fd, &report, &bytes);
    else
        check_equal(fd, -EXDEV);
    if (viewer->strategy != EXESEAL_STRATEGY_BIND)
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_LOCATE, EXDEV, "the source's path");
    else if (!works)
        check_says(&report, EXESEAL_STRATEGY_BIND, EXESEAL_STEP_LOCATE, EXDEV, "the source's path");
}

static struct covering coverings[] = {{false}, {true}};

static void file_mounted_over_the_name_is_the_source(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(coverings); i++)
        assert_every_viewer(view_covering_file, &coverings[i]);
}

static void source_below_a_mount_is_never_mistaken(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(coverings); i++)
        assert_every_viewer(view_covered_file, &coverings[i]);
}

/* Control: a layer is the directory below the mounts. */
static void look_through_overlayfs(void *unused) {
    (void)unused;
    cover_program(&coverings[1]);
    check(mkdir("/mnt/empty", 0755) == 0 && mkdir("/mnt/merged", 0755) == 0);
    if (mount("overlay", "/mnt/merged", "overlay", MS_RDONLY, "lowerdir=/mnt/below:/mnt/empty") < 0)
        child_skip("no overlayfs can be mounted here");
    struct bytes wanted = payload_bytes();
    int view = open("/mnt/merged/program", O_RDONLY | O_CLOEXEC);
    check(view >= 0 && !holds_bytes(view, wanted.data, wanted.size));
}

static void control_overlayfs_looks_below_mounts(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(look_through_overlayfs, NULL);
}

/* Another mount is in the directory. Root's layer leaves it out; another user's would show what
 * it covers. */
static void view_beside_mount(const struct viewer *viewer, void *unused) {
    (void)unused;
    use_private_mounts();
    cover_with_tmpfs("/mnt", 0);
    check(mkdir("/mnt/state", 0755) == 0 && mount("tmpfs", "/mnt/state", "tmpfs", 0, NULL) == 0);
    int source = make_program("/mnt/program");
    struct bytes wanted = payload_bytes();
    become(viewer);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    if (viewer->rootless && viewer->strategy != EXESEAL_STRATEGY_BIND)
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, EINVAL, "mounts below the directory");
    if (viewer->rootless && viewer->strategy == EXESEAL_STRATEGY_OVERLAY)
        check_equal(fd, -EINVAL);
    else
        check_shows(viewer, fd, &report, &wanted);
}

static void mounts_beside_the_source_are_named(void **state) {
    (void)state;
    skip_unless_root();
    assert_every_viewer(view_beside_mount, NULL);
}

/* --- runc's case: its state directory lies below the binary's --- */

static void view_above_state_directory(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct temp_directory directory = make_temp_directory();
    char program[160], state[160];
    snprintf(program, sizeof program, "%s/program", directory.path);
    snprintf(state, sizeof state, "%s/state", directory.path);
    int source = make_program(program);
    struct bytes wanted = payload_bytes();
    check(mkdir(state, 0755) == 0 && chdir(state) == 0);
    struct exeseal_report report;
    check_shows(viewer, view_of(source, &report), &report, &wanted);
    check(viewer->strategy != EXESEAL_STRATEGY_NONE || report.strategy == EXESEAL_STRATEGY_OVERLAY);
    remove_tree(directory.path);
}

static void state_directory_below_the_source_does_no_harm(void **state) {
    (void)state;
    assert_every_viewer(view_above_state_directory, NULL);
}

/* Uses every directory that an overlay could have as its second layer, as root. */
static void view_in_system_directory(const struct viewer *viewer, void *argument) {
    const char *directory = argument;
    use_private_mounts();
    if (mount("tmpfs", directory, "tmpfs", 0, "mode=1777") < 0)
        child_skip("the directory is not there");
    char program[160];
    snprintf(program, sizeof program, "%s/program", directory);
    int source = make_program(program);
    struct bytes wanted = payload_bytes();
    become(viewer);
    struct exeseal_report report;
    check_shows(viewer, view_of(source, &report), &report, &wanted);
}

static void sources_in_system_directories_work(void **state) {
    (void)state;
    skip_unless_root();
    static char *directories[] = {"/tmp", "/run", "/dev/shm", "/usr/bin"};
    for (size_t i = 0; i < COUNT(directories); i++)
        assert_every_viewer(view_in_system_directory, directories[i]);
}

/* Control: runc's way, and its result. */
static void stack_layers_on_one_another(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    char state[160];
    snprintf(state, sizeof state, "%s/state", directory.path);
    check(mkdir(state, 0755) == 0);
    int context = (int)syscall(FSOPEN, "overlay", 1);
    if (context < 0)
        child_skip("no overlayfs to be had here");
    char layers[320];
    snprintf(layers, sizeof layers, "%s:%s", directory.path, state);
    bool made = syscall(FSCONFIG, context, SET_STRING, "lowerdir", layers, 0) == 0 &&
                syscall(FSCONFIG, context, CREATE, NULL, NULL, 0) == 0;
    int error = errno;
    remove_tree(directory.path);
    check(!made);
    check_equal(error, ELOOP);
}

static void control_layers_on_one_another_are_refused(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(stack_layers_on_one_another, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_mounted_over_the_name_is_the_source),
        cmocka_unit_test(source_below_a_mount_is_never_mistaken),
        cmocka_unit_test(control_overlayfs_looks_below_mounts),
        cmocka_unit_test(mounts_beside_the_source_are_named),
        cmocka_unit_test(state_directory_below_the_source_does_no_harm),
        cmocka_unit_test(sources_in_system_directories_work),
        cmocka_unit_test(control_layers_on_one_another_are_refused),
    };
    return run_all(tests);
}
