/* SPDX-License-Identifier: MIT */
/* exeseal_clone, exeseal_clone_self, exeseal_clone_memory: what comes out, and which errno when nothing does. */
#include "support.h"

#include "sandbox.h"

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

enum { SIZE = 300 * 1000 + 7 }; /* more than a pipe holds, and no whole pages */

/* What a copy in a memfd promises, whatever the evidence says. */
static const uint64_t MEMFD_GUARANTEES = EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED |
                                         EXESEAL_GUARANTEE_OWN_PAGES | EXESEAL_GUARANTEE_PEER_SEALED |
                                         EXESEAL_GUARANTEE_LANDLOCK;

static unsigned char *pattern;

static void assert_is_sealed_memfd(int fd, mode_t permissions, const void *data, size_t size) {
    assert_true(fd >= 3);
    assert_int_equal(seals_of(fd), PEER_SEALS);
    assert_int_equal(permissions_of(fd), permissions);
    assert_int_equal(access_mode(fd), O_RDONLY);
    assert_true(is_close_on_exec(fd));
    assert_true(holds_bytes(fd, data, size));
}

static void assert_link_reads(int fd, const char *wanted) {
    char text[128] = "";
    assert_true(readlink(proc_path(fd), text, sizeof text - 1) > 0);
    assert_string_equal(text, wanted);
}

/* The call failed with this errno, its report says at which step, and the text names both. */
static void assert_failed_at(int result, int error, const struct exeseal_report *report, uint32_t step) {
    assert_int_equal(result, -error);
    struct exeseal_attempt attempt = last_attempt(report);
    assert_int_equal(attempt.error, error);
    assert_int_equal(attempt.step, step);
    assert_non_null(strstr(report_text(report), exeseal_step_name(step)));
    assert_int_equal(report->strategy, EXESEAL_STRATEGY_NONE);
    assert_int_equal(report->guarantees, 0);
    assert_int_equal(report->bytes, 0);
}

static void assert_refuses(int source, int error, uint32_t step) {
    struct exeseal_report report;
    assert_failed_at(exeseal_clone(source, NULL, 0, &report, sizeof report), error, &report, step);
}

/* --- what comes out --- */

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
    assert_int_equal(report.attempts, 1); /* there was nothing to reuse, and so it was not tried */
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

/* The path of the running program names another file by now. */
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
    check(read(output[0], &byte, 1) == 1); /* it is up */
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
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_TIMES); /* there is a writer: the caller */
    close(fd);
    close(source);
    close(file);
}

/* --- permissions --- */

struct permission_case {
    mode_t source, copy;
};

static const struct permission_case PERMISSIONS[] = {
    {0755, 0555}, {0700, 0500}, {0711, 0511}, {0644, 0555}, {0600, 0500}, {0750, 0550}, {0777, 0555}, {0555, 0555},
    {0640, 0550}, {0500, 0500}, {0400, 0500}, {0444, 0555}, {0666, 0555}, {0511, 0511}, {0744, 0544},
};

static void permissions_follow_the_source(void **state) {
    (void)state;
    static const mode_t masks[] = {022, 077, 0777, 0};
    for (size_t i = 0; i < COUNT(PERMISSIONS); i++) {
        int source = unlinked_file("#!/bin/sh\n", 10, PERMISSIONS[i].source);
        for (size_t m = 0; m < COUNT(masks); m++) {
            mode_t before = umask(masks[m]);
            int fd = clone_of(source);
            umask(before);
            assert_is_sealed_memfd(fd, PERMISSIONS[i].copy, "#!/bin/sh\n", 10);
            close(fd);
        }
        close(source);
    }
}

static void umask_does_not_reach_a_copy_of_memory(void **state) {
    (void)state;
    mode_t before = umask(077);
    int fd = exeseal_clone_memory(pattern, 10, NULL, 0, NULL, 0);
    umask(before);
    assert_is_sealed_memfd(fd, 0555, pattern, 10);
    close(fd);
}

/* Those who were others to the source may be the group of the copy. */
static void group_bits_are_those_of_others_in_another_group(void **state) {
    (void)state;
    skip_unless_root();
    static const struct permission_case cases[] = {{0640, 0500}, {0750, 0500}, {0644, 0555},
                                                   {0754, 0544}, {0745, 0545}, {0711, 0511}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int source = unlinked_file("#!/bin/sh\n", 10, cases[i].source);
        assert_int_equal(fchown(source, (uid_t)-1, ORDINARY_USER), 0);
        int fd = clone_of(source);
        assert_is_sealed_memfd(fd, cases[i].copy, "#!/bin/sh\n", 10);
        close(fd);
        close(source);
    }
}

static void clone_readable_file_as_ordinary_user(void *argument) {
    become_ordinary_user();
    int fd = clone_of(*(const int *)argument);
    check(fd >= 3);
    check_equal(seals_of(fd), PEER_SEALS);
    check_equal(permissions_of(fd), 0555);
}

static void ordinary_user_clones_a_file_of_root(void **state) {
    (void)state;
    skip_unless_root();
    int source = open_payload(); /* as root: the build may lie where nobody else may look */
    assert_child(clone_readable_file_as_ordinary_user, &source);
    close(source);
}

