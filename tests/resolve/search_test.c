/* SPDX-License-Identifier: MIT */
/* Where a name is searched for, in which order, and which refusals are reported. */
#include "resolution.h"

#include "sandbox.h"
#include "system_calls.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#define WRITABLE ": writable by group or others\n"

static const char *const system_places[] = {"/usr/local/sbin/runc", "/usr/local/bin/runc", "/usr/sbin/runc",
                                            "/usr/bin/runc",        "/sbin/runc",          "/bin/runc",
                                            "/opt/runc/runc"};
#define USR_REFUSED                                                                                                    \
    "/usr/local/sbin/runc" WRITABLE "/usr/local/bin/runc" WRITABLE "/usr/sbin/runc" WRITABLE "/usr/bin/runc" WRITABLE
#define SYSTEM_REFUSED USR_REFUSED "/sbin/runc" WRITABLE "/bin/runc" WRITABLE "/opt/runc/runc" WRITABLE

static void put_refused(const char *path) {
    put_file(path, "program", 0777, 0);
}

static void put_refused_everywhere(void) {
    for (size_t i = 0; i < COUNT(system_places); i++)
        put_refused(system_places[i]);
    put_refused("/one/runc");
    put_refused("/two/runc");
    put_refused("/three/runc");
}

static void resolve_in_order(void *argument) {
    uid_t user = *(const uid_t *)argument;
    enter_empty_root();
    put_refused_everywhere();
    become_user(user);
    resolve_with("runc", "/one:/two", "/three", 0);
    check_refused(user == 0 ? SYSTEM_REFUSED "/one/runc" WRITABLE "/two/runc" WRITABLE
                            : SYSTEM_REFUSED "/one/runc" WRITABLE "/two/runc" WRITABLE "/three/runc" WRITABLE);
}

static void places_are_tried_in_order_and_path_not_by_root(void **state) {
    (void)state;
    skip_unless_root();
    uid_t users[] = {0, OWN_USER};
    assert_child(resolve_in_order, &users[0]);
    assert_child(resolve_in_order, &users[1]);
}

/* Makes each place in turn the first that is trusted. */
static void resolve_each_place(void *unused) {
    (void)unused;
    enter_empty_root();
    put_refused_everywhere();
    become_user(0);
    for (size_t i = COUNT(system_places); i-- > 0;) {
        put_file(system_places[i], "program", 0755, 0);
        resolve_with("runc", "/one", NULL, 0);
        size_t lines = 0;
        for (const char *c = resolved.why; *c != '\0'; c++)
            lines += *c == '\n';
        check_equal(lines, i);
        check(strncmp(resolved.why, SYSTEM_REFUSED, strlen(resolved.why)) == 0);
        check_found_as(system_places[i], system_places[i]);
    }
}

static void earlier_refusals_are_reported_with_the_result(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_each_place, NULL);
}

/* On most systems /bin and /sbin are links, on Fedora /usr/sbin too. Each directory is searched
 * once. */
static void resolve_on_a_merged_system(void *unused) {
    (void)unused;
    enter_empty_root();
    put_refused("/usr/local/sbin/runc");
    put_refused("/usr/local/bin/runc");
    put_refused("/usr/sbin/runc");
    put_refused("/usr/bin/runc");
    put_link("/bin", "usr/bin");
    put_link("/sbin", "/usr/sbin");
    resolve("runc");
    check_refused(USR_REFUSED);
    check(unlink("/usr/sbin/runc") == 0 && rmdir("/usr/sbin") == 0);
    put_link("/usr/sbin", "bin");
    resolve("runc");
    check_refused(USR_REFUSED);
    check(unlink("/bin") == 0);
    put_link("/bin", "other");
    put_file("/other/runc", "program", 0755, 0);
    resolve("runc");
    check_found_as("/bin/runc", "/other/runc");
}

static void linked_directories_are_searched_once(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_on_a_merged_system, NULL);
}

static void resolve_by_path_of_root(void *argument) {
    uid_t user = *(const uid_t *)argument;
    enter_empty_root();
    put_file("/three/runc", "program", 0755, 0);
    become_user(user);
    resolve_with("runc", NULL, "/three", 0);
    if (user == 0)
        check_equal(resolved.fd, -ENOENT);
    else
        check_found_at("/three/runc");
    resolve_with("runc", NULL, NULL, 0);
    check_equal(resolved.fd, -ENOENT);
    check(strcmp(resolved.why, "") == 0);
    resolve_with("runc", "/three", NULL, 0);
    check_found_at("/three/runc");
}

