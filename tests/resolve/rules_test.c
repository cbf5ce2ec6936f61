/* SPDX-License-Identifier: MIT */
/* Each rule is violated alone, and the candidate is refused for that reason, to root and to users.
 */
#include "resolution.h"

#include "sandbox.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define WRITABLE "writable by group or others"
#define FOREIGN "belongs to another user"
#define SETUID "setuid or setgid, which a sealed copy would lose"
#define NO_FILE "not a regular file"
#define NOT_EXECUTABLE "not executable by this process, or on a noexec mount"
#define WRITABLE_DIRECTORY(path) "the parent directory " path " is writable by group or others"
#define FOREIGN_DIRECTORY(path) "the parent directory " path " belongs to another user"
#define UNMAPPED                                                                                                       \
    "belongs to user 65534, which this user namespace shows for every user without a mapping: "                        \
    "if you trust the program, run it by its path"

static const uid_t users[] = {0, OWN_USER, ORDINARY_USER};

/* --- rules about modes and owners --- */

struct broken {
    const char *path;
    mode_t mode;
    uid_t owner;
    const char *reason; /* NULL: trusted */
};

static const struct broken broken[] = {
    {PROGRAM, 0755, 0, NULL},
    {PROGRAM, 0555, 0, NULL},
    {PROGRAM, 01755, 0, NULL},
    {PROGRAM, 0775, 0, WRITABLE},
    {PROGRAM, 0757, 0, WRITABLE},
    {PROGRAM, 0777, 0, WRITABLE},
    {PROGRAM, 0755, FOREIGN_USER, FOREIGN},
    {PROGRAM, 0555, FOREIGN_USER, FOREIGN},
    {PROGRAM, 0755, ORDINARY_USER, UNMAPPED},
    {PROGRAM, 04755, 0, SETUID},
    {PROGRAM, 02755, 0, SETUID},
    {PROGRAM, 0644, 0, NOT_EXECUTABLE},
    {"/dir/bin", 0555, 0, NULL},
    {"/dir/bin", 0711, 0, NULL},
    {"/dir/bin", 01777, 0, WRITABLE_DIRECTORY("/dir/bin")},
    {"/dir/bin", 0777, 0, WRITABLE_DIRECTORY("/dir/bin")},
    {"/dir/bin", 0775, 0, WRITABLE_DIRECTORY("/dir/bin")},
    {"/dir/bin", 0757, 0, WRITABLE_DIRECTORY("/dir/bin")},
    {"/dir/bin", 0755, FOREIGN_USER, FOREIGN_DIRECTORY("/dir/bin")},
    {"/dir/bin", 0555, FOREIGN_USER, FOREIGN_DIRECTORY("/dir/bin")},
    {"/dir", 01777, 0, WRITABLE_DIRECTORY("/dir")},
    {"/dir", 0775, 0, WRITABLE_DIRECTORY("/dir")},
    {"/dir", 0755, FOREIGN_USER, FOREIGN_DIRECTORY("/dir")},
    {"/dir", 0755, ORDINARY_USER, "the parent directory /dir " UNMAPPED},
    {"/", 01777, 0, WRITABLE_DIRECTORY("/")},
    {"/", 0755, FOREIGN_USER, FOREIGN_DIRECTORY("/")},
};

struct situation {
    const struct broken *broken;
    uid_t user;
};

static void check_reason(const char *reason) {
    char why[512];
    snprintf(why, sizeof why, PROGRAM ": %s\n", reason);
    check_refused(why);
}

static void resolve_what_is_broken(void *argument) {
    const struct situation *situation = argument;
    const struct broken *rule = situation->broken;
    enter_empty_root();
    make_program_tree();
    put_directory("/other", 0755, 0);
    check(chown(rule->path, rule->owner, 0) == 0 && chmod(rule->path, rule->mode) == 0);
    become_user(situation->user);
    resolve(PROGRAM);
    if (rule->reason != NULL) {
        check_reason(rule->reason);
        return;
    }
    check_equal(resolved.resolution.flags, 0);
    check(strcmp(resolved.why, "") == 0);
    check_equal(access_mode(resolved.fd), O_RDONLY);
    check_found_as(PROGRAM, PROGRAM);
}