static void clone_unreadable_path_as_ordinary_user(void *argument) {
    int source = *(const int *)argument;
    become_ordinary_user();
    struct exeseal_report report;
    check_equal(exeseal_clone(source, NULL, 0, &report, sizeof report), -EACCES);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_SOURCE);
}

/* An O_PATH descriptor of a file that the caller may not read gives nothing away. */
static void path_descriptor_does_not_get_around_permissions(void **state) {
    (void)state;
    skip_unless_root();
    int file = unlinked_file(pattern, SIZE, 0711);
    int source = open(proc_path(file), O_PATH | O_CLOEXEC);
    assert_child(clone_unreadable_path_as_ordinary_user, &source);
    close(source);
    close(file);
}

/* --- privileges --- */

static void assert_needs_drop_privileges(int source, const char *what) {
    struct exeseal_report report;
    assert_failed_at(exeseal_clone(source, NULL, 0, &report, sizeof report), EPERM, &report, EXESEAL_STEP_PRIVILEGES);
    assert_string_equal(last_attempt(&report).where, what);
    assert_non_null(strstr(report_text(&report), "EXESEAL_CLONE_DROP_PRIVILEGES"));

    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_DROP_PRIVILEGES};
    int fd = exeseal_clone(source, &options, sizeof options, NULL, 0);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_true(fgetxattr(fd, "security.capability", NULL, 0) < 0);
    close(fd);
    close(source);
}

static void setuid_file_is_refused_unless_accepted(void **state) {
    (void)state;
    assert_needs_drop_privileges(unlinked_file(pattern, SIZE, 04755), "setuid");
}

static void setgid_file_is_refused_unless_accepted(void **state) {
    (void)state;
    assert_needs_drop_privileges(unlinked_file(pattern, SIZE, 02755), "setgid");
}

static void file_capabilities_are_refused_unless_accepted(void **state) {
    (void)state;
    skip_unless_root();
    int source = unlinked_file(pattern, SIZE, 0755);
    struct vfs_cap_data capabilities = {.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE};
    capabilities.data[0].permitted = 1U << CAP_NET_BIND_SERVICE;
    if (fsetxattr(source, "security.capability", &capabilities, sizeof capabilities, 0) < 0) {
        close(source);
        skip_because("no file capabilities can be set here");
    }
    assert_needs_drop_privileges(source, "security.capability");
}

static int xattr_error;

static void clone_where_capabilities_are_not_told(void *unused) {
    (void)unused;
    int source = open_payload();
    refuse_system_call(SYS_fgetxattr, xattr_error);
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    if (xattr_error == EOPNOTSUPP || xattr_error == ENODATA) {
        check(fd >= 3);
        return;
    }
    check_equal(fd, -xattr_error);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_PRIVILEGES);
    check(strcmp(last_attempt(&report).where, "security.capability") == 0);
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_DROP_PRIVILEGES};
    check(exeseal_clone(source, &options, sizeof options, NULL, 0) >= 3);
}

static void capabilities_that_cannot_be_asked_for_are_an_error(void **state) {
    (void)state;
    static const int errors[] = {EIO, EACCES, ENOMEM, EOPNOTSUPP, ENODATA};
    for (size_t i = 0; i < COUNT(errors); i++) {
        xattr_error = errors[i];
        assert_child(clone_where_capabilities_are_not_told, NULL);
    }
}

/* --- errors of the source --- */

static void negative_descriptors_are_ebadf(void **state) {
    (void)state;
    static const int numbers[] = {-1, -2, -9, AT_FDCWD, -4096, INT32_MIN, INT32_MIN + 1};
    for (size_t i = 0; i < COUNT(numbers); i++)
        assert_refuses(numbers[i], EBADF, EXESEAL_STEP_SOURCE);
}

static void closed_descriptors_are_ebadf(void **state) {
    (void)state;
    assert_refuses(1023, EBADF, EXESEAL_STEP_SOURCE);
    assert_refuses(INT32_MAX, EBADF, EXESEAL_STEP_SOURCE);
}

static void write_only_descriptors_are_ebadf(void **state) {
    (void)state;
    int file = unlinked_file(pattern, SIZE, 0755), ends[2];
    int writer = open(proc_path(file), O_WRONLY | O_CLOEXEC);
    assert_refuses(writer, EBADF, EXESEAL_STEP_SOURCE);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_refuses(ends[1], EBADF, EXESEAL_STEP_SOURCE);
    close(ends[0]);
    close(ends[1]);
    close(writer);
    close(file);
}

static void directory_is_eisdir(void **state) {
    (void)state;
    int readable = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), path = open("/", O_PATH | O_CLOEXEC);
    assert_refuses(readable, EISDIR, EXESEAL_STEP_SOURCE);
    assert_refuses(path, EISDIR, EXESEAL_STEP_SOURCE);
    close(readable);
    close(path);
}

