/* SPDX-License-Identifier: MIT */
/*
 * A store to the source after the clone, through another descriptor or through a shared mapping.
 * The latter emulates the effect of the page-cache bugs (Dirty Pipe, CVE-2022-0847) on a kernel
 * without them. The store is visible in the source (the control) and not in the copy.
 */
#include "support.h"

#include "sandbox.h"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/uio.h>

enum { SIZE = 1 << 20 };

static unsigned char *pattern;

struct source {
    struct temp_directory directory;
    char path[256];
    int reader, writer, copy;
};

static struct source clone_source(const struct exeseal_clone_options *options) {
    struct source source = {.directory = make_temp_directory()};
    snprintf(source.path, sizeof source.path, "%s", make_file(&source.directory, "source", pattern, SIZE, 0755));
    source.reader = open(source.path, O_RDONLY | O_CLOEXEC);
    source.copy = exeseal_clone(source.reader, options, sizeof *options, NULL, 0);
    source.writer = open(source.path, O_RDWR | O_CLOEXEC);
    check(source.reader >= 0 && source.copy >= 3 && source.writer >= 0);
    return source;
}

static void check_only_the_source_changed(const struct source *source) {
    check(!holds_bytes(source->reader, pattern, SIZE)); /* control: the store is visible */
    check(holds_bytes(source->copy, pattern, SIZE));
    remove_temp_directory(&source->directory);
}

static void by_write(const struct source *source) {
    check(pwrite(source->writer, "changed", 7, 4096) == 7);
}

static void by_shared_mapping(const struct source *source) {
    unsigned char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, source->writer, 0);
    check(map != MAP_FAILED);
    for (size_t i = 0; i < SIZE; i += 4096)
        map[i] ^= 0xff;
    munmap(map, SIZE);
}

static void by_truncating(const struct source *source) {
    check(ftruncate(source->writer, 0) == 0);
}

static void by_punching_a_hole(const struct source *source) {
    if (fallocate(source->writer, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, SIZE / 2) < 0)
        child_skip("no holes in the file system of the temporary directory");
}

struct store {
    void (*change)(const struct source *);
    uint32_t strategy;
};

static void store_after_cloning(void *argument) {
    const struct store *store = argument;
    struct exeseal_clone_options options = leave_only(store->strategy);
    struct source source = clone_source(&options);
    store->change(&source);
    check_only_the_source_changed(&source);
}

static void assert_not_in_the_copy(const char *name, void (*change)(const struct source *)) {
    static const uint32_t copying[] = {EXESEAL_STRATEGY_MEMFD, EXESEAL_STRATEGY_TMPFS, EXESEAL_STRATEGY_TMPFILE};
    for (size_t i = 0; i < COUNT(copying); i++) {
        struct store store = {change, copying[i]};
        assert_child_named(name, __FILE__, __LINE__, store_after_cloning, &store);
    }
}

static void write_to_the_source_does_not_reach_the_copy(void **state) {
    (void)state;
    assert_not_in_the_copy(__func__, by_write);
}

static void store_through_a_mapping_does_not_reach_the_copy(void **state) {
    (void)state;
    assert_not_in_the_copy(__func__, by_shared_mapping);
}

static void truncated_source_does_not_reach_the_copy(void **state) {
    (void)state;
    assert_not_in_the_copy(__func__, by_truncating);
}

static void hole_in_the_source_does_not_reach_the_copy(void **state) {
    (void)state;
    assert_not_in_the_copy(__func__, by_punching_a_hole);
}

/* --- what a lease does not detect: a page that was pinned before --- */

/* A page of memory that io_uring can store to, whatever is mapped at its address later. */
struct pin {
    int ring;
    unsigned char *queue;
    struct io_uring_sqe *entry;
    struct io_uring_params parameters;
    void *page;
};

static struct pin pin_page(void *page) {
    struct pin pin = {.page = page};
    struct iovec buffer = {page, 4096};
    pin.ring = (int)syscall(SYS_io_uring_setup, 1, &pin.parameters);
    if (pin.ring < 0)
        child_skip("no io_uring here");
    if (syscall(SYS_io_uring_register, pin.ring, IORING_REGISTER_BUFFERS, &buffer, 1) < 0)
        child_skip("io_uring registers no buffers here");
    const struct io_sqring_offsets *offsets = &pin.parameters.sq_off;
    pin.queue = mmap(NULL, offsets->array + sizeof(unsigned), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                     pin.ring, IORING_OFF_SQ_RING);
    pin.entry =
        mmap(NULL, sizeof *pin.entry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, pin.ring, IORING_OFF_SQES);
    check(pin.queue != MAP_FAILED && pin.entry != MAP_FAILED);
    return pin;
}

