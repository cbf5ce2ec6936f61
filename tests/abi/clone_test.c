/* SPDX-License-Identifier: MIT */
/* exeseal_clone, exeseal_clone_self and exeseal_clone_memory: their results, for each kind of
 * source. */
#include "clones.h"

#include "sandbox.h"

#include <sys/socket.h>
#include <sys/syscall.h>

enum { SIZE = 300 * 1000 + 7 }; /* more than a pipe holds, and not a multiple of a page */

static unsigned char *pattern;

static void file_becomes_a_sealed_memfd(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_link_reads(fd, "/memfd:exeseal (deleted)");
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    assert_int_equal(report.guarantees & ~EXESEAL_GUARANTEE_STABLE, MEMFD_GUARANTEES);
    assert_int_equal(report.bytes, SIZE);
    assert_int_equal(report.attempts, 1); /* reuse was not tried, since the source is not sealed */
    assert_int_equal((report.guarantees & EXESEAL_GUARANTEE_STABLE) != 0, report.evidence > EXESEAL_EVIDENCE_TIMES);
    close(fd);
    close(source);
}

static void file_is_cloned_whole_whatever_its_position(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    static const off_t offsets[] = {1, 10, SIZE - 1, SIZE, SIZE + 1000};
    for (size_t i = 0; i < COUNT(offsets); i++) {
        assert_int_equal(lseek(source, offsets[i], SEEK_SET), offsets[i]);
        int fd = clone_of(source);
        assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
        assert_int_equal(lseek(source, 0, SEEK_CUR), offsets[i]);
        close(fd);
    }
    close(source);
}

static void pour(int to) {
    size_t done = 0;
    while (done < SIZE) {
        ssize_t written = write(to, pattern + done, SIZE - done);
        if (written < 0)
            _exit(1);
        done += (size_t)written;
    }
    _exit(0);
}

static void assert_stream_is_cloned(int from, int to) {
    pid_t writer = fork();
    if (writer == 0) {
        close(from);
        pour(to);
    }
    close(to);
    struct exeseal_report report;
    int fd = exeseal_clone(from, NULL, 0, &report, sizeof report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.bytes, SIZE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_NONE);
    assert_int_equal(report.guarantees, MEMFD_GUARANTEES);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    close(fd);
    close(from);
}

static void pipe_is_read_to_its_end(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_stream_is_cloned(ends[0], ends[1]);
}

static void nonblocking_pipe_is_waited_for(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_stream_is_cloned(ends[0], ends[1]);
}

static void stream_socket_is_read_to_its_end(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_stream_is_cloned(ends[0], ends[1]);
}

static void named_fifo_is_read_to_its_end(void **state) {
    (void)state;
    struct temp_directory directory = make_temp_directory();
    char path[192];
    snprintf(path, sizeof path, "%s/fifo", directory.path);
    assert_int_equal(mkfifo(path, 0600), 0);
    int from = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), to = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(from >= 0 && to >= 0);
    assert_int_equal(fcntl(from, F_SETFL, 0), 0);
    assert_stream_is_cloned(from, to);
    remove_temp_directory(&directory);
}

static void memory_becomes_a_sealed_memfd(void **state) {
    (void)state;
    struct exeseal_report report;
    int fd = exeseal_clone_memory(pattern, SIZE, NULL, 0, &report, sizeof report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_MEMORY);
    assert_int_equal(report.guarantees, MEMFD_GUARANTEES | EXESEAL_GUARANTEE_STABLE);
    close(fd);
}

static void running_program_becomes_a_sealed_memfd(void **state) {
    (void)state;
    struct bytes self = read_path("/proc/self/exe");
    struct exeseal_report report;
    int fd = exeseal_clone_self(NULL, 0, &report, sizeof report);
    assert_true(fd >= 3);
    assert_is_sealed_memfd(fd, permissions_of(fd), self.data, self.size);
    assert_int_equal(permissions_of(fd) & 0500, 0500);
    assert_in_range(report.evidence, EXESEAL_EVIDENCE_TIMES, EXESEAL_EVIDENCE_RUNNING);
    close(fd);
    free(self.data);
}