static void device_is_enodev(void **state) {
    (void)state;
    static const char *const devices[] = {"/dev/zero", "/dev/null"};
    for (size_t i = 0; i < COUNT(devices); i++) {
        int fd = open(devices[i], O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_refuses(fd, ENODEV, EXESEAL_STEP_SOURCE);
        close(fd);
    }
}

/* They keep records, and the end of a long one would be lost. */
static void sockets_that_keep_records_are_enodev(void **state) {
    (void)state;
    static const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < COUNT(types); i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, types[i] | SOCK_CLOEXEC, 0, ends), 0);
        assert_int_equal(send(ends[1], pattern, 40000, 0), 40000);
        assert_refuses(ends[0], ENODEV, EXESEAL_STEP_SOURCE);
        char byte;
        assert_int_equal(recv(ends[0], &byte, sizeof byte, MSG_TRUNC), 40000); /* not even looked at */
        close(ends[0]);
        close(ends[1]);
    }
}

static void empty_sources_are_enoexec(void **state) {
    (void)state;
    int file = unlinked_file("", 0, 0755), ends[2];
    assert_refuses(file, ENOEXEC, EXESEAL_STEP_SOURCE);
    close(file);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    close(ends[1]);
    assert_refuses(ends[0], ENOEXEC, EXESEAL_STEP_SOURCE);
    close(ends[0]);
    struct exeseal_report report;
    assert_failed_at(exeseal_clone_memory(pattern, 0, NULL, 0, &report, sizeof report), ENOEXEC, &report,
                     EXESEAL_STEP_SOURCE);
}

static void unreadable_memory_is_efault(void **state) {
    (void)state;
    struct exeseal_report report;
    assert_failed_at(exeseal_clone_memory(NULL, 10, NULL, 0, &report, sizeof report), EFAULT, &report,
                     EXESEAL_STEP_ARGUMENT);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(pages, MAP_FAILED);
    memset(pages, 1, page);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    assert_failed_at(exeseal_clone_memory(pages, 2 * page, NULL, 0, &report, sizeof report), EFAULT, &report,
                     EXESEAL_STEP_COPY);
    munmap(pages, 2 * page);
}

/* Reading it in this process would be SIGBUS. */
static void mapping_of_a_file_cut_short_is_efault(void **state) {
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int file = make_memfd(pattern, 4 * page, 0600, 0);
    void *pages = mmap(NULL, 4 * page, PROT_READ, MAP_SHARED, file, 0);
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(ftruncate(file, (off_t)page), 0);
    assert_int_equal(exeseal_clone_memory(pages, 4 * page, NULL, 0, NULL, 0), -EFAULT);
    munmap(pages, 4 * page);
    close(file);
}

/* --- errors of the options --- */

static void wrong_struct_sizes_are_refused(void **state) {
    (void)state;
    struct {
        struct exeseal_clone_options options;
        unsigned char later[5000];
    } larger = {0};
    size_t known = sizeof larger.options;
    struct exeseal_report report;
    static const size_t small[] = {0, 1, 8, sizeof(struct exeseal_clone_options) - 1};
    for (size_t i = 0; i < COUNT(small); i++)
        assert_failed_at(exeseal_clone_memory(pattern, 10, &larger.options, small[i], &report, sizeof report), EINVAL,
                         &report, EXESEAL_STEP_ARGUMENT);
    assert_failed_at(exeseal_clone_memory(pattern, 10, NULL, known, &report, sizeof report), EINVAL, &report,
                     EXESEAL_STEP_ARGUMENT);

    /* A newer caller: what this library does not know may be there as long as it is zero. */
    int fd = exeseal_clone_memory(pattern, 10, &larger.options, known + 64, NULL, 0);
    assert_is_sealed_memfd(fd, 0555, pattern, 10);
    close(fd);
    larger.later[63] = 1;
    assert_failed_at(exeseal_clone_memory(pattern, 10, &larger.options, known + 64, &report, sizeof report), E2BIG,
                     &report, EXESEAL_STEP_ARGUMENT);
    larger.later[63] = 0;
    assert_failed_at(exeseal_clone_memory(pattern, 10, &larger.options, 4097, &report, sizeof report), E2BIG, &report,
                     EXESEAL_STEP_ARGUMENT);
    assert_int_equal(exeseal_clone_memory(pattern, 10, &larger.options, SIZE_MAX, NULL, 0), -E2BIG);
}

static void wrong_report_sizes_are_refused_before_anything_is_done(void **state) {
    (void)state;
    struct {
        struct exeseal_report report;
        unsigned char later[64];
    } larger;
    size_t known = sizeof larger.report;
    int before = open_descriptors();
    memset(&larger, 0x5a, sizeof larger);
    assert_int_equal(exeseal_clone_memory(pattern, 10, NULL, 0, &larger.report, known - 1), -EINVAL);
    assert_int_equal(exeseal_clone_memory(pattern, 10, NULL, 0, &larger.report, 0), -EINVAL);
    assert_int_equal(exeseal_clone_memory(pattern, 10, NULL, 0, NULL, known), -EINVAL);
    assert_int_equal(larger.later[0], 0x5a);
    assert_int_equal(open_descriptors(), before);

    int fd = exeseal_clone_memory(pattern, 10, NULL, 0, &larger.report, sizeof larger);
    assert_true(fd >= 3);
    assert_int_equal(larger.report.strategy, EXESEAL_STRATEGY_MEMFD);
    for (size_t i = 0; i < sizeof larger.later; i++)
        assert_int_equal(larger.later[i], 0);
    close(fd);
}