static void each_rule_refuses_for_its_reason(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(broken); i++) {
        for (size_t user = 0; user < COUNT(users); user++) {
            struct situation situation = {&broken[i], users[user]};
            print_message("%s %o of %d, to %d\n", broken[i].path, broken[i].mode, (int)broken[i].owner,
                          (int)users[user]);
            assert_child(resolve_what_is_broken, &situation);
        }
    }
}

/* --- other rules --- */

static void make_fifo(void) {
    check(mkfifo(PROGRAM, 0755) == 0);
}

static void make_device(void) {
    check(mknod(PROGRAM, S_IFCHR | 0755, makedev(1, 3)) == 0);
}

static void make_socket(void) {
    check(mknod(PROGRAM, S_IFSOCK | 0755, 0) == 0);
}

static void make_directory(void) {
    put_directory(PROGRAM, 0755, 0);
}

static void make_dangling(void) {
    put_link(PROGRAM, "nothing");
}

static void make_loop(void) {
    put_link(PROGRAM, "runc");
}

static void link_into_sticky_directory(void) {
    put_directory("/tmp", 01777, 0);
    put_file("/tmp/runc", "program", 0755, 0);
    put_link(PROGRAM, "/tmp/runc");
}

static void link_through_foreign_directory(void) {
    put_directory("/home/evil", 0755, FOREIGN_USER);
    put_link("/home/evil/back", PROGRAM ".real");
    put_file(PROGRAM ".real", "program", 0755, 0);
    put_link(PROGRAM, "../../home/evil/back");
}

static void link_in_the_middle(void) {
    put_directory("/tmp", 01777, 0);
    put_file("/tmp/bin/runc", "program", 0755, 0);
    check(rmdir("/dir/bin") == 0);
    put_link("/dir/bin", "/tmp/bin");
}

static void link_to_foreign_file(void) {
    put_file("/dir/foreign", "program", 0755, FOREIGN_USER);
    put_link(PROGRAM, "../foreign");
}

static void link_of_proc(void) {
    put_file(PROGRAM ".real", "program", 0755, 0);
    put_link(PROGRAM, "/proc/self/root" PROGRAM ".real");
}

static void mount_noexec(void) {
    cover_with_tmpfs("/dir", MS_NOEXEC);
    check(chmod("/dir", 0755) == 0);
    make_program_tree();
}

/* The group bits show the mask of the ACL. */
static void set_access_list(const char *path, uint16_t permissions_of_another) {
    struct {
        uint32_t version;
        struct {
            uint16_t tag, permissions;
            uint32_t id;
        } entries[5];
    } list = {2,
              {{0x01, 7, UINT32_MAX},
               {0x02, permissions_of_another, FOREIGN_USER},
               {0x04, 5, UINT32_MAX},
               {0x10, (uint16_t)(5 | permissions_of_another), UINT32_MAX},
               {0x20, 5, UINT32_MAX}}};
    if (setxattr(path, "system.posix_acl_access", &list, sizeof list, 0) < 0)
        child_skip("no access control lists on tmpfs here");
}

static void let_another_write_the_file(void) {
    make_program_tree();
    set_access_list(PROGRAM, 7);
}

static void let_another_write_the_directory(void) {
    make_program_tree();
    set_access_list("/dir/bin", 7);
}

static void cover_by_untrusted_mount(void) {
    cover_with_tmpfs("/dir/bin", 0);
    put_file(PROGRAM, "program", 0755, 0);
}

struct odd {
    void (*make)(void);
    const char *reason;
};

static const struct odd odd[] = {
    {make_fifo, NO_FILE},
    {make_device, NO_FILE},
    {make_socket, NO_FILE},
    {make_directory, "a directory"},
    {make_dangling, "a dangling symbolic link"},
    {make_loop, "too many symbolic links"},
    {link_into_sticky_directory, WRITABLE_DIRECTORY("/tmp")},
    {link_through_foreign_directory, FOREIGN_DIRECTORY("/home/evil")},
    {link_in_the_middle, WRITABLE_DIRECTORY("/tmp")},
    {link_to_foreign_file, FOREIGN},
    {link_of_proc, "a symbolic link in /proc, whose text may name another file"},
    {mount_noexec, NOT_EXECUTABLE},
    {cover_by_untrusted_mount, WRITABLE_DIRECTORY("/dir/bin")},
    {let_another_write_the_file, WRITABLE},
    {let_another_write_the_directory, WRITABLE_DIRECTORY("/dir/bin")},
};

