/* SPDX-License-Identifier: MIT */
/* Sources whose name changed, and properties that a view cannot show: the result is the right
 * file or an error that says why. */
#include "views.h"

#include "sandbox.h"

#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

struct place {
    char directory[128], program[160];
    int source;
};

static struct place make_place(void) {
    struct place place;
    struct temp_directory directory = make_temp_directory();
    snprintf(place.directory, sizeof place.directory, "%s", directory.path);
    snprintf(place.program, sizeof place.program, "%s/program", directory.path);
    place.source = make_program(place.program);
    return place;
}

static void write_decoy(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    check(fd >= 0 && write(fd, "decoy", 5) == 5);
    close(fd);
}

/* Bind requires no name: it clones the mount from the descriptor. */
static void check_name_is_gone(const struct viewer *viewer, const struct place *place, const char *where) {
    struct exeseal_report report;
    struct bytes wanted = payload_bytes();
    int fd = view_of(place->source, &report);
    if (viewer->strategy == EXESEAL_STRATEGY_OVERLAY) {
        check_equal(fd, -EXDEV);
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_LOCATE, EXDEV, where);
        return;
    }
    check_shows(viewer, fd, &report, &wanted);
    check_equal(report.strategy, EXESEAL_STRATEGY_BIND);
    if (viewer->strategy == EXESEAL_STRATEGY_NONE)
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_LOCATE, EXDEV, where);
}

static void view_unlinked(const struct viewer *viewer, void *argument) {
    const bool *is_replaced = argument;
    become(viewer);
    struct place place = make_place();
    char deleted[256];
    snprintf(deleted, sizeof deleted, "%s (deleted)", place.program);
    check(unlink(place.program) == 0);
    write_decoy(deleted); /* the link in /proc names this file now */
    if (*is_replaced)
        write_decoy(place.program);
    check_name_is_gone(viewer, &place, "the source is unlinked");
    remove_tree(place.directory);
}

static void unlinked_source_is_named(void **state) {
    (void)state;
    static bool is_replaced[] = {false, true};
    for (size_t i = 0; i < COUNT(is_replaced); i++)
        assert_every_viewer(view_unlinked, &is_replaced[i]);
}

/* The link in /proc still names the hard link that was opened. */
static void view_by_other_link(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct place place = make_place();
    char other[192], deleted[192];
    snprintf(other, sizeof other, "%s/other", place.directory);
    snprintf(deleted, sizeof deleted, "%s (deleted)", place.program);
    check(link(place.program, other) == 0 && unlink(place.program) == 0);
    write_decoy(deleted);
    check_name_is_gone(viewer, &place, "the source's path");
    remove_tree(place.directory);
}

static void unlinked_name_of_a_linked_source_is_named(void **state) {
    (void)state;
    assert_every_viewer(view_by_other_link, NULL);
}

static void view_renamed(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct place place = make_place();
    struct bytes wanted = payload_bytes();
    char moved[192], below[256], name[256];
    snprintf(moved, sizeof moved, "%s-moved", place.directory);
    snprintf(below, sizeof below, "%s/other name", moved);
    snprintf(name, sizeof name, "%s/program", moved);
    check(rename(place.directory, moved) == 0 && rename(name, below) == 0);
    write_decoy(name);
    check(mkdir(place.directory, 0755) == 0);
    write_decoy(place.program);
    struct exeseal_report report;
    check_shows(viewer, view_of(place.source, &report), &report, &wanted);
    remove_tree(moved);
    remove_tree(place.directory);
}

static void renamed_source_is_followed(void **state) {
    (void)state;
    assert_every_viewer(view_renamed, NULL);
}

static void view_noexec(const struct viewer *viewer, void *unused) {
    (void)unused;
    use_private_mounts();
    cover_with_tmpfs("/mnt", MS_NOEXEC);
    int source = make_program("/mnt/program");
    become(viewer);
    struct exeseal_report report;
    check_equal(view_of(source, &report), -EACCES);
    if (viewer->strategy != EXESEAL_STRATEGY_BIND)
        check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_NOEXEC, EACCES, "the source's mount");
    if (viewer->strategy != EXESEAL_STRATEGY_OVERLAY)
        check_says(&report, EXESEAL_STRATEGY_BIND, EXESEAL_STEP_NOEXEC, EACCES, "the source's mount");
}

static void noexec_source_is_refused(void **state) {
    (void)state;
    skip_unless_root();
    assert_every_viewer(view_noexec, NULL);
}

static int run_naively(int fd) {
    static char *argv[] = {"payload", "exit", "7", NULL};
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0) == 0);
    check(waitpid(child, &status, 0) == child);
    return WEXITSTATUS(status);
}

/* Control: an overlayfs above it is not noexec. */
static void overlay_noexec(void *unused) {
    (void)unused;
    use_private_mounts();
    cover_with_tmpfs("/mnt", 0);
    check(mkdir("/mnt/lower", 0755) == 0 && mkdir("/mnt/empty", 0755) == 0 && mkdir("/mnt/merged", 0755) == 0);
    check(mount("tmpfs", "/mnt/lower", "tmpfs", MS_NOEXEC, NULL) == 0);
    int source = make_program("/mnt/lower/program");
    if (mount("overlay", "/mnt/merged", "overlay", MS_RDONLY, "lowerdir=/mnt/lower:/mnt/empty") < 0)
        child_skip("no overlayfs can be mounted here");
    int view = open("/mnt/merged/program", O_RDONLY | O_CLOEXEC);
    check_equal(run_naively(source), 0); /* execve(2) failed, so the child returned */
    check_equal(run_naively(view), 7);
}