static void path_is_not_used_by_root(void **state) {
    (void)state;
    skip_unless_root();
    uid_t users[] = {0, OWN_USER};
    assert_child(resolve_by_path_of_root, &users[0]);
    assert_child(resolve_by_path_of_root, &users[1]);
}

/* A process with capabilities has rights that the setter of PATH may lack, so it does not use PATH.
 */
static void resolve_with_capabilities(void *is_kept) {
    enter_empty_root();
    put_file("/three/runc", "program", 0755, 0);
    put_directory("/own", 0755, OWN_USER);
    put_file("/own/crun", "program", 0755, OWN_USER);
    check(prctl(PR_SET_KEEPCAPS, *(const bool *)is_kept ? 1 : 0) == 0);
    become_user(OWN_USER);
    resolve_with("runc", NULL, "/three", 0);
    if (*(const bool *)is_kept)
        check_equal(resolved.fd, -ENOENT);
    else
        check_found_at("/three/runc");
    resolve("/own/crun");
    if (*(const bool *)is_kept)
        check_refused("/own/crun: the parent directory /own belongs to another user\n");
    else
        check_found_at("/own/crun");
}

static void process_with_capabilities_trusts_neither_path_nor_own_files(void **state) {
    (void)state;
    skip_unless_root();
    bool is_kept[] = {true, false}; /* the second one is the control */
    assert_child(resolve_with_capabilities, &is_kept[0]);
    assert_child(resolve_with_capabilities, &is_kept[1]);
}

static void resolve_without_capget(void *unused) {
    (void)unused;
    enter_empty_root();
    put_file("/three/runc", "program", 0755, 0);
    become_user(OWN_USER);
    refuse_system_call(SYS_capget, EPERM);
    resolve_with("runc", NULL, "/three", 0);
    check_equal(resolved.fd, -ENOENT);
}

static void path_is_not_used_if_capabilities_are_unknown(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_without_capget, NULL);
}

static void resolve_in_odd_lists(void *unused) {
    (void)unused;
    enter_empty_root();
    put_file("/dir/runc", "program", 0755, 0);
    put_file("/last/crun", "program", 0755, 0);
    check(chdir("/dir") == 0);
    become_user(OWN_USER);
    static const char *const lists[] = {"",    ":",      "::",     ".",  "./", "..",
                                        "dir", "../dir", "dir:.:", ":.", "~",  "./../dir"};
    for (size_t i = 0; i < COUNT(lists); i++) {
        resolve_with("runc", lists[i], NULL, 0);
        check_equal(resolved.fd, -ENOENT);
        check(strcmp(resolved.why, "") == 0);
        resolve_with("runc", NULL, lists[i], 0);
        check_equal(resolved.fd, -ENOENT);
    }
    static const char *const good[] = {"/last",          ":/last", ".:/last:",    "/dir::/last",
                                       "/nothing:/last", "/last/", "//last/.//:", "/dir/../last"};
    for (size_t i = 0; i < COUNT(good); i++) {
        resolve_with("crun", good[i], NULL, 0);
        check(strcmp(resolved.resolution.resolved, "/last/crun") == 0);
        check_found_at("/last/crun");
        resolve_with("crun", NULL, good[i], 0);
        check_found_at("/last/crun");
    }
}

static void relative_entries_are_skipped(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_in_odd_lists, NULL);
}

static void invalid_names_are_rejected(void **state) {
    (void)state;
    char longest[256], longer[257];
    memset(longest, 'n', 255);
    memset(longer, 'n', 256);
    longest[255] = longer[256] = '\0';
    static const char *const names[] = {"", ".", "..", "a/b", "./runc", "../runc", "runc/", "bin/../runc"};
    for (size_t i = 0; i < COUNT(names); i++) {
        resolve_with(names[i], "/usr/bin", "/usr/bin", 0);
        assert_int_equal(resolved.fd, -EINVAL);
        assert_string_equal(resolved.why, "");
    }
    resolve(longer);
    assert_int_equal(resolved.fd, -EINVAL);
    resolve(longest);
    assert_int_equal(resolved.fd, -ENOENT);
    assert_string_equal(resolved.why, "");
}

