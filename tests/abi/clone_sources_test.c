/* SPDX-License-Identifier: MIT */
/* Sources that cannot be cloned, each with its errno. */
#include "clones.h"

#include <sys/mman.h>
#include <sys/socket.h>

enum { SIZE = 300 * 1000 + 7 }; /* more than a pipe holds, and not a multiple of a page */

static unsigned char *pattern;

static void assert_refuses(int source, int error, uint32_t step) {
    struct exeseal_report report;
    assert_failed_at(exeseal_clone(source, NULL, 0, &report, sizeof report), error, &report, step);
}

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
        int fd = open(devices[i], O_RDONLY | O_CLOEXEC), path = open(devices[i], O_PATH | O_CLOEXEC);
        assert_true(fd >= 0 && path >= 0);
        assert_refuses(fd, ENODEV, EXESEAL_STEP_SOURCE);
        assert_refuses(path, ENODEV, EXESEAL_STEP_SOURCE);
        close(fd);
        close(path);
    }
}

/* Such sockets keep records, and the end of a long record would be lost. */
static void sockets_that_keep_records_are_enodev(void **state) {
    (void)state;
    static const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < COUNT(types); i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, types[i] | SOCK_CLOEXEC, 0, ends), 0);
        assert_int_equal(send(ends[1], pattern, 40000, 0), 40000);
        assert_refuses(ends[0], ENODEV, EXESEAL_STEP_SOURCE);
        char byte;
        /* the source was not read */
        assert_int_equal(recv(ends[0], &byte, sizeof byte, MSG_TRUNC), 40000);
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

/* Reading that memory in this process would raise SIGBUS. */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(negative_descriptors_are_ebadf),
        cmocka_unit_test(closed_descriptors_are_ebadf),
        cmocka_unit_test(write_only_descriptors_are_ebadf),
        cmocka_unit_test(directory_is_eisdir),
        cmocka_unit_test(device_is_enodev),
        cmocka_unit_test(sockets_that_keep_records_are_enodev),
        cmocka_unit_test(empty_sources_are_enoexec),
        cmocka_unit_test(unreadable_memory_is_efault),
        cmocka_unit_test(mapping_of_a_file_cut_short_is_efault),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
