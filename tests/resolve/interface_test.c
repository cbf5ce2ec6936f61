/* SPDX-License-Identifier: MIT */
/* The interface of exeseal_resolve: struct sizes, truncated texts, errno and descriptors. */
#include "resolution.h"

enum { LARGEST = 4096 };

static int resolve_sized(const void *options, size_t options_size, void *resolution, size_t resolution_size) {
    return exeseal_resolve("/nothing", NULL, NULL, options, options_size, resolution, resolution_size, NULL, 0);
}

static void options_of_any_version(void **state) {
    (void)state;
    unsigned char options[LARGEST + 8] = {0};
    const size_t known = sizeof(struct exeseal_resolve_options);
    assert_int_equal(known, 8);
    assert_int_equal(resolve_sized(NULL, 0, NULL, 0), -ENOENT);
    assert_int_equal(resolve_sized(NULL, known, NULL, 0), -EINVAL);
    for (size_t size = 0; size < known; size++)
        assert_int_equal(resolve_sized(options, size, NULL, 0), -EINVAL);
    assert_int_equal(resolve_sized(options, known, NULL, 0), -ENOENT);
    assert_int_equal(resolve_sized(options, LARGEST, NULL, 0), -ENOENT);
    assert_int_equal(resolve_sized(options, LARGEST + 1, NULL, 0), -E2BIG);
    options[known] = 1;
    assert_int_equal(resolve_sized(options, known, NULL, 0), -ENOENT);
    assert_int_equal(resolve_sized(options, known + 1, NULL, 0), -E2BIG);
}

static void unknown_flags_are_rejected(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        struct exeseal_resolve_options options = {.flags = (uint64_t)1 << bit};
        bool is_known = options.flags == EXESEAL_RESOLVE_SCRIPT;
        assert_int_equal(resolve_sized(&options, sizeof options, NULL, 0), is_known ? -ENOENT : -EINVAL);
    }
}

static void resolutions_of_any_version(void **state) {
    (void)state;
    static unsigned char resolution[LARGEST + 8];
    enum { FIRST = 4040 };
    assert_int_equal(sizeof(struct exeseal_resolution), FIRST);
    assert_int_equal(resolve_sized(NULL, 0, NULL, FIRST), -EINVAL);
    for (size_t size = 0; size < FIRST; size += 511)
        assert_int_equal(resolve_sized(NULL, 0, resolution, size), -EINVAL);
    assert_int_equal(resolve_sized(NULL, 0, resolution, LARGEST + 1), -E2BIG);
    memset(resolution, '#', sizeof resolution);
    assert_int_equal(resolve_sized(NULL, 0, resolution, LARGEST), -ENOENT);
    for (size_t i = 0; i < sizeof resolution; i++)
        assert_int_equal(resolution[i], i < LARGEST ? 0 : '#');
}

static void null_arguments(void **state) {
    (void)state;
    char why[8] = "#######";
    assert_int_equal(exeseal_resolve(NULL, NULL, NULL, NULL, 0, NULL, 0, NULL, 0), -EINVAL);
    assert_int_equal(exeseal_resolve("/nothing", NULL, NULL, NULL, 0, NULL, 0, NULL, 1), -EINVAL);
    assert_int_equal(exeseal_resolve("/nothing", NULL, NULL, NULL, 0, NULL, 0, why, 0), -ENOENT);
    assert_string_equal(why, "#######");
    assert_int_equal(exeseal_resolve(NULL, NULL, NULL, NULL, 0, NULL, 0, why, sizeof why), -EINVAL);
    assert_string_equal(why, "");
}

static void why_is_cut_to_its_size(void **state) {
    (void)state;
    char whole[256], cut[256];
    assert_int_equal(exeseal_resolve("/", NULL, NULL, NULL, 0, NULL, 0, whole, sizeof whole), -EPERM);
    assert_string_equal(whole, "/: a directory\n");
    for (size_t size = 1; size <= sizeof cut - 1; size++) {
        memset(cut, '#', sizeof cut);
        assert_int_equal(exeseal_resolve("/", NULL, NULL, NULL, 0, NULL, 0, cut, size), -EPERM);
        size_t length = size - 1 < strlen(whole) ? size - 1 : strlen(whole);
        assert_int_equal(strlen(cut), length);
        assert_memory_equal(cut, whole, length);
        assert_int_equal(cut[size], '#');
    }
}

static void errno_stays_as_it_was(void **state) {
    (void)state;
    errno = 4711;
    assert_int_equal(exeseal_resolve("/nothing", NULL, NULL, NULL, 0, NULL, 0, NULL, 0), -ENOENT);
    assert_int_equal(errno, 4711);
    assert_int_equal(exeseal_resolve("", NULL, NULL, NULL, 0, NULL, 0, NULL, 0), -EINVAL);
    assert_int_equal(errno, 4711);
}

static void resolve_without_standard_descriptors(void *unused) {
    (void)unused;
    enter_empty_root();
    make_program_tree();
    close(0);
    close(1);
    resolve(PROGRAM);
    int fd = resolved.fd;
    check(fd >= 3 && is_close_on_exec(fd));
    check(fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0);
    check_found_at(PROGRAM);
}

static void descriptors_0_to_2_are_left_alone(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_without_standard_descriptors, NULL);
}

static void resolve_and_count(void *unused) {
    (void)unused;
    enter_empty_root();
    make_program_tree();
    put_file("/usr/bin/runc", "#!/bin/sh\nexec /dir/bin/runc \"$@\"\n", 0755, 0);
    put_file("/usr/bin/bad", "#!/bin/sh\nexec /dir/bad \"$@\"\n", 0755, 0);
    put_link("/dir/link", "/dir/bin/runc");
    int before = open_descriptors();
    resolve("/dir/link");
    check_found_at(PROGRAM);
    resolve("runc");
    check_found_at(PROGRAM);
    resolve("bad");
    check_equal(resolved.fd, -EPERM);
    check_equal(open_descriptors(), before);
}

static void no_descriptor_is_left(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_and_count, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_any_version),
        cmocka_unit_test(unknown_flags_are_rejected),
        cmocka_unit_test(resolutions_of_any_version),
        cmocka_unit_test(null_arguments),
        cmocka_unit_test(why_is_cut_to_its_size),
        cmocka_unit_test(errno_stays_as_it_was),
        cmocka_unit_test(descriptors_0_to_2_are_left_alone),
        cmocka_unit_test(no_descriptor_is_left),
    };
    return run_all(tests);
}
