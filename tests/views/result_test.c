/* SPDX-License-Identifier: MIT */
/* What can be done to a view, and to the program that runs from it. */
#include "views.h"

#include <sys/mman.h>
#include <sys/xattr.h>

static void write_to_view(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    struct temp_directory directory = make_temp_directory();
    char program[160];
    snprintf(program, sizeof program, "%s/program", directory.path);
    int source = make_program(program);
    struct exeseal_report report;
    int fd = view_of(source, &report);
    check(fd >= 3);
    check_is_read_only(fd);
    check(ftruncate(fd, 0) < 0 && truncate(proc_path(fd), 0) < 0);
    check_equal(errno, EROFS);
    check(futimens(fd, NULL) < 0);
    check_equal(errno, EROFS);
    check(fchown(fd, geteuid(), getegid()) < 0);
    check_equal(errno, EROFS);
    check(fsetxattr(fd, "user.test", "x", 1, 0) < 0);
    check_equal(errno, EROFS);
    check(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    check_equal(errno, EACCES);
    check(chmod(program, 0700) == 0); /* control: the source has not changed */
    remove_tree(directory.path);
}

static void view_is_read_only(void **state) {
    (void)state;
    assert_every_viewer(write_to_view, NULL);
}

/* --- a program that runs from a sealed file clones itself --- */

enum { RIGHT = 7, REFUSED = 3 }; /* see self_viewer.c */

static char decoy_path[64]; /* the path at which a program without a directory seems to be */

struct start {
    uint32_t strategy; /* the strategy that it is started by; it clones itself in this mode */
    uint32_t mode;
};

static int clone_as_decoy(const struct start *start, int source, struct exeseal_report *report) {
    struct exeseal_clone_options options = {0};
    bool is_view = start->strategy == EXESEAL_STRATEGY_OVERLAY || start->strategy == EXESEAL_STRATEGY_BIND;
    options.mode = is_view ? EXESEAL_MODE_RO_SHARED_PAGE : EXESEAL_MODE_INDEPENDENT_DATA_COPY;
    snprintf(options.name, sizeof options.name, "%s", decoy_path + 1);
    return exeseal_clone(source, &options, sizeof options, report, sizeof *report);
}

static int run_among_decoys(const struct viewer *viewer, const struct start *start) {
    become(&(struct viewer){start->strategy, viewer->rootless});
    struct temp_directory directory = make_temp_directory();
    struct bytes program = read_path(built_program("views/self_viewer"));
    const char *path = make_file(&directory, decoy_path + 1, program.data, program.size, 0755);
    int source = open(path, O_RDONLY | O_CLOEXEC), status;
    struct exeseal_report report;
    int fd = clone_as_decoy(start, source, &report);
    if (fd < 0)
        dprintf(STDERR_FILENO, "%s", report_text(&report));
    check_equal(report.strategy, start->strategy);
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = {"self_viewer", (char *)exeseal_mode_name(start->mode), NULL};
        exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0);
        _exit(99);
    }
    check(waitpid(child, &status, 0) == child);
    remove_temp_directory(&directory);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void clone_itself(const struct viewer *viewer, void *argument) {
    const struct start *start = argument;
    int status = run_among_decoys(viewer, start);
    check_equal(status, start->mode == EXESEAL_MODE_RO_SHARED_PAGE ? REFUSED : RIGHT);
}

static void put_decoy(void) {
    snprintf(decoy_path, sizeof decoy_path, "/exeseal-decoy-%d", (int)getpid());
    struct bytes payload = payload_bytes();
    int fd = open(decoy_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (fd < 0) {
        decoy_path[0] = '\0'; /* nothing to remove */
        skip_because("no file can be made in / here");
    }
    assert_int_equal(write(fd, payload.data, payload.size), payload.size);
    close(fd);
}

static void program_started_from_a_seal_clones_itself(void **state) {
    (void)state;
    skip_unless_root();
    static const uint32_t any[] = {EXESEAL_STRATEGY_NONE};
    static const uint32_t strategies[] = {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_BIND, EXESEAL_STRATEGY_TMPFS};
    put_decoy();
    for (size_t i = 0; i < COUNT(strategies); i++)
        for (uint32_t mode = 0; exeseal_mode_name(mode) != NULL; mode++)
            assert_viewers(any, clone_itself, &((struct start){strategies[i], mode}));
}

static int remove_decoy(void **state) {
    (void)state;
    return decoy_path[0] != '\0' ? unlink(decoy_path) : 0;
}

/* Control: a process that uses the path gets the decoy. */
static void read_own_link(void *unused) {
    (void)unused;
    struct start start = {EXESEAL_STRATEGY_OVERLAY, EXESEAL_MODE_AUTOMATIC};
    struct temp_directory directory = make_temp_directory();
    struct bytes program = read_path(built_program("views/self_viewer"));
    int source = open(make_file(&directory, decoy_path + 1, program.data, program.size, 0755), O_RDONLY | O_CLOEXEC);
    refuse_others(start.strategy);
    struct exeseal_report report;
    int fd = clone_as_decoy(&start, source, &report);
    char path[256] = "";
    check(readlink(proc_path(fd), path, sizeof path - 1) > 0);
    int by_path = open(path, O_RDONLY | O_CLOEXEC);
    struct bytes payload = payload_bytes();
    check(by_path >= 0 && holds_bytes(by_path, payload.data, payload.size));
    remove_temp_directory(&directory);
}

static void control_path_leads_to_the_decoy(void **state) {
    (void)state;
    skip_unless_root();
    put_decoy();
    assert_child(read_own_link, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(view_is_read_only),
        cmocka_unit_test_teardown(program_started_from_a_seal_clones_itself, remove_decoy),
        cmocka_unit_test_teardown(control_path_leads_to_the_decoy, remove_decoy),
    };
    return run_all(tests);
}