struct odd_situation {
    const struct odd *odd;
    uid_t user;
};

static void resolve_what_is_odd(void *argument) {
    const struct odd_situation *situation = argument;
    enter_empty_root();
    put_directory("/dir/bin", 0755, 0);
    situation->odd->make();
    become_user(situation->user);
    resolve(PROGRAM);
    check_reason(situation->odd->reason);
}

static void each_unusual_file_is_refused_for_its_reason(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(odd); i++) {
        for (size_t user = 0; user < COUNT(users); user++) {
            struct odd_situation situation = {&odd[i], users[user]};
            print_message("%zu: %s, to %d\n", i, odd[i].reason, (int)users[user]);
            assert_child(resolve_what_is_odd, &situation);
        }
    }
}

/* --- trusted files --- */

static void resolve_ones_own(void *argument) {
    uid_t user = *(const uid_t *)argument;
    enter_empty_root();
    put_directory("/home/me", 0700, OWN_USER);
    put_file("/home/me/bin/runc", "program", 0700, OWN_USER);
    put_link("/dir/runc", "/home/me/bin/runc");
    become_user(user);
    resolve("/dir/runc");
    if (user == OWN_USER) {
        check_found_as("/dir/runc", "/home/me/bin/runc");
        return;
    }
    check_refused("/dir/runc: " FOREIGN_DIRECTORY("/home/me") "\n");
}

static void own_files_are_trusted(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t user = 0; user < COUNT(users); user++) {
        uid_t id = users[user];
        assert_child(resolve_ones_own, &id);
    }
}

static void resolve_along_trusted_links(void *argument) {
    enter_empty_root();
    make_program_tree();
    put_directory("/tmp", 01777, 0);
    put_link("/dir/chain", "bin/../bin/./link");
    put_link("/dir/bin/link", PROGRAM);
    put_link("/alias", "dir");
    become_user(*(const uid_t *)argument);
    resolve("/alias/chain");
    check_found_as("/alias/chain", PROGRAM);
    resolve_with("chain", "/nothing:/alias", NULL, 0); /* programs may behave by this name */
    check_found_as("/alias/chain", PROGRAM);
    resolve_with("chain", "/dir/bin/..//", NULL, 0);
    check_found_as("/dir/bin/../chain", PROGRAM);
}

static void links_among_trusted_directories_are_followed(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t user = 0; user < COUNT(users); user++) {
        uid_t id = users[user];
        assert_child(resolve_along_trusted_links, &id);
    }
}

static void resolve_with_harmless_access_list(void *unused) {
    (void)unused;
    enter_empty_root();
    make_program_tree();
    set_access_list(PROGRAM, 5);
    set_access_list("/dir", 5);
    become_user(OWN_USER);
    resolve(PROGRAM);
    check_found_at(PROGRAM);
}

static void acl_without_writers_is_accepted(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_with_harmless_access_list, NULL);
}

static void resolve_on_overlay(void *unused) {
    (void)unused;
    enter_empty_root();
    put_file("/lower/bin/runc", "program", 0755, 0);
    put_file("/lower/bin/bad", "program", 0755, FOREIGN_USER);
    put_directory("/upper", 0755, 0);
    put_directory("/work", 0755, 0);
    put_directory("/dir", 0755, 0);
    if (mount("overlay", "/dir", "overlay", 0, "lowerdir=/lower,upperdir=/upper,workdir=/work") < 0)
        child_skip("no overlayfs here");
    become_user(OWN_USER);
    resolve(PROGRAM);
    check_found_at(PROGRAM);
    resolve("/dir/bin/bad");
    check_refused("/dir/bin/bad: " FOREIGN "\n");
}