static void control_overlayfs_launders_noexec(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(overlay_noexec, NULL);
}

static void view_without_x(const struct viewer *viewer, void *argument) {
    const mode_t *mode = argument;
    become(viewer);
    struct place place = make_place();
    check(chmod(place.program, *mode) == 0);
    struct exeseal_report report;
    bool runs_for_us = geteuid() == 0 ? (*mode & 0111) != 0 : (*mode & 0100) != 0;
    int fd = view_of(place.source, &report);
    if (runs_for_us) {
        struct bytes wanted = payload_bytes();
        check_shows(viewer, fd, &report, &wanted);
    } else {
        check_equal(fd, -report.attempt[0].error); /* of overlay, which is tried first */
        uint32_t strategy = viewer->strategy == EXESEAL_STRATEGY_BIND ? viewer->strategy : EXESEAL_STRATEGY_OVERLAY;
        check_says(&report, strategy, EXESEAL_STEP_VERIFY, EACCES, "x bits");
    }
    remove_tree(place.directory);
}

static void missing_x_bits_are_named(void **state) {
    (void)state;
    static mode_t modes[] = {0644, 0444, 0655, 0744, 0500, 0501};
    for (size_t i = 0; i < COUNT(modes); i++)
        assert_every_viewer(view_without_x, &modes[i]);
}

static void view_with_privileges(const struct viewer *viewer, void *argument) {
    const mode_t *mode = argument;
    become(viewer);
    struct place place = make_place();
    check(chmod(place.program, *mode) == 0);
    struct exeseal_report report;
    check_equal(view_of(place.source, &report), -EPERM);
    check_says(&report, EXESEAL_STRATEGY_NONE, EXESEAL_STEP_PRIVILEGES, EPERM, NULL);
    struct exeseal_clone_options options = {.mode = EXESEAL_MODE_RO_SHARED_PAGE,
                                            .flags = EXESEAL_CLONE_DROP_PRIVILEGES};
    int fd = exeseal_clone(place.source, &options, sizeof options, &report, sizeof report);
    check(fd >= 3);
    check_runs(fd); /* although the mount is nosuid */
    remove_tree(place.directory);
}

static void setuid_source_is_refused(void **state) {
    (void)state;
    static mode_t modes[] = {04755, 02755, 06755};
    for (size_t i = 0; i < COUNT(modes); i++)
        assert_every_viewer(view_with_privileges, &modes[i]);
}

static void check_is_no_file(const struct viewer *viewer, int result, const struct exeseal_report *report) {
    check_equal(result, -EOPNOTSUPP);
    uint32_t strategy = viewer->strategy == EXESEAL_STRATEGY_BIND ? viewer->strategy : EXESEAL_STRATEGY_OVERLAY;
    check_says(report, strategy, EXESEAL_STEP_LOCATE, EOPNOTSUPP, "the source is not a file");
    check_equal(report->attempts, 2);
}

static void view_what_is_no_file(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct exeseal_clone_options options = {.mode = EXESEAL_MODE_RO_SHARED_PAGE};
    struct exeseal_report report;
    struct bytes bytes = payload_bytes();
    int pipe_ends[2], sockets[2];
    char byte;
    check(pipe2(pipe_ends, O_CLOEXEC) == 0 && write(pipe_ends[1], "p", 1) == 1);
    check_is_no_file(viewer, view_of(pipe_ends[0], &report), &report);
    check(read(pipe_ends[0], &byte, 1) == 1); /* the pipe was not read */
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
    check_is_no_file(viewer, view_of(sockets[0], &report), &report);
    int result = exeseal_clone_memory(bytes.data, bytes.size, &options, sizeof options, &report, sizeof report);
    check_is_no_file(viewer, result, &report);
}

static void pipe_socket_and_memory_have_no_view(void **state) {
    (void)state;
    assert_every_viewer(view_what_is_no_file, NULL);
}

static void view_memfd(const struct viewer *viewer, void *argument) {
    const int *seals = argument;
    become(viewer);
    struct bytes bytes = payload_bytes();
    int source = make_memfd(bytes.data, bytes.size, 0755, *seals);
    check(source >= 0);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    if (viewer->strategy == EXESEAL_STRATEGY_BIND)
        check_says(&report, EXESEAL_STRATEGY_BIND, EXESEAL_STEP_LOCATE, EXDEV, "the source is unlinked");
    check_equal(fd, -EXDEV);
    check_says(&report, EXESEAL_STRATEGY_OVERLAY, EXESEAL_STEP_LOCATE, EXDEV, "the source is unlinked");
}

static void memfd_has_no_view(void **state) {
    (void)state;
    static int seals[] = {0, PEER_SEALS};
    for (size_t i = 0; i < COUNT(seals); i++)
        assert_every_viewer(view_memfd, &seals[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unlinked_source_is_named),
        cmocka_unit_test(unlinked_name_of_a_linked_source_is_named),
        cmocka_unit_test(renamed_source_is_followed),
        cmocka_unit_test(noexec_source_is_refused),
        cmocka_unit_test(control_overlayfs_launders_noexec),
        cmocka_unit_test(missing_x_bits_are_named),
        cmocka_unit_test(setuid_source_is_refused),
        cmocka_unit_test(pipe_socket_and_memory_have_no_view),
        cmocka_unit_test(memfd_has_no_view),
    };
    return run_all(tests);
}