static void assert_options_refused(const struct exeseal_clone_options *options, int error, const char *what) {
    struct exeseal_report report;
    assert_failed_at(exeseal_clone_memory(pattern, 10, options, sizeof *options, &report, sizeof report), error,
                     &report, EXESEAL_STEP_ARGUMENT);
    assert_string_equal(last_attempt(&report).where, what);
}

static void unknown_flags_bits_and_modes_are_einval(void **state) {
    (void)state;
    for (int bit = 2; bit < 64; bit++) {
        struct exeseal_clone_options options = {.flags = (uint64_t)1 << bit};
        assert_options_refused(&options, EINVAL, "flags");
    }
    for (uint32_t bit = 0; bit < 64; bit++) {
        struct exeseal_clone_options options = {.require = (uint64_t)1 << bit};
        if (exeseal_guarantee_name(bit) == NULL)
            assert_options_refused(&options, EINVAL, "require");
    }
    static const uint32_t modes[] = {3, 4, 255, UINT32_MAX};
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct exeseal_clone_options options = {.mode = modes[i]};
        assert_options_refused(&options, EINVAL, "mode");
    }
}

static void bad_names_are_einval(void **state) {
    (void)state;
    struct exeseal_clone_options slash = {.name = "bin/runc"}, endless = {0};
    memset(endless.name, 'x', sizeof endless.name);
    assert_options_refused(&slash, EINVAL, "name");
    assert_options_refused(&endless, EINVAL, "name");
}

static void tmp_dirfd_counts_only_with_its_flag(void **state) {
    (void)state;
    struct exeseal_clone_options options = {.tmp_dirfd = -1};
    int fd = exeseal_clone_memory(pattern, 10, &options, sizeof options, NULL, 0);
    assert_is_sealed_memfd(fd, 0555, pattern, 10);
    options.flags = EXESEAL_CLONE_TMP_DIRFD;
    static const int numbers[] = {-1, AT_FDCWD, 1023};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        options.tmp_dirfd = numbers[i];
        assert_options_refused(&options, EBADF, "tmp_dirfd");
    }
    options.tmp_dirfd = fd;
    assert_options_refused(&options, ENOTDIR, "tmp_dirfd");
    close(fd);
}

static void misspelt_modes_are_einval(void **state) {
    (void)state;
    static const char *const misspelt[] = {
        "independent-data-cop",
        "independent-data-copy ",
        "Independent-Data-Copy",
        "independent_data_copy",
        " ",
        "ro-shared-pages",
        "ro-shared-page,",
        "automatic",
        "0",
        "memfd",
    };
    for (size_t i = 0; i < COUNT(misspelt); i++) {
        uint32_t mode = 42;
        assert_int_equal(exeseal_mode_parse(misspelt[i], &mode), -EINVAL);
        assert_int_equal(mode, 42);
    }
    uint32_t mode = 42;
    assert_int_equal(exeseal_mode_parse(NULL, &mode), -EINVAL);
    assert_int_equal(exeseal_mode_parse("", NULL), -EINVAL);
}

static void names_lead_back_to_their_numbers(void **state) {
    (void)state;
    uint32_t mode, count;
    for (count = 0; exeseal_mode_name(count) != NULL; count++) {
        assert_int_equal(exeseal_mode_parse(exeseal_mode_name(count), &mode), 0);
        assert_int_equal(mode, count);
    }
    assert_int_equal(count, 3);
    assert_string_equal(exeseal_mode_name(EXESEAL_MODE_AUTOMATIC), "");
    assert_string_equal(exeseal_mode_name(EXESEAL_MODE_INDEPENDENT_DATA_COPY), "independent-data-copy");
    assert_string_equal(exeseal_mode_name(EXESEAL_MODE_RO_SHARED_PAGE), "ro-shared-page");
    uint64_t bits;
    for (count = 0; exeseal_guarantee_name(count) != NULL; count++) {
        assert_int_equal(exeseal_guarantee_parse(exeseal_guarantee_name(count), &bits), 0);
        assert_int_equal(bits, (uint64_t)1 << count);
    }
    assert_int_equal((uint64_t)1 << (count - 1), EXESEAL_GUARANTEE_STABLE);
    assert_string_equal(exeseal_strategy_name(EXESEAL_STRATEGY_TMPFILE), "tmpfile");
    assert_null(exeseal_strategy_name(EXESEAL_STRATEGY_TMPFILE + 1));
    assert_string_equal(exeseal_step_name(EXESEAL_STEP_FORMAT), "format");
    assert_null(exeseal_step_name(EXESEAL_STEP_FORMAT + 1));
    assert_string_equal(exeseal_evidence_name(EXESEAL_EVIDENCE_MEMORY), "memory");
    assert_null(exeseal_evidence_name(UINT32_MAX));
}

