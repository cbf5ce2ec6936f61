/* SPDX-License-Identifier: MIT */
/* Copies in a private tmpfs: they have the right bytes, nobody can change them, and they are
 * mounted nowhere. */
#include "views.h"

#include "sandbox.h"

#include <linux/magic.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define TMPFS_GUARANTEES (EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_OWN_PAGES)

static const uint32_t TMPFS[] = {EXESEAL_STRATEGY_TMPFS};

/* A filter refuses memfds: see become. */
static int copy_of(int source, struct exeseal_report *report) {
    return exeseal_clone(source, NULL, 0, report, sizeof *report);
}

static int copy_of_memory(const void *bytes, size_t size, struct exeseal_report *report) {
    return exeseal_clone_memory(bytes, size, NULL, 0, report, sizeof *report);
}

static void check_is_copy(int fd, const struct exeseal_report *report, const void *data, size_t size) {
    struct statfs fs;
    if (fd < 0)
        dprintf(STDERR_FILENO, "%s", report_text(report));
    check(fd >= 3 && is_close_on_exec(fd));
    check_equal(report->strategy, EXESEAL_STRATEGY_TMPFS);
    check_equal(report->bytes, size);
    check_equal(report->guarantees & ~(uint64_t)EXESEAL_GUARANTEE_STABLE, TMPFS_GUARANTEES);
    check_equal(access_mode(fd), O_RDONLY);
    check(holds_bytes(fd, data, size));
    check(fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC);
    check((fs.f_flags & MS_RDONLY) != 0);
}

#define check_is_refused(call, error)                                                                                  \
    do {                                                                                                               \
        check((call) < 0);                                                                                             \
        check_equal(errno, error);                                                                                     \
    } while (0)

static void check_cannot_be_changed(int fd) {
    check_is_refused(fchmod(fd, 0777), EROFS);
    check_is_refused(fchown(fd, geteuid(), getegid()), EROFS);
    check_is_refused(futimens(fd, NULL), EROFS);
    check_is_refused(fsetxattr(fd, "user.test", "x", 1, 0), EROFS);
    check_is_refused(open(proc_path(fd), O_RDWR | O_CLOEXEC), EROFS);
    check_is_refused(open(proc_path(fd), O_WRONLY | O_TRUNC | O_CLOEXEC), EROFS);
    check_is_refused(truncate(proc_path(fd), 0), EROFS);
    check_is_refused(ftruncate(fd, 0), EINVAL);
    check_is_refused(write(fd, "x", 1), EBADF);
    check_is_refused(fallocate(fd, 0, 0, 1), EBADF);
    check(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
}

static void copy_payload(const struct viewer *viewer, void *unused) {
    (void)unused;
    become(viewer);
    int source = open_payload();
    struct bytes wanted = payload_bytes();
    char *mounts = strdup(text_of("/proc/self/mountinfo"));
    struct exeseal_report report;
    int fd = copy_of(source, &report);
    check_is_copy(fd, &report, wanted.data, wanted.size);
    check_cannot_be_changed(fd);
    check_runs(fd);
    check(strcmp(text_of("/proc/self/mountinfo"), mounts) == 0);
    free(mounts);
}

static void copy_is_whole_and_cannot_be_changed(void **state) {
    (void)state;
    assert_viewers(TMPFS, copy_payload, NULL);
}

/* The kernel chooses huge pages by size. */
static void copy_sizes(const struct viewer *viewer, void *unused) {
    (void)unused;
    enum { HUGE = 2 << 20, LARGEST = 3 * HUGE + 4097 };
    static const size_t sizes[] = {1, 4095, 4096, 4097, HUGE - 1, HUGE, HUGE + 1, 2 * HUGE - 4096, LARGEST};
    unsigned char *pattern = make_pattern(LARGEST);
    become(viewer);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct exeseal_report report;
        int fd = copy_of_memory(pattern, sizes[i], &report);
        check_is_copy(fd, &report, pattern, sizes[i]);
        close(fd);
        int source = unlinked_file(pattern, sizes[i], 0755);
        fd = copy_of(source, &report);
        check_is_copy(fd, &report, pattern, sizes[i]);
        /* A mapping reads as zero beyond the end of the file. */
        size_t end = (sizes[i] + 4095) / 4096 * 4096;
        unsigned char *mapped = mmap(NULL, end, PROT_READ, MAP_PRIVATE, fd, 0);
        check(mapped != MAP_FAILED && memcmp(mapped, pattern, sizes[i]) == 0);
        for (size_t at = sizes[i]; at < end; at++)
            check_equal(mapped[at], 0);
        munmap(mapped, end);
        close(fd);
        close(source);
    }
}

static void odd_sizes_are_whole(void **state) {
    (void)state;
    assert_viewers(TMPFS, copy_sizes, NULL);
}

/* The kernel reports the size of a huge page if it may put the file's bytes into huge pages
 * (mm/shmem.c, shmem_getattr). */
static blksize_t page_size_of_copy(const void *bytes, size_t size, uint64_t flags) {
    struct exeseal_clone_options options = {.flags = flags};
    struct exeseal_report report;
    struct stat file;
    int fd = exeseal_clone_memory(bytes, size, &options, sizeof options, &report, sizeof report);
    check_is_copy(fd, &report, bytes, size);
    check(fstat(fd, &file) == 0);
    close(fd);
    return file.st_blksize;
}