static void overlayfs_follows_the_same_rules(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_on_overlay, NULL);
}

/* --- descriptors that cannot be read --- */

static void resolve_execute_only(void *unused) {
    (void)unused;
    int payload = open_payload();
    struct bytes program = read_all(payload);
    enter_empty_root();
    put_file(PROGRAM, "", 0711, 0);
    int out = open(PROGRAM, O_WRONLY | O_CLOEXEC);
    check(write(out, program.data, program.size) == (ssize_t)program.size);
    close(out);
    resolve(PROGRAM);
    check_equal(access_mode(resolved.fd), O_RDONLY); /* root reads it */
    check_found_at(PROGRAM);
    become_user(OWN_USER);
    resolve(PROGRAM);
    int fd = resolved.fd;
    check(fd >= 3 && (fcntl(fd, F_GETFL) & O_PATH) != 0 && is_close_on_exec(fd));
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void unreadable_program_is_an_o_path_descriptor(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_execute_only, NULL);
}

static void resolve_without_proc(void *argument) {
    uid_t user = *(const uid_t *)argument;
    enter_empty_root();
    make_program_tree();
    put_file(PROGRAM ".sh", "#!/bin/sh\n", 0755, 0);
    check(umount2("/proc", MNT_DETACH) == 0);
    become_user(user);
    resolve(PROGRAM);
    check((fcntl(resolved.fd, F_GETFL) & O_PATH) == 0);
    check_found_at(PROGRAM);
    resolve(PROGRAM ".sh");
    check_refused(PROGRAM ".sh: a script that is not a Nix wrapper\n");
}

static void program_is_found_without_proc(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t user = 0; user < COUNT(users); user++) {
        uid_t id = users[user];
        assert_child(resolve_without_proc, &id);
    }
}

/* In a user namespace that maps nobody, every owner appears to be this process's own user. */
static void resolve_unmapped(void *unused) {
    (void)unused;
    enter_empty_root();
    put_file("/dir/foreign/runc", "program", 0755, FOREIGN_USER);
    become_user(OWN_USER);
    if (unshare(CLONE_NEWUSER) < 0)
        child_skip("no user namespaces here");
    struct stat file;
    check(stat("/dir/foreign/runc", &file) == 0);
    check_equal(file.st_uid, geteuid()); /* control */
    resolve("/dir/foreign/runc");
    check_refused("/dir/foreign/runc: the parent directory / " UNMAPPED "\n");
}

static void nothing_is_trusted_without_a_user_mapping(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_unmapped, NULL);
}

static void resolve_where_faccessat2_is(int error) {
    enter_empty_root();
    make_program_tree();
    put_file("/dir/bin/data", "program", 0644, 0);
    become_user(OWN_USER);
    refuse_system_call(439 /* faccessat2 */, error);
    resolve(PROGRAM);
    check_found_at(PROGRAM);
    resolve("/dir/bin/data");
    check_refused("/dir/bin/data: " NOT_EXECUTABLE "\n");
}

static void resolve_on_an_old_kernel(void *error) {
    resolve_where_faccessat2_is(*(const int *)error);
}

static void without_faccessat2_x_bits_decide(void **state) {
    (void)state;
    skip_unless_root();
    int missing = ENOSYS, filtered = EPERM;
    assert_child(resolve_on_an_old_kernel, &missing);
    assert_child(resolve_on_an_old_kernel, &filtered);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_refuses_for_its_reason),
        cmocka_unit_test(each_unusual_file_is_refused_for_its_reason),
        cmocka_unit_test(own_files_are_trusted),
        cmocka_unit_test(links_among_trusted_directories_are_followed),
        cmocka_unit_test(acl_without_writers_is_accepted),
        cmocka_unit_test(overlayfs_follows_the_same_rules),
        cmocka_unit_test(unreadable_program_is_an_o_path_descriptor),
        cmocka_unit_test(program_is_found_without_proc),
        cmocka_unit_test(nothing_is_trusted_without_a_user_mapping),
        cmocka_unit_test(without_faccessat2_x_bits_decide),
    };
    return run_all(tests);
}