/* The path of the running program names another file by then. */
static void clone_moved_self(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory();
    struct bytes program = read_path(built_program("abi/self_cloner"));
    char path[192];
    snprintf(path, sizeof path, "%s", make_file(&directory, "moving", program.data, program.size, 0755));
    int input[2], output[2];
    check(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = {path, NULL};
        check(dup2(input[0], STDIN_FILENO) == STDIN_FILENO && dup2(output[1], STDOUT_FILENO) == STDOUT_FILENO);
        execv(path, argv);
        _exit(98);
    }
    char byte;
    check(read(output[0], &byte, 1) == 1); /* the program runs */
    check(rename(make_file(&directory, "other", "not the program", 15, 0755), path) == 0);
    close(input[1]);
    int status;
    check(waitpid(child, &status, 0) == child);
    remove_temp_directory(&directory);
    check_equal(status, 0);
}

static void running_program_is_not_found_by_its_path(void **state) {
    (void)state;
    assert_child(clone_moved_self, NULL);
}

static void path_descriptor_is_a_source(void **state) {
    (void)state;
    int file = unlinked_file(pattern, SIZE, 0755);
    int source = open(proc_path(file), O_PATH | O_CLOEXEC);
    assert_true(source >= 0);
    int fd = clone_of(source);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    close(fd);
    close(source);
    close(file);
}

static void writable_descriptor_is_a_source(void **state) {
    (void)state;
    int file = unlinked_file(pattern, SIZE, 0755);
    int source = open(proc_path(file), O_RDWR | O_CLOEXEC);
    assert_true(source >= 0);
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_TIMES); /* the caller itself is a writer */
    close(fd);
    close(source);
    close(file);
}

/* --- a good guest --- */

static void errno_is_left_alone(void **state) {
    (void)state;
    errno = 4321;
    int fd = exeseal_clone_memory(pattern, SIZE, NULL, 0, NULL, 0);
    assert_int_equal(errno, 4321);
    assert_true(fd >= 3);
    close(fd);
    static const int sources[] = {-1, 1023};
    for (size_t i = 0; i < COUNT(sources); i++) {
        errno = 4321;
        assert_int_equal(clone_of(sources[i]), -EBADF);
        assert_int_equal(errno, 4321);
    }
}

static void no_descriptor_leaks(void **state) {
    (void)state;
    int file = unlinked_file(pattern, SIZE, 0755), setuid = unlinked_file(pattern, SIZE, 04755);
    int sealed = make_memfd(pattern, SIZE, 0755, PEER_SEALS), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int before = open_descriptors();
    for (int i = 0; i < 20; i++) {
        for (uint32_t mode = 0; mode < 3; mode++) {
            const int sources[] = {file, setuid, sealed, null, -1};
            for (size_t s = 0; s < COUNT(sources); s++) {
                struct exeseal_report report;
                int fd = clone_in_mode(sources[s], mode, &report);
                assert_int_equal(open_descriptors(), before + (fd >= 0));
                if (fd >= 0)
                    close(fd);
            }
        }
        int fd = exeseal_clone_self(NULL, 0, NULL, 0);
        assert_int_equal(open_descriptors(), before + 1);
        close(fd);
        assert_int_equal(exeseal_clone_memory(pattern, SIZE, NULL, 1, NULL, 0), -EINVAL);
        assert_int_equal(clone_requiring(file, EXESEAL_GUARANTEE_X_SEALED | EXESEAL_GUARANTEE_PEER_SEALED, NULL),
                         -EOPNOTSUPP);
        assert_int_equal(open_descriptors(), before);
    }
    close(null);
    close(sealed);
    close(setuid);
    close(file);
}

/* --- the lesser promises --- */

struct lesser {
    uint32_t strategy;
    uint64_t guarantees;
    bool rootless; /* see become_rootless */
};