static void guarantee_lists_are_parsed(void **state) {
    (void)state;
    uint64_t bits = 7;
    assert_int_equal(exeseal_guarantee_parse("", &bits), 0);
    assert_int_equal(bits, 0);
    assert_int_equal(exeseal_guarantee_parse("sealed,own-pages", &bits), 0);
    assert_int_equal(bits, EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES);
    static const char *const misspelt[] = {"sealed,", ",sealed", "sealed,,stable", "sealed stable", "Sealed", "seal"};
    for (size_t i = 0; i < COUNT(misspelt); i++) {
        bits = 7;
        assert_int_equal(exeseal_guarantee_parse(misspelt[i], &bits), -EINVAL);
        assert_int_equal(bits, 7);
    }
    assert_int_equal(exeseal_guarantee_parse(NULL, &bits), -EINVAL);
    assert_int_equal(exeseal_guarantee_parse("", NULL), -EINVAL);
}

static void version_is_that_of_the_header(void **state) {
    (void)state;
    assert_int_equal(exeseal_version(),
                     EXESEAL_VERSION_MAJOR << 16 | EXESEAL_VERSION_MINOR << 8 | EXESEAL_VERSION_PATCH);
}

/* --- modes and guarantees --- */

static int clone_in_mode(int source, uint32_t mode, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.mode = mode};
    return exeseal_clone(source, &options, sizeof options, report, sizeof *report);
}

static void ro_shared_page_has_no_strategy_and_says_so(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    assert_failed_at(clone_in_mode(source, EXESEAL_MODE_RO_SHARED_PAGE, &report), EOPNOTSUPP, &report,
                     EXESEAL_STEP_REQUIRE);
    assert_non_null(strstr(report_text(&report), "EOPNOTSUPP"));
    assert_non_null(strstr(report_text(&report), "ro-shared-page"));
    assert_non_null(strstr(report_text(&report), "no strategy for this mode"));
    close(source);
}

static void sealed_memfd_is_used_again_in_automatic_mode_only(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0755, PEER_SEALS);
    struct exeseal_report report;
    int again = clone_in_mode(source, EXESEAL_MODE_AUTOMATIC, &report);
    assert_is_sealed_memfd(again, 0755, pattern, SIZE);
    assert_true(is_same_file(again, source));
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_REUSE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_SEALS);
    assert_int_equal(report.guarantees, (MEMFD_GUARANTEES & ~EXESEAL_GUARANTEE_OWN_PAGES) | EXESEAL_GUARANTEE_STABLE);
    assert_int_equal(report.bytes, SIZE);

    int copy = clone_in_mode(source, EXESEAL_MODE_INDEPENDENT_DATA_COPY, &report);
    assert_is_sealed_memfd(copy, 0555, pattern, SIZE);
    assert_false(is_same_file(copy, source));
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    assert_int_equal(report.guarantees, MEMFD_GUARANTEES | EXESEAL_GUARANTEE_STABLE);
    close(copy);
    close(again);
    close(source);
}

static void reuse_is_passed_over_for_what_it_cannot_give(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0755, PEER_SEALS);
    const struct exeseal_clone_options named = {.name = "runc"}, own = {.require = EXESEAL_GUARANTEE_OWN_PAGES},
                                       both = {.name = "runc", .require = EXESEAL_GUARANTEE_OWN_PAGES};
    const struct exeseal_clone_options *const all[] = {&named, &both, &own};
    for (size_t i = 0; i < COUNT(all); i++) {
        struct exeseal_report report;
        int copy = exeseal_clone(source, all[i], sizeof *all[i], &report, sizeof report);
        assert_is_sealed_memfd(copy, 0555, pattern, SIZE);
        assert_false(is_same_file(copy, source));
        assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
        if (all[i] == &own) {
            assert_int_equal(report.attempts, 2);
            assert_int_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_REUSE);
            assert_int_equal(report.attempt[0].step, EXESEAL_STEP_REQUIRE);
            assert_int_equal(report.attempt[0].error, EOPNOTSUPP);
            assert_string_equal(report.attempt[0].where, "own-pages");
        } else { /* a name is no lack: silently */
            assert_int_equal(report.attempts, 1);
            assert_int_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_MEMFD);
        }
        close(copy);
    }
    close(source);
}

static void memfd_that_is_not_sealed_or_not_executable_is_copied(void **state) {
    (void)state;
    static const struct {
        mode_t mode;
        int seals;
        mode_t copy;
    } sources[] = {{0755, 0, 0555},
                   {0755, PEER_SEALS & ~F_SEAL_WRITE, 0555},
                   {0755, PEER_SEALS & ~F_SEAL_SEAL, 0555},
                   {0644, PEER_SEALS, 0555},
                   {0400, PEER_SEALS, 0500},
                   {0000, PEER_SEALS, 0500}};
    for (size_t i = 0; i < COUNT(sources); i++) {
        int source = make_memfd(pattern, SIZE, sources[i].mode, sources[i].seals);
        struct exeseal_report report;
        int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
        assert_is_sealed_memfd(copy, sources[i].copy, pattern, SIZE);
        assert_false(is_same_file(copy, source));
        assert_int_equal(report.attempts, 1);
        close(copy);
        close(source);
    }
}

