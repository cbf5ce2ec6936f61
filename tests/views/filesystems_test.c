/* SPDX-License-Identifier: MIT */
/* Sources on file systems that images use, and on overlayfs over overlayfs. */
#include "views.h"

#include "sandbox.h"

#include <sys/mount.h>

/* A file system in an image. The program that makes it may be missing. */
struct format {
    const char *name, *program, *command; /* the name is that of the image and the folder */
};
static const struct format FORMATS[] = {
    {"ext4", "mkfs.ext4", "truncate -s 16M image && mkfs.ext4 -q -d folder image"},
    {"erofs", "mkfs.erofs", "mkfs.erofs -T0 image folder"},
    {"squashfs", "mksquashfs", "mksquashfs folder image -quiet -no-progress -all-time 0"},
};

static bool run_quietly(const char *command) {
    char line[512];
    snprintf(line, sizeof line, "{ PATH=$PATH:/usr/sbin:/sbin; %s; } >/dev/null 2>&1", command);
    return system(line) == 0;
}

/* Mounts an image that contains only `program` with these bytes. */
static void mount_image(const struct format *format, const char *where, const struct bytes *bytes) {
    char command[256];
    snprintf(command, sizeof command, "command -v %s", format->program);
    if (!run_quietly(command))
        child_skip("mkfs.ext4, mkfs.erofs or mksquashfs is not installed");
    struct temp_directory directory = make_temp_directory();
    check(chdir(directory.path) == 0 && mkdir("folder", 0755) == 0);
    int fd = open("folder/program", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    check(fd >= 0 && write(fd, bytes->data, bytes->size) == (ssize_t)bytes->size && fchmod(fd, 0755) == 0);
    close(fd);
    check(run_quietly(format->command));
    snprintf(command, sizeof command, "mount -t %s -o loop,ro image %s", format->name, where);
    bool is_mounted = run_quietly(command);
    check(chdir("/") == 0);
    remove_tree(directory.path);
    if (!is_mounted)
        child_skip("no image can be mounted here: no loop device, or not this file system");
}

static void prepare_places(void) {
    use_private_mounts();
    cover_with_tmpfs("/mnt", 0);
    static const char *const places[] = {"/mnt/a", "/mnt/b", "/mnt/c", "/mnt/lower", "/mnt/work", "/mnt/empty"};
    for (size_t i = 0; i < COUNT(places); i++)
        check(mkdir(places[i], 0755) == 0);
}

static void check_program_shows(const struct viewer *viewer, const char *path) {
    struct bytes wanted = payload_bytes();
    int source = open(path, O_RDONLY | O_CLOEXEC);
    check(source >= 0);
    become(viewer);
    struct exeseal_report report;
    check_shows(viewer, view_of(source, &report), &report, &wanted);
}

static void view_image(const struct viewer *viewer, void *argument) {
    prepare_places();
    struct bytes bytes = payload_bytes();
    mount_image(argument, "/mnt/a", &bytes);
    check_program_shows(viewer, "/mnt/a/program");
}

static void assert_format_shows(const char *name, size_t which) {
    if (geteuid() != 0)
        skip_test(name, "needs root");
    assert_viewers_named(name, __FILE__, __LINE__, VIEWS, VIEW_COUNT, view_image, (void *)&FORMATS[which]);
}

static void source_on_ext4_shows(void **state) {
    (void)state;
    assert_format_shows(__func__, 0);
}

static void source_on_erofs_shows(void **state) {
    (void)state;
    assert_format_shows(__func__, 1);
}

static void source_on_squashfs_shows(void **state) {
    (void)state;
    assert_format_shows(__func__, 2);
}

static void view_tmpfs(const struct viewer *viewer, void *unused) {
    (void)unused;
    prepare_places();
    close(make_program("/mnt/a/program"));
    check_program_shows(viewer, "/mnt/a/program");
}

static void source_on_tmpfs_shows(void **state) {
    (void)state;
    skip_unless_root();
    assert_every_viewer(view_tmpfs, NULL);
}

/* Images made from the same content have inodes with the same numbers, times and sizes, and no
 * birth times. Only the file's location tells the two apart. */
static void view_like_of_another_image(const struct viewer *viewer, void *argument) {
    const struct format *format = argument;
    prepare_places();
    struct bytes bytes = payload_bytes();
    unsigned char *other = make_pattern(bytes.size);
    mount_image(format, "/mnt/a", &bytes);
    mount_image(format, "/mnt/b", &(struct bytes){other, bytes.size});
    struct stat a, b;
    check(stat("/mnt/a/program", &a) == 0 && stat("/mnt/b/program", &b) == 0);
    bool are_alike = a.st_ino == b.st_ino && a.st_mtime == b.st_mtime && a.st_size == b.st_size;
    check(are_alike || strcmp(format->name, "ext4") == 0); /* control */
    check(mount("/mnt/a/program", "/mnt/b/program", NULL, MS_BIND, NULL) == 0);
    int source = open("/mnt/b/program", O_RDONLY | O_CLOEXEC);
    become(viewer);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    if (viewer->strategy == EXESEAL_STRATEGY_OVERLAY)
        check_equal(fd, -EXDEV);
    else
        check_shows(viewer, fd, &report, &bytes);
    if (viewer->strategy != EXESEAL_STRATEGY_BIND)
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_LOCATE, EXDEV, "a mount over the source");
}