static void store_to_pinned_page(const struct pin *pin, int from) {
    *pin->entry =
        (struct io_uring_sqe){.opcode = IORING_OP_READ_FIXED, .fd = from, .addr = (uintptr_t)pin->page, .len = 4096};
    *(unsigned *)(pin->queue + pin->parameters.sq_off.array) = 0;
    __atomic_add_fetch((unsigned *)(pin->queue + pin->parameters.sq_off.tail), 1, __ATOMIC_RELEASE);
    check(syscall(SYS_io_uring_enter, pin->ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
}

static int clone_with_proof(int source) {
    struct exeseal_clone_options options = {.require = EXESEAL_GUARANTEE_STABLE};
    struct exeseal_report report;
    int copy = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check(copy < 0 || report.evidence == EXESEAL_EVIDENCE_LEASE);
    return copy;
}

/* Both copies are STABLE because no writer could be found; yet the source changed between them. */
static void store_to_page_below_a_lease(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory_in("/dev/shm");
    const char *path = make_file(&directory, "source", pattern, SIZE, 0755);
    int writer = open(path, O_RDWR | O_CLOEXEC), reader = open(path, O_RDONLY | O_CLOEXEC);
    int zeros = make_memfd(NULL, 0, 0600, 0);
    check(zeros >= 0 && ftruncate(zeros, 4096) == 0);
    unsigned char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
    check(map != MAP_FAILED);
    int while_mapped = clone_with_proof(reader);
    struct pin pin = pin_page(map);
    munmap(map, SIZE);
    close(writer);
    int before = clone_with_proof(reader);
    store_to_pinned_page(&pin, zeros);
    int after = clone_with_proof(reader);
    remove_temp_directory(&directory);
    /* control: a writer that the kernel knows of is detected */
    check_equal(while_mapped, -EOPNOTSUPP);
    check(holds_bytes(before, pattern, SIZE));
    check(after >= 3 && !holds_bytes(after, pattern, SIZE));
}

/* exeseal(7) documents this limit of EXESEAL_EVIDENCE_LEASE. If this check fails, the kernel
 * detects pinned pages and that sentence can go. */
static void limit_of_a_lease_is_a_page_pinned_before(void **state) {
    (void)state;
    assert_child(store_to_page_below_a_lease, NULL);
}

/* The source is a pipe that contains spliced pages of a file. The copy must not share them. */
static void clone_spliced_pipe(void *unused) {
    (void)unused;
    enum { PART = 32768 };
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "source", pattern, SIZE, 0755);
    int reader = open(path, O_RDONLY | O_CLOEXEC), writer = open(path, O_RDWR | O_CLOEXEC), ends[2];
    remove_temp_directory(&directory);
    check(pipe2(ends, O_CLOEXEC) == 0);
    check(splice(reader, NULL, ends[1], NULL, PART, 0) == PART);
    close(ends[1]);
    int copy = clone_of(ends[0]);
    check(copy >= 3);
    unsigned char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
    check(map != MAP_FAILED);
    for (size_t i = 0; i < SIZE; i += 512)
        map[i] ^= 0xff;
    check(!holds_bytes(reader, pattern, SIZE));
    check(holds_bytes(copy, pattern, PART));
}

static void pages_spliced_into_a_pipe_are_not_shared(void **state) {
    (void)state;
    assert_child(clone_spliced_pipe, NULL);
}

/* The caller may change its memory again after the clone. */
static void memory_changed_afterwards_does_not_reach_the_copy(void **state) {
    (void)state;
    unsigned char *bytes = malloc(SIZE);
    memcpy(bytes, pattern, SIZE);
    int copy = exeseal_clone_memory(bytes, SIZE, NULL, 0, NULL, 0);
    memset(bytes, 0, SIZE);
    assert_true(holds_bytes(copy, pattern, SIZE));
    close(copy);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_to_the_source_does_not_reach_the_copy),
        cmocka_unit_test(store_through_a_mapping_does_not_reach_the_copy),
        cmocka_unit_test(truncated_source_does_not_reach_the_copy),
        cmocka_unit_test(hole_in_the_source_does_not_reach_the_copy),
        cmocka_unit_test(limit_of_a_lease_is_a_page_pinned_before),
        cmocka_unit_test(pages_spliced_into_a_pipe_are_not_shared),
        cmocka_unit_test(memory_changed_afterwards_does_not_reach_the_copy),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