static void clone_memfd_of_root_as_ordinary_user(void *argument) {
    int source = *(const int *)argument;
    become_ordinary_user();
    struct exeseal_report report;
    int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
    check(copy >= 3 && !is_same_file(copy, source));
    check_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    check_equal(report.attempt[0].strategy, EXESEAL_STRATEGY_REUSE);
    check_equal(report.attempt[0].step, EXESEAL_STEP_VERIFY);
    check_equal(report.attempt[0].error, EACCES);
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(source, argv, NULL, NULL, 0, NULL, 0), -EACCES); /* control */
    check_equal(exeseal_exec_fd(copy, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void sealed_memfd_that_others_may_execute_is_copied(void **state) {
    (void)state;
    skip_unless_root();
    struct bytes program = read_path(built_program("support/payload"));
    int source = make_memfd(program.data, program.size, 0744, PEER_SEALS);
    assert_child(clone_memfd_of_root_as_ordinary_user, &source);
    struct exeseal_report report;
    int again = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_REUSE); /* by root, whom it lets */
    close(again);
    close(source);
    free(program.data);
}

static void execute_payload(void *argument) {
    char *argv[] = {"payload", "exit", "0", NULL};
    exeseal_exec_fd(*(const int *)argument, argv, NULL, NULL, 0, NULL, 0);
    _exit(1);
}

/* Executing one ends in SIGSEGV. */
static void sealed_memfd_of_huge_pages_is_copied(void **state) {
    (void)state;
    enum { HUGE_PAGE = 2 << 20 };
    int source = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);
    void *pages = MAP_FAILED;
    if (source >= 0 && ftruncate(source, HUGE_PAGE) == 0)
        pages = mmap(NULL, HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, source, 0);
    if (pages == MAP_FAILED) {
        close(source);
        skip_because("there are no free huge pages (vm.nr_hugepages)");
    }
    struct bytes program = read_path(built_program("support/payload"));
    assert_true(program.size <= HUGE_PAGE);
    memcpy(pages, program.data, program.size);
    munmap(pages, HUGE_PAGE);
    assert_int_equal(fchmod(source, 0755), 0);
    assert_int_equal(fcntl(source, F_ADD_SEALS, PEER_SEALS), 0);
    struct exeseal_report report;
    int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_true(copy >= 3);
    assert_int_equal(report.strategy, EXESEAL_STRATEGY_MEMFD);
    assert_int_equal(report.attempts, 1);
    assert_int_equal(report.bytes, HUGE_PAGE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_SEALS);
    assert_false(is_same_file(copy, source));
    assert_int_equal(in_child(execute_payload, &copy), 0);
    close(copy);
    close(source);
    free(program.data);
}

/* The descriptor that memfd_create returned counts as no writer, so no lease would prove anything. */
static void unsealed_memfd_gives_no_stable(void **state) {
    (void)state;
    int source = make_memfd(pattern, SIZE, 0755, 0);
    struct exeseal_report report;
    int copy = exeseal_clone(source, NULL, 0, &report, sizeof report);
    assert_true(copy >= 3);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_TIMES);
    assert_int_equal(report.guarantees & EXESEAL_GUARANTEE_STABLE, 0);
    close(copy);
    close(source);
}

static bool kernel_has_exec_seal(void) {
    int fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    bool has = fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC) == 0;
    close(fd);
    return has;
}

static void x_sealed_adds_the_exec_seal(void **state) {
    (void)state;
    struct exeseal_report report;
    int source = unlinked_file(pattern, SIZE, 0755);
    int fd = clone_requiring(source, EXESEAL_GUARANTEE_X_SEALED, &report);
    close(source);
    if (!kernel_has_exec_seal()) {
        assert_int_equal(fd, -EOPNOTSUPP);
        assert_non_null(strstr(report_text(&report), "Linux 6.3"));
        skip_because("F_SEAL_EXEC needs Linux 6.3; the refusal was looked at");
    }
    assert_true(fd >= 3);
    assert_int_equal(seals_of(fd), 0x3f);
    assert_int_equal(permissions_of(fd), 0555);
    assert_true(holds_bytes(fd, pattern, SIZE));
    assert_true((report.guarantees & EXESEAL_GUARANTEE_X_SEALED) != 0);
    assert_true((report.guarantees & EXESEAL_GUARANTEE_SEALED) != 0);
    assert_int_equal(report.guarantees & EXESEAL_GUARANTEE_PEER_SEALED, 0);
    close(fd);
}

static void x_sealed_and_peer_sealed_exclude_each_other(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    int result = clone_requiring(source, EXESEAL_GUARANTEE_X_SEALED | EXESEAL_GUARANTEE_PEER_SEALED, &report);
    assert_failed_at(result, EOPNOTSUPP, &report, EXESEAL_STEP_REQUIRE);
    assert_non_null(strstr(report_text(&report), "memfd: require: EOPNOTSUPP (peer-sealed)"));
    close(source);
}

static void required_guarantees_are_in_the_result(void **state) {
    (void)state;
    for (uint32_t bit = 0; exeseal_guarantee_name(bit) != NULL; bit++) {
        uint64_t wanted = (uint64_t)1 << bit;
        if (wanted == EXESEAL_GUARANTEE_X_SEALED)
            continue; /* above */
        struct exeseal_report report;
        struct exeseal_clone_options options = {.require = wanted};
        int fd = exeseal_clone_memory(pattern, SIZE, &options, sizeof options, &report, sizeof report);
        assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
        assert_true((report.guarantees & wanted) != 0);
        close(fd);
    }
}

