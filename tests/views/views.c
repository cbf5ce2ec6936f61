/* SPDX-License-Identifier: MIT */
#include "views.h"

#include "sandbox.h"

#include <ftw.h>
#include <sched.h>
#include <sys/syscall.h>

const uint32_t VIEWS[VIEW_COUNT] = {EXESEAL_STRATEGY_OVERLAY, EXESEAL_STRATEGY_BIND, EXESEAL_STRATEGY_NONE};

/* Some libcs lack these. They are the same on every architecture. */
enum { FSOPEN = 430, MOUNT_SETATTR = 442 };

struct visit {
    struct viewer viewer;
    view_function function;
    void *argument;
};

static void visit(void *argument) {
    const struct visit *visit = argument;
    visit->function(&visit->viewer, visit->argument);
}

void assert_viewers_named(const char *name, const char *file, int line, const uint32_t *strategies, size_t count,
                          view_function function, void *argument) {
    for (size_t i = 0; i < count; i++) {
        for (int rootless = geteuid() == 0 ? 0 : 1; rootless < 2; rootless++) {
            struct visit call = {{strategies[i], rootless}, function, argument};
            int status = in_child(visit, &call);
            if (status != 0 && status != 77)
                print_error("%s: %s\n", rootless ? "rootless" : "as root", exeseal_strategy_name(strategies[i]));
            if (status != 0)
                assert_child_named(name, file, line, visit, &call);
        }
    }
}

void refuse_others(uint32_t strategy) {
    switch (strategy) {
    case EXESEAL_STRATEGY_TMPFILE:
        refuse_system_call(FSOPEN, ENOSYS);
        refuse_system_call(SYS_memfd_create, ENOSYS);
        break;
    case EXESEAL_STRATEGY_TMPFS:
        refuse_system_call(SYS_memfd_create, ENOSYS);
        break;
    case EXESEAL_STRATEGY_OVERLAY:
        refuse_system_call(MOUNT_SETATTR, ENOSYS);
        break;
    case EXESEAL_STRATEGY_BIND:
        refuse_system_call(FSOPEN, ENOSYS);
        break;
    default:
        break;
    }
}

/* The mount namespace that the process leaves lives on, like the host's behind an engine.
 * Otherwise a descriptor from there would have no path. */
static void leave_namespaces(uint32_t strategy) {
    check(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC) >= 0);
    become_rootless(strategy);
}

void become(const struct viewer *viewer) {
    if (viewer->rootless)
        leave_namespaces(viewer->strategy == EXESEAL_STRATEGY_NONE ? EXESEAL_STRATEGY_OVERLAY : viewer->strategy);
    refuse_others(viewer->strategy);
}

int clone_by(uint32_t strategy, int source, struct exeseal_report *report) {
    bool is_view = strategy == EXESEAL_STRATEGY_OVERLAY || strategy == EXESEAL_STRATEGY_BIND;
    struct exeseal_clone_options options = {.mode = is_view ? EXESEAL_MODE_RO_SHARED_PAGE : EXESEAL_MODE_AUTOMATIC};
    int fd = exeseal_clone(source, &options, sizeof options, report, sizeof *report);
    if (fd < 0 || report->strategy != strategy)
        dprintf(STDERR_FILENO, "wanted %s:\n%s", exeseal_strategy_name(strategy), report_text(report));
    return fd;
}

int view_of(int source, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.mode = EXESEAL_MODE_RO_SHARED_PAGE};
    return exeseal_clone(source, &options, sizeof options, report, sizeof *report);
}

struct bytes payload_bytes(void) {
    static struct bytes bytes;
    if (bytes.data == NULL)
        bytes = read_path(built_program("lib/support/payload"));
    check(bytes.size > 1000);
    return bytes;
}

int make_program(const char *path) {
    struct bytes bytes = payload_bytes();
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    check(fd >= 0 && write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size && fchmod(fd, 0755) == 0);
    close(fd);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    check(fd >= 0);
    return fd;
}

void check_runs(int fd) {
    static char *argv[] = {"payload", "exit", "7", NULL};
    pid_t child = fork();
    if (child == 0)
        _exit(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0) == 0 ? 0 : 1);
    int status;
    check(waitpid(child, &status, 0) == child);
    check_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 7);
}

/* The kernel checks permission to write first, so EACCES may precede EROFS. For root of a user
 * namespace that happens if the file's owner has no ID there. */
static void check_open_is_refused(int fd, int flags) {
    enum { NO_NUMBER = 65534 };
    struct stat file;
    check(fstat(fd, &file) == 0 && open(proc_path(fd), flags | O_CLOEXEC) < 0);
    bool may_write = geteuid() == 0 ? file.st_uid != NO_NUMBER : file.st_uid == geteuid() && (file.st_mode & 0200) != 0;
    check_equal(errno, may_write || errno != EACCES ? EROFS : EACCES);
}

void check_is_read_only(int fd) {
    check_open_is_refused(fd, O_RDWR);
    check_open_is_refused(fd, O_WRONLY | O_TRUNC);
    check(fchmod(fd, 0700) < 0);
    check_equal(errno, EROFS);
    check(write(fd, "x", 1) < 0);
    check_equal(errno, EBADF);
}

void check_shows(const struct viewer *viewer, int fd, const struct exeseal_report *report, const struct bytes *wanted) {
    if (fd < 0)
        dprintf(STDERR_FILENO, "%s", report_text(report));
    check(fd >= 3);
    if (viewer->strategy != EXESEAL_STRATEGY_NONE)
        check_equal(report->strategy, viewer->strategy);
    check_equal(report->guarantees, EXESEAL_GUARANTEE_READ_ONLY);
    check_equal(report->bytes, wanted->size);
    check_equal(access_mode(fd), O_RDONLY);
    check(is_close_on_exec(fd));
    check(holds_bytes(fd, wanted->data, wanted->size));
    check_is_read_only(fd);
    check_runs(fd);
}

const struct exeseal_attempt *attempt_of(const struct exeseal_report *report, uint32_t strategy) {
    for (uint32_t i = 0; i < report->attempts && i < EXESEAL_REPORT_ATTEMPTS; i++)
        if (report->attempt[i].strategy == strategy)
            return &report->attempt[i];
    return NULL;
}

void check_says(const struct exeseal_report *report, uint32_t strategy, uint32_t step, int error, const char *where) {
    const struct exeseal_attempt *attempt = attempt_of(report, strategy);
    bool fits = attempt != NULL && attempt->step == step && attempt->error == error &&
                (where == NULL || strcmp(attempt->where, where) == 0);
    if (!fits)
        dprintf(STDERR_FILENO, "wanted %s: %s: %s (%s), got:\n%s", exeseal_strategy_name(strategy),
                exeseal_step_name(step), strerrorname_np(error), where == NULL ? "" : where, report_text(report));
    check(fits);
    check(strstr(report_text(report), exeseal_step_name(step)) != NULL);
}

static int remove_entry(const char *path, const struct stat *file, int type, struct FTW *position) {
    (void)file, (void)type, (void)position;
    return remove(path);
}

void remove_tree(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

const char *text_of(const char *path) {
    static char text[1 << 18];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = 0;
    ssize_t got;
    while (fd >= 0 && (got = read(fd, text + size, sizeof text - 1 - size)) > 0)
        size += (size_t)got;
    close(fd);
    text[size] = '\0';
    return text;
}