static void resolve_what_is_not_there(void *unused) {
    (void)unused;
    enter_empty_root();
    put_directory("/usr/local/bin", 02775, 0); /* as on many Debian systems */
    put_directory("/tmp", 01777, 0);
    put_file("/opt/runc", "program", 0755, 0);
    put_file("/dir/file", "program", 0755, 0);
    resolve_with("runc", "/nothing:/tmp:/tmp/nothing:/dir/file", NULL, 0);
    check_equal(resolved.fd, -ENOENT);
    check(strcmp(resolved.why, "") == 0);
    static const char *const paths[] = {"/nothing", "/dir/nothing", "/dir/file/x", "/dir/file/", "/tmp/nothing"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        resolve(paths[i]);
        check_equal(resolved.fd, -ENOENT);
        check(strcmp(resolved.why, "") == 0);
    }
    put_link("/tmp/link", "/dir"); /* untrusted, so not followed */
    resolve_with("runc", "/tmp/link", NULL, 0);
    check_refused("/tmp/link/runc: the parent directory /tmp is writable by group or others\n");
    put_file("/tmp/runc", "program", 0755, 0);
    resolve_with("runc", "/nothing:/tmp", NULL, 0);
    check_refused("/tmp/runc: the parent directory /tmp is writable by group or others\n");
}

static void absent_and_refused_programs_have_different_errors(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_what_is_not_there, NULL);
}

static const int refusals[] = {ENOSYS, EPERM, EACCES};

static void resolve_each_place_without_openat2(void *error) {
    refuse_system_call(SYS_openat2, *(const int *)error);
    resolve_each_place(NULL);
}

static void resolve_what_is_not_there_without_openat2(void *error) {
    refuse_system_call(SYS_openat2, *(const int *)error);
    resolve_what_is_not_there(NULL);
}

static void without_openat2_the_same_is_found_and_refused(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(refusals); i++) {
        int error = refusals[i];
        assert_child(resolve_each_place_without_openat2, &error);
        assert_child(resolve_what_is_not_there_without_openat2, &error);
    }
}

static void resolve_unprintable(void *unused) {
    (void)unused;
    enter_empty_root();
    put_refused("/a\nb/r\033u\177n\303\244");
    resolve_with("r\033u\177n\303\244", "/a\nb", NULL, 0);
    check_refused("/a?b/r?u?n??" WRITABLE);
}

static void names_cannot_control_the_terminal(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_unprintable, NULL);
}

/* Allows one more descriptor each time. Until the program is found, EMFILE ends the search and no
 * candidate is reported as refused. */
static void resolve_with_few_descriptors(void *unused) {
    (void)unused;
    enter_empty_root();
    put_refused("/usr/sbin/runc");
    put_file("/usr/bin/runc", "program", 0755, 0);
    int first = open("/", O_PATH | O_CLOEXEC);
    close(first);
    for (rlim_t more = 0;; more++) {
        check(more < 16);
        struct rlimit limit = {(rlim_t)first + more, 1024};
        check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        resolve("runc");
        if (resolved.fd >= 0) {
            check(more >= 3);
            check_found_at("/usr/bin/runc");
            return;
        }
        check_equal(resolved.fd, -EMFILE);
        check(strcmp(resolved.why, "") == 0 || strcmp(resolved.why, "/usr/sbin/runc" WRITABLE) == 0);
    }
}

static void lack_of_descriptors_ends_the_search(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_with_few_descriptors, NULL);
}

static void resolve_in_long_directories(void *unused) {
    (void)unused;
    enter_empty_root();
    put_file("/dir/runc", "program", 0755, 0);
    size_t length = 8192;
    char *list = malloc(length + 8);
    memset(list, '/', length);
    strcpy(list + length, ":/dir");
    resolve_with("runc", list, NULL, 0);
    check_found_at("/dir/runc");
    resolve(list);
    check_equal(resolved.fd, -ENAMETOOLONG);
    free(list);
}

static void too_long_directory_is_skipped(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_in_long_directories, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_tried_in_order_and_path_not_by_root),
        cmocka_unit_test(earlier_refusals_are_reported_with_the_result),
        cmocka_unit_test(linked_directories_are_searched_once),
        cmocka_unit_test(path_is_not_used_by_root),
        cmocka_unit_test(process_with_capabilities_trusts_neither_path_nor_own_files),
        cmocka_unit_test(path_is_not_used_if_capabilities_are_unknown),
        cmocka_unit_test(relative_entries_are_skipped),
        cmocka_unit_test(invalid_names_are_rejected),
        cmocka_unit_test(absent_and_refused_programs_have_different_errors),
        cmocka_unit_test(without_openat2_the_same_is_found_and_refused),
        cmocka_unit_test(names_cannot_control_the_terminal),
        cmocka_unit_test(lack_of_descriptors_ends_the_search),
        cmocka_unit_test(too_long_directory_is_skipped),
    };
    return run_all(tests);
}