static void stable_is_not_to_be_had_of_a_stream_nor_of_a_file_with_a_writer(void **state) {
    (void)state;
    struct exeseal_report report;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    close(ends[1]);
    assert_failed_at(clone_requiring(ends[0], EXESEAL_GUARANTEE_STABLE, &report), EOPNOTSUPP, &report,
                     EXESEAL_STEP_STABILITY);
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), 1); /* not even looked at */
    close(ends[0]);

    int source = unlinked_file(pattern, SIZE, 0755);
    int writer = open(proc_path(source), O_WRONLY | O_CLOEXEC);
    assert_failed_at(clone_requiring(source, EXESEAL_GUARANTEE_STABLE, &report), EOPNOTSUPP, &report,
                     EXESEAL_STEP_STABILITY);
    assert_string_equal(last_attempt(&report).where, "times");
    close(writer);
    close(source);
}

static void own_file_without_a_writer_is_stable_by_lease(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    int probe = open(proc_path(source), O_RDONLY | O_CLOEXEC);
    bool leases = fcntl(probe, F_SETLEASE, F_RDLCK) == 0;
    close(probe);
    if (!leases) {
        close(source);
        skip_because("the file system of the temporary directory gives no leases");
    }
    struct exeseal_report report;
    int fd = clone_requiring(source, EXESEAL_GUARANTEE_STABLE, &report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    assert_int_equal(report.evidence, EXESEAL_EVIDENCE_LEASE);
    close(fd);
    close(source);
}

/* --- name and size --- */

static void name_is_shown_in_proc(void **state) {
    (void)state;
    struct exeseal_clone_options options = {.name = "runc"};
    int fd = exeseal_clone_memory(pattern, 10, &options, sizeof options, NULL, 0);
    assert_is_sealed_memfd(fd, 0555, pattern, 10);
    assert_link_reads(fd, "/memfd:runc (deleted)");
    close(fd);

    char wanted[96];
    memset(options.name, 'n', sizeof options.name - 1);
    fd = exeseal_clone_memory(pattern, 10, &options, sizeof options, NULL, 0);
    snprintf(wanted, sizeof wanted, "/memfd:%s (deleted)", options.name);
    assert_link_reads(fd, wanted);
    close(fd);
}

static int clone_at_most(int source, uint64_t max_bytes, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.max_bytes = max_bytes};
    return exeseal_clone(source, &options, sizeof options, report, sizeof *report);
}

static void assert_clones_at_most(int source, uint64_t max_bytes) {
    struct exeseal_report report;
    int fd = clone_at_most(source, max_bytes, &report);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    close(fd);
}

static void max_bytes_caps_a_file(void **state) {
    (void)state;
    int source = unlinked_file(pattern, SIZE, 0755);
    struct exeseal_report report;
    assert_clones_at_most(source, SIZE);
    assert_clones_at_most(source, SIZE + 1);
    assert_clones_at_most(source, UINT64_MAX);
    static const uint64_t small[] = {1, SIZE / 2, SIZE - 1};
    for (size_t i = 0; i < COUNT(small); i++) {
        assert_failed_at(clone_at_most(source, small[i], &report), EFBIG, &report, EXESEAL_STEP_LIMIT);
        assert_string_equal(last_attempt(&report).where, "max_bytes");
    }
    close(source);
}

static int pipe_of(size_t size) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], pattern, size), (ssize_t)size);
    close(ends[1]);
    return ends[0];
}

static void max_bytes_caps_a_stream(void **state) {
    (void)state;
    enum { SMALL = 60000 };
    struct exeseal_report report;
    static const uint64_t enough[] = {SMALL, SMALL + 1, UINT64_MAX, 0};
    for (size_t i = 0; i < COUNT(enough); i++) {
        int source = pipe_of(SMALL), fd = clone_at_most(source, enough[i], &report);
        assert_is_sealed_memfd(fd, 0555, pattern, SMALL);
        close(fd);
        close(source);
    }
    static const uint64_t small[] = {1, SMALL / 2, SMALL - 1};
    for (size_t i = 0; i < COUNT(small); i++) {
        int source = pipe_of(SMALL);
        assert_failed_at(clone_at_most(source, small[i], &report), EFBIG, &report, EXESEAL_STEP_LIMIT);
        close(source);
    }
}