static void like_of_another_image_is_never_shown(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(FORMATS); i++)
        assert_every_viewer(view_like_of_another_image, (void *)&FORMATS[i]);
}

/* --- the source is on overlayfs --- */

struct stack {
    unsigned depth;  /* overlays over one another */
    bool is_written; /* the file is in the upper layer, not a lower one */
    bool has_beside; /* something is mounted in the topmost one */
};

static void mount_overlay(const char *lower, const char *where, bool has_upper) {
    char options[256];
    if (has_upper)
        snprintf(options, sizeof options, "lowerdir=%s,upperdir=/mnt/empty,workdir=/mnt/work", lower);
    else
        snprintf(options, sizeof options, "lowerdir=%s:/mnt/empty", lower);
    if (mount("overlay", where, "overlay", has_upper ? 0 : MS_RDONLY, options) < 0)
        child_skip("no overlayfs of this depth can be mounted here");
}

static void make_stack(const struct stack *stack) {
    static const char *const places[] = {"/mnt/lower", "/mnt/a", "/mnt/b"};
    prepare_places();
    if (!stack->is_written)
        close(make_program("/mnt/lower/program"));
    for (unsigned i = 0; i < stack->depth; i++)
        mount_overlay(places[i], places[i + 1], stack->is_written);
    if (stack->is_written)
        close(make_program("/mnt/a/program"));
    if (stack->has_beside) {
        check(mkdir("/mnt/a/beside", 0755) == 0);
        check(mount("tmpfs", "/mnt/a/beside", "tmpfs", 0, NULL) == 0);
    }
}

static void view_stacked(const struct viewer *viewer, void *argument) {
    make_stack(argument);
    check_program_shows(viewer, "/mnt/a/program");
}

static void source_on_overlayfs_shows(void **state) {
    (void)state;
    skip_unless_root();
    assert_every_viewer(view_stacked, &((struct stack){1, false, false}));
    assert_every_viewer(view_stacked, &((struct stack){1, true, false}));
}

static void view_too_deep(const struct viewer *viewer, void *argument) {
    const struct stack *stack = argument;
    make_stack(stack);
    struct bytes wanted = payload_bytes();
    int source = open(stack->depth == 2 ? "/mnt/b/program" : "/mnt/a/program", O_RDONLY | O_CLOEXEC);
    check(source >= 0);
    become(viewer);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    if (viewer->strategy == EXESEAL_STRATEGY_OVERLAY)
        check_equal(fd, -EINVAL);
    else
        check_shows(viewer, fd, &report, &wanted);
    if (viewer->strategy != EXESEAL_STRATEGY_BIND)
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_MOUNT, EINVAL,
                   stack->has_beside ? "mounts below the directory" : "stacking depth");
}

static void stacking_depth_is_named_and_bind_takes_over(void **state) {
    (void)state;
    skip_unless_root();
    assert_every_viewer(view_too_deep, &((struct stack){2, false, false}));
}

static void view_beside_mount_on_overlayfs(const struct viewer *viewer, void *argument) {
    if (viewer->rootless)
        view_too_deep(viewer, argument);
    else
        view_stacked(viewer, argument);
}

/* In a container the root file system is an overlayfs with mounts in it. The depth is not the
 * obstacle. */
static void mount_beside_a_source_on_overlayfs_is_named(void **state) {
    (void)state;
    skip_unless_root();
    assert_every_viewer(view_beside_mount_on_overlayfs, &((struct stack){1, true, true}));
}

/* Control: the kernel refuses a third overlayfs. */
static void stack_three(void *unused) {
    (void)unused;
    make_stack(&(struct stack){2, false, false});
    check(mount("overlay", "/mnt/c", "overlay", MS_RDONLY, "lowerdir=/mnt/b:/mnt/empty") < 0);
    check_equal(errno, EINVAL);
}

static void control_third_overlayfs_is_refused(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(stack_three, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_on_tmpfs_shows),
        cmocka_unit_test(source_on_ext4_shows),
        cmocka_unit_test(source_on_erofs_shows),
        cmocka_unit_test(source_on_squashfs_shows),
        cmocka_unit_test(like_of_another_image_is_never_shown),
        cmocka_unit_test(source_on_overlayfs_shows),
        cmocka_unit_test(stacking_depth_is_named_and_bind_takes_over),
        cmocka_unit_test(mount_beside_a_source_on_overlayfs_is_named),
        cmocka_unit_test(control_third_overlayfs_is_refused),
    };
    return run_all(tests);
}
