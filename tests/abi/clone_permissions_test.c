/* SPDX-License-Identifier: MIT */
/* Permissions that a copy lacks because its source lacks them, and privileges, which a copy
 * loses. */
#include "clones.h"

#include "sandbox.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

enum { SIZE = 300 * 1000 + 7 }; /* more than a pipe holds, and not a multiple of a page */

static unsigned char *pattern;

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

/* A user outside the source's group may be in the copy's group, and the other way round. */
static void group_and_others_get_what_both_had_in_another_group(void **state) {
    (void)state;
    skip_unless_root();
    static const struct permission_case cases[] = {{0640, 0500}, {0750, 0500}, {0644, 0555}, {0754, 0544},
                                                   {0745, 0544}, {0705, 0500}, {0711, 0511}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int source = unlinked_file("#!/bin/sh\n", 10, cases[i].source);
        assert_int_equal(fchown(source, (uid_t)-1, ORDINARY_USER), 0);
        int fd = clone_of(source);
        assert_is_sealed_memfd(fd, cases[i].copy, "#!/bin/sh\n", 10);
        close(fd);
        close(source);
    }
}

/* --- access control lists, where group bits are a mask --- */

struct access_list {
    uint32_t version;
    struct {
        uint16_t tag, permissions;
        uint32_t id;
    } entries[5];
};

/* A list with all permissions for the owner, and these for the ordinary user, the group and
 * others. */
static struct access_list access_list_of(uint16_t user, uint16_t group, uint16_t others) {
    return (struct access_list){2,
                                {{0x01, 7, UINT32_MAX},
                                 {0x02, user, ORDINARY_USER},
                                 {0x04, group, UINT32_MAX},
                                 {0x10, (uint16_t)(user | group), UINT32_MAX},
                                 {0x20, others, UINT32_MAX}}};
}

static void set_list(const char *path, const char *kind, struct access_list list) {
    if (setxattr(path, kind, &list, sizeof list, 0) < 0)
        child_skip("no access control lists in /dev/shm");
}

static bool opens(int fd) {
    int again = open(proc_path(fd), O_RDONLY | O_CLOEXEC);
    check(again >= 0 || errno == EACCES);
    close(again);
    return again >= 0;
}

struct listed {
    mode_t mode; /* of the source: its group bits are the mask */
    struct access_list list;
};

static void clone_file_with_list(void *argument) {
    const struct listed *listed = argument;
    struct temp_directory directory = make_temp_directory_in("/dev/shm");
    const char *path = make_file(&directory, "listed", pattern, SIZE, 0755);
    int source = open(path, O_RDONLY | O_CLOEXEC), without = clone_of(source);
    set_list(path, "system.posix_acl_access", listed->list);
    int copy = clone_of(source);
    remove_temp_directory(&directory);
    check_equal(permissions_of(source), listed->mode);
    check_equal(permissions_of(copy), 0500);
    /* still in root's group */
    check(setgroups(0, NULL) == 0 && setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) == 0);
    check(prctl(PR_SET_DUMPABLE, 1) == 0);
    check(opens(without)); /* control */
    check(!opens(source) && !opens(copy));
}

static void access_list_leaves_a_copy_to_its_owner(void **state) {
    (void)state;
    skip_unless_root();
    struct listed denied = {0755, access_list_of(0, 5, 5)}, masked = {0750, access_list_of(5, 0, 0)};
    masked.list.entries[1].id = ORDINARY_USER - 1; /* the mask differs from what the group has */
    assert_child(clone_file_with_list, &denied);
    assert_child(clone_file_with_list, &masked);
}

static void clone_where_lists_are_not_told(void *unused) {
    (void)unused;
    int source = open_payload();
    refuse_system_call(SYS_fgetxattr, EPERM);
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_DROP_PRIVILEGES};
    check_equal(permissions_of(exeseal_clone(source, &options, sizeof options, NULL, 0)), 0500);
}

static void access_list_that_cannot_be_asked_for_counts_as_one(void **state) {
    (void)state;
    assert_child(clone_where_lists_are_not_told, NULL);
}

static void clone_into_directory_with_list(void *unused) {
    (void)unused;
    struct temp_directory directory = make_temp_directory_in("/dev/shm");
    set_list(directory.path, "system.posix_acl_default", access_list_of(7, 5, 0));
    int source = unlinked_file(pattern, SIZE, 0750);
    int heir = open(make_file(&directory, "heir", pattern, SIZE, 0750), O_RDONLY | O_CLOEXEC);
    struct exeseal_clone_options options = leave_only(EXESEAL_STRATEGY_TMPFILE);
    options.flags |= EXESEAL_CLONE_TMP_DIRFD;
    options.tmp_dirfd = open(directory.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int copy = exeseal_clone(source, &options, sizeof options, NULL, 0);
    remove_temp_directory(&directory);
    check_equal(permissions_of(copy), 0550);
    check(fgetxattr(copy, "system.posix_acl_access", NULL, 0) < 0);
    become_ordinary_user();
    check(opens(heir)); /* control */
    check(!opens(source) && !opens(copy));
}

static void default_access_list_of_the_directory_is_not_inherited(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(clone_into_directory_with_list, NULL);
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
    int source = open_payload(); /* as root, since the build folder may be closed to other users */
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

/* An O_PATH descriptor of a file that the caller may not read does not make it readable. */
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
    check_equal(last_attempt(&report).step, EXESEAL_STEP_SOURCE);
    check(strcmp(last_attempt(&report).where, "fgetxattr(2)") == 0);
    struct exeseal_clone_options options = {.flags = EXESEAL_CLONE_DROP_PRIVILEGES};
    check(exeseal_clone(source, &options, sizeof options, NULL, 0) >= 3);
}

static void capabilities_that_cannot_be_asked_for_are_an_error(void **state) {
    (void)state;
    static const int errors[] = {EPERM, ENOSYS, EIO, EACCES, ENOMEM, EOPNOTSUPP, ENODATA};
    for (size_t i = 0; i < COUNT(errors); i++) {
        xattr_error = errors[i];
        assert_child(clone_where_capabilities_are_not_told, NULL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permissions_follow_the_source),
        cmocka_unit_test(umask_does_not_reach_a_copy_of_memory),
        cmocka_unit_test(group_and_others_get_what_both_had_in_another_group),
        cmocka_unit_test(access_list_leaves_a_copy_to_its_owner),
        cmocka_unit_test(access_list_that_cannot_be_asked_for_counts_as_one),
        cmocka_unit_test(default_access_list_of_the_directory_is_not_inherited),
        cmocka_unit_test(ordinary_user_clones_a_file_of_root),
        cmocka_unit_test(path_descriptor_does_not_get_around_permissions),
        cmocka_unit_test(setuid_file_is_refused_unless_accepted),
        cmocka_unit_test(setgid_file_is_refused_unless_accepted),
        cmocka_unit_test(file_capabilities_are_refused_unless_accepted),
        cmocka_unit_test(capabilities_that_cannot_be_asked_for_are_an_error),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