static void copy_in_small_pages(const struct viewer *viewer, void *unused) {
    (void)unused;
    enum { SIZE = 4 << 20 };
    unsigned char *pattern = make_pattern(SIZE);
    become(viewer);
    long page = sysconf(_SC_PAGESIZE);
    if (page_size_of_copy(pattern, SIZE, 0) == page)
        printf("no control: this kernel gives a tmpfs no huge pages\n");
    check_equal(page_size_of_copy(pattern, SIZE, EXESEAL_CLONE_SMALL_PAGES), page);
}

static void small_pages_are_small(void **state) {
    (void)state;
    assert_viewers(TMPFS, copy_in_small_pages, NULL);
}

static void copy_permissions(const struct viewer *viewer, void *unused) {
    (void)unused;
    static const mode_t modes[][2] = {{0755, 0555}, {0700, 0500}, {0750, 0550}, {0644, 0555}, {0600, 0500},
                                      {0711, 0511}, {0400, 0500}, {0777, 0555}, {0440, 0550}};
    become(viewer);
    umask(077);
    for (size_t i = 0; i < COUNT(modes); i++) {
        int source = unlinked_file("#!/bin/true\n", 12, modes[i][0]);
        check(fchown(source, geteuid(), getegid()) == 0);
        struct exeseal_report report;
        int fd = copy_of(source, &report);
        check_is_copy(fd, &report, "#!/bin/true\n", 12);
        check_equal(permissions_of(fd), modes[i][1]);
        close(source);
        close(fd);
    }
}

static void copy_withholds_what_its_source_withholds(void **state) {
    (void)state;
    assert_viewers(TMPFS, copy_permissions, NULL);
}

static void write_pipe(const void *data, size_t size, int ends[2]) {
    check(pipe2(ends, O_CLOEXEC) == 0);
    if (fork() == 0) {
        close(ends[0]);
        for (size_t done = 0; done < size;) {
            ssize_t written = write(ends[1], (const char *)data + done, size - done);
            if (written <= 0)
                _exit(1);
            done += (size_t)written;
        }
        _exit(0);
    }
    close(ends[1]);
}

static void copy_streams(const struct viewer *viewer, void *unused) {
    (void)unused;
    enum { SIZE = (2 << 20) + 12345 };
    unsigned char *pattern = make_pattern(SIZE);
    become(viewer);
    int ends[2];
    write_pipe(pattern, SIZE, ends);
    struct exeseal_report report;
    int fd = copy_of(ends[0], &report);
    check_is_copy(fd, &report, pattern, SIZE);
    check_equal(permissions_of(fd), 0555);
    check_cannot_be_changed(fd);
    close(fd);
    close(ends[0]);
    struct exeseal_clone_options options = {.max_bytes = SIZE - 1};
    write_pipe(pattern, SIZE, ends);
    signal(SIGPIPE, SIG_IGN);
    check_equal(exeseal_clone(ends[0], &options, sizeof options, &report, sizeof report), -EFBIG);
    check_says(&report, EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_LIMIT, EFBIG, "max_bytes");
    close(ends[0]);
    options.max_bytes = SIZE;
    write_pipe(pattern, SIZE, ends);
    fd = exeseal_clone(ends[0], &options, sizeof options, &report, sizeof report);
    check_is_copy(fd, &report, pattern, SIZE);
}

static void streams_are_copied_up_to_their_limit(void **state) {
    (void)state;
    assert_viewers(TMPFS, copy_streams, NULL);
}

static void name_copy(const struct viewer *viewer, void *unused) {
    (void)unused;
    int source = open_payload();
    become(viewer);
    struct exeseal_report report;
    int fd = copy_of(source, &report);
    check(fd >= 3);
    char link[256] = "";
    check(readlink(proc_path(fd), link, sizeof link - 1) > 0);
    check(strcmp(link, "/exeseal") == 0);
    struct exeseal_clone_options options = {.name = "a/name: of,its own"};
    fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    int ends[2], output[2];
    check(fd >= 3 && pipe2(ends, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = {"payload", "wait", NULL};
        dup2(ends[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0);
        _exit(1);
    }
    char path[64], ready[8];
    check(read(output[0], ready, sizeof ready) > 0);
    snprintf(path, sizeof path, "/proc/%d/exe", (int)child);
    memset(link, 0, sizeof link);
    check(readlink(path, link, sizeof link - 1) > 0);
    check(strcmp(link, "/a_name: of,its own") == 0);
    check_is_refused(open(path, O_WRONLY | O_CLOEXEC), EROFS); /* while it runs */
    int status;
    close(ends[1]);
    check(waitpid(child, &status, 0) == child && status == 0);
}

static void running_copy_shows_its_name(void **state) {
    (void)state;
    assert_viewers(TMPFS, name_copy, NULL);
}

static void copy_without_proc(void *unused) {
    (void)unused;
    use_private_mounts();
    refuse_others(EXESEAL_STRATEGY_TMPFS);
    int source = open_payload();
    struct bytes wanted = payload_bytes();
    cover_with_tmpfs("/proc", 0);
    struct exeseal_report report;
    int fd = copy_of(source, &report);
    check_is_copy(fd, &report, wanted.data, wanted.size);
    check_runs(fd);
}

static void root_needs_no_proc(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(copy_without_proc, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_is_whole_and_cannot_be_changed),
        cmocka_unit_test(odd_sizes_are_whole),
        cmocka_unit_test(small_pages_are_small),
        cmocka_unit_test(copy_withholds_what_its_source_withholds),
        cmocka_unit_test(streams_are_copied_up_to_their_limit),
        cmocka_unit_test(running_copy_shows_its_name),
        cmocka_unit_test(root_needs_no_proc),
    };
    return run_all(tests);
}