static void max_bytes_caps_memory(void **state) {
    (void)state;
    struct exeseal_clone_options options = {.max_bytes = SIZE - 1};
    assert_int_equal(exeseal_clone_memory(pattern, SIZE, &options, sizeof options, NULL, 0), -EFBIG);
    options.max_bytes = SIZE;
    int fd = exeseal_clone_memory(pattern, SIZE, &options, sizeof options, NULL, 0);
    assert_is_sealed_memfd(fd, 0555, pattern, SIZE);
    close(fd);
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

/* --- tmpfile, the lesser promise --- */

static void clone_without_memfd(void *unused) {
    (void)unused;
    int source = open_payload(), before = open_descriptors();
    struct bytes wanted = read_all(source);
    refuse_system_call(SYS_memfd_create, EPERM);
    struct exeseal_report report;
    int fd = exeseal_clone(source, NULL, 0, &report, sizeof report);
    check(fd >= 3);
    check_equal(report.strategy, EXESEAL_STRATEGY_TMPFILE);
    check_equal(report.guarantees & ~EXESEAL_GUARANTEE_STABLE, EXESEAL_GUARANTEE_OWN_PAGES);
    check_equal(access_mode(fd), O_RDONLY);
    check_equal(permissions_of(fd), 0555);
    check(is_close_on_exec(fd));
    check(holds_bytes(fd, wanted.data, wanted.size));
    struct stat file;
    check(fstat(fd, &file) == 0);
    check_equal(file.st_nlink, 0);
    check_equal(open_descriptors(), before + 1);
    check(strstr(report_text(&report), "memfd: create: EPERM") != NULL);
    check(strstr(report_text(&report), "sealed by tmpfile") != NULL);
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void tmpfile_takes_over_and_promises_less(void **state) {
    (void)state;
    assert_child(clone_without_memfd, NULL);
}

static void require_sealed_without_memfd(void *unused) {
    (void)unused;
    int source = open_payload();
    refuse_system_call(SYS_memfd_create, EPERM);
    struct exeseal_report report;
    check_equal(clone_requiring(source, EXESEAL_GUARANTEE_SEALED, &report), -EPERM);
    check(strstr(report_text(&report), "tmpfile: require: EOPNOTSUPP (sealed)") != NULL);
    check_equal(report.strategy, EXESEAL_STRATEGY_NONE);
}

static void tmpfile_does_not_take_over_where_sealed_is_required(void **state) {
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
        cmocka_unit_test(permissions_follow_the_source),
        cmocka_unit_test(umask_does_not_reach_a_copy_of_memory),
        cmocka_unit_test(group_bits_are_those_of_others_in_another_group),
        cmocka_unit_test(ordinary_user_clones_a_file_of_root),
        cmocka_unit_test(path_descriptor_does_not_get_around_permissions),
        cmocka_unit_test(setuid_file_is_refused_unless_accepted),
        cmocka_unit_test(setgid_file_is_refused_unless_accepted),
        cmocka_unit_test(file_capabilities_are_refused_unless_accepted),
        cmocka_unit_test(capabilities_that_cannot_be_asked_for_are_an_error),
        cmocka_unit_test(negative_descriptors_are_ebadf),
        cmocka_unit_test(closed_descriptors_are_ebadf),
        cmocka_unit_test(write_only_descriptors_are_ebadf),
        cmocka_unit_test(directory_is_eisdir),
        cmocka_unit_test(device_is_enodev),
        cmocka_unit_test(sockets_that_keep_records_are_enodev),
        cmocka_unit_test(empty_sources_are_enoexec),
        cmocka_unit_test(unreadable_memory_is_efault),
        cmocka_unit_test(mapping_of_a_file_cut_short_is_efault),
        cmocka_unit_test(wrong_struct_sizes_are_refused),
        cmocka_unit_test(wrong_report_sizes_are_refused_before_anything_is_done),
        cmocka_unit_test(unknown_flags_bits_and_modes_are_einval),
        cmocka_unit_test(bad_names_are_einval),
        cmocka_unit_test(tmp_dirfd_counts_only_with_its_flag),
        cmocka_unit_test(misspelt_modes_are_einval),
        cmocka_unit_test(names_lead_back_to_their_numbers),
        cmocka_unit_test(guarantee_lists_are_parsed),
        cmocka_unit_test(version_is_that_of_the_header),
        cmocka_unit_test(ro_shared_page_has_no_strategy_and_says_so),
        cmocka_unit_test(sealed_memfd_is_used_again_in_automatic_mode_only),
        cmocka_unit_test(reuse_is_passed_over_for_what_it_cannot_give),
        cmocka_unit_test(memfd_that_is_not_sealed_or_not_executable_is_copied),
        cmocka_unit_test(sealed_memfd_that_others_may_execute_is_copied),
        cmocka_unit_test(sealed_memfd_of_huge_pages_is_copied),
        cmocka_unit_test(unsealed_memfd_gives_no_stable),
        cmocka_unit_test(x_sealed_adds_the_exec_seal),
        cmocka_unit_test(x_sealed_and_peer_sealed_exclude_each_other),
        cmocka_unit_test(required_guarantees_are_in_the_result),
        cmocka_unit_test(stable_is_not_to_be_had_of_a_stream_nor_of_a_file_with_a_writer),
        cmocka_unit_test(own_file_without_a_writer_is_stable_by_lease),
        cmocka_unit_test(name_is_shown_in_proc),
        cmocka_unit_test(max_bytes_caps_a_file),
        cmocka_unit_test(max_bytes_caps_a_stream),
        cmocka_unit_test(max_bytes_caps_memory),
        cmocka_unit_test(errno_is_left_alone),
        cmocka_unit_test(no_descriptor_leaks),
        cmocka_unit_test(tmpfile_takes_over_and_promises_less),
        cmocka_unit_test(tmpfile_does_not_take_over_where_sealed_is_required),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