static void clone_by_one_strategy(void *argument) {
    const struct lesser *lesser = argument;
    if (lesser->rootless)
        become_rootless(lesser->strategy);
    int source = open_payload(), before = open_descriptors();
    struct bytes wanted = read_all(source);
    struct exeseal_clone_options options = leave_only(lesser->strategy);
    struct exeseal_report report;
    int fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check(fd >= 3);
    check_equal(report.strategy, lesser->strategy);
    check_equal(report.guarantees & ~EXESEAL_GUARANTEE_STABLE, lesser->guarantees);
    check_equal(report.bytes, wanted.size);
    check_equal(access_mode(fd), O_RDONLY);
    check_equal(permissions_of(fd) & 0111, 0111);
    check(is_close_on_exec(fd));
    check(holds_bytes(fd, wanted.data, wanted.size));
    check_equal(open_descriptors(), before + 1);
    char sealed_by[64];
    snprintf(sealed_by, sizeof sealed_by, "cloned by %s", exeseal_strategy_name(lesser->strategy));
    check(strstr(report_text(&report), sealed_by) != NULL);
    if (lesser->strategy == EXESEAL_STRATEGY_TMPFILE) {
        struct stat file;
        check(fstat(fd, &file) == 0);
        check_equal(file.st_nlink, 0);
        check(strstr(report_text(&report), "memfd: create: EPERM") != NULL);
        check(strstr(report_text(&report), "tmpfs: mount: ENOSYS") != NULL);
    }
    if (lesser->strategy != EXESEAL_STRATEGY_MEMFD && (lesser->guarantees & EXESEAL_GUARANTEE_READ_ONLY) != 0) {
        check(open(proc_path(fd), O_RDWR | O_CLOEXEC) < 0);
        check(errno == EROFS || errno == EACCES || errno == ETXTBSY);
    }
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void each_strategy_promises_what_it_can(void **state) {
    (void)state;
    static const struct lesser each[] = {
        {EXESEAL_STRATEGY_MEMFD, MEMFD_GUARANTEES, false},
        {EXESEAL_STRATEGY_TMPFILE, EXESEAL_GUARANTEE_OWN_PAGES, false},
        {EXESEAL_STRATEGY_TMPFS, EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_OWN_PAGES, false},
        {EXESEAL_STRATEGY_OVERLAY, EXESEAL_GUARANTEE_READ_ONLY, false},
        {EXESEAL_STRATEGY_BIND, EXESEAL_GUARANTEE_READ_ONLY, false},
    };
    for (size_t i = 0; i < COUNT(each); i++) {
        for (int rootless = geteuid() != 0; rootless < 2; rootless++) {
            struct lesser lesser = each[i];
            lesser.rootless = rootless;
            assert_child(clone_by_one_strategy, &lesser);
        }
    }
}

static void require_sealed_without_memfd(void *unused) {
    (void)unused;
    int source = open_payload();
    refuse_system_call(SYS_memfd_create, EPERM);
    struct exeseal_report report;
    check_equal(clone_requiring(source, EXESEAL_GUARANTEE_SEALED, &report), -EPERM);
    static const char *const others[] = {"tmpfs", "tmpfile", "overlay", "bind"};
    for (size_t i = 0; i < COUNT(others); i++) {
        char line[64];
        snprintf(line, sizeof line, "%s: require: EOPNOTSUPP (sealed)", others[i]);
        check(strstr(report_text(&report), line) != NULL);
    }
    check_equal(report.strategy, EXESEAL_STRATEGY_NONE);
}

static void nothing_takes_over_where_sealed_is_required(void **state) {
    (void)state;
    assert_child(require_sealed_without_memfd, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_becomes_a_sealed_memfd),
        cmocka_unit_test(file_is_cloned_whole_whatever_its_position),
        cmocka_unit_test(pipe_is_read_to_its_end),
        cmocka_unit_test(nonblocking_pipe_is_waited_for),
        cmocka_unit_test(stream_socket_is_read_to_its_end),
        cmocka_unit_test(named_fifo_is_read_to_its_end),
        cmocka_unit_test(memory_becomes_a_sealed_memfd),
        cmocka_unit_test(running_program_becomes_a_sealed_memfd),
        cmocka_unit_test(running_program_is_not_found_by_its_path),
        cmocka_unit_test(path_descriptor_is_a_source),
        cmocka_unit_test(writable_descriptor_is_a_source),
        cmocka_unit_test(errno_is_left_alone),
        cmocka_unit_test(no_descriptor_leaks),
        cmocka_unit_test(each_strategy_promises_what_it_can),
        cmocka_unit_test(nothing_takes_over_where_sealed_is_required),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
