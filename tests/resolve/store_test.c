/* SPDX-License-Identifier: MIT */
/* /nix/store: its builders may write to it, and may own files and directories that nobody can write
 * to. */
#include "resolution.h"

#include <sys/mount.h>

#define ARTIFACT "/nix/store/x-runc/bin/runc"
#define FOREIGN ARTIFACT ": belongs to another user\n"
#define FOREIGN_DIRECTORY(path) ARTIFACT ": the parent directory " path " belongs to another user\n"
#define WRITABLE_DIRECTORY(path) ARTIFACT ": the parent directory " path " is writable by group or others\n"

struct store {
    mode_t mode;
    uid_t owner;
    mode_t directory_mode;
    mode_t file_mode;
    uid_t artifact_owner;
    const char *why; /* NULL: trusted */
};

static const struct store stores[] = {
    {01775, 0, 0555, 0555, 0, NULL},
    {01775, 0, 0555, 0555, FOREIGN_USER, NULL},
    {01775, 0, 0555, 0555, ORDINARY_USER, NULL},
    {01775, 0, 0755, 0755, 0, NULL}, /* files of root may be writable */
    {0755, 0, 0555, 0555, FOREIGN_USER, NULL},
    {0555, 0, 0555, 0555, FOREIGN_USER, NULL},
    {0775, 0, 0555, 0555, 0, WRITABLE_DIRECTORY("/nix/store")},
    {01777, 0, 0555, 0555, 0, WRITABLE_DIRECTORY("/nix/store")},
    {01775, FOREIGN_USER, 0555, 0555, 0, WRITABLE_DIRECTORY("/nix/store")},
    {0755, FOREIGN_USER, 0555, 0555, 0, FOREIGN_DIRECTORY("/nix/store")},
    {0555, FOREIGN_USER, 0555, 0555, 0, FOREIGN_DIRECTORY("/nix/store")},
    {01775, 0, 0555, 0755, FOREIGN_USER, FOREIGN},
    {01775, 0, 0755, 0555, FOREIGN_USER, FOREIGN_DIRECTORY("/nix/store/x-runc")},
    {01775, 0, 0775, 0555, FOREIGN_USER, WRITABLE_DIRECTORY("/nix/store/x-runc")},
    {01775, 0, 01775, 0555, 0, WRITABLE_DIRECTORY("/nix/store/x-runc")},
};

static void make_store(const struct store *store) {
    put_file(ARTIFACT, "program", store->file_mode, store->artifact_owner);
    put_directory("/nix/store/x-runc/bin", store->directory_mode, store->artifact_owner);
    put_directory("/nix/store/x-runc", store->directory_mode, store->artifact_owner);
    put_directory("/nix/store", store->mode, store->owner);
}

static void check_outcome(const char *why) {
    if (why != NULL)
        check_refused(why);
    else
        check_found_at(ARTIFACT);
}

struct situation {
    const struct store *store;
    uid_t user;
};

static void resolve_artifact(void *argument) {
    const struct situation *situation = argument;
    enter_empty_root();
    make_store(situation->store);
    become_user(situation->user);
    resolve(ARTIFACT);
    check_outcome(situation->store->why);
}

static void artifacts_are_trusted_by_the_rules_of_the_store(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(stores); i++) {
        for (int as_root = 0; as_root < 2; as_root++) {
            struct situation situation = {&stores[i], as_root ? 0 : OWN_USER};
            print_message("%zu as %d\n", i, (int)situation.user);
            assert_child(resolve_artifact, &situation);
        }
    }
}

/* A file that its owner cannot write to, in a directory that the owner can write to: a rename could
 * replace the file. */
static void resolve_in_directory_of_root(void *unused) {
    (void)unused;
    enter_empty_root();
    make_store(&(struct store){01775, 0, 0755, 0555, 0, NULL});
    check(chown(ARTIFACT, FOREIGN_USER, 0) == 0);
    resolve(ARTIFACT);
    check_refused(FOREIGN);
}

static void file_in_a_writable_directory_is_no_artifact(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_in_directory_of_root, NULL);
}

static void resolve_file_in_the_store_itself(void *unused) {
    (void)unused;
    enter_empty_root();
    put_directory("/nix/store", 01775, 0);
    put_file("/nix/store/runc", "program", 0555, FOREIGN_USER);
    put_file("/nix/store/crun", "program", 0555, 0);
    resolve("/nix/store/runc");
    check_refused("/nix/store/runc: belongs to another user\n");
    resolve("/nix/store/crun");
    check_found_at("/nix/store/crun");
}

static void file_directly_in_the_store_must_belong_to_root(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_file_in_the_store_itself, NULL);
}

/* The store is recognized by its path. */
static void resolve_elsewhere(void *unused) {
    (void)unused;
    enter_empty_root();
    make_store(&(struct store){01775, 0, 0555, 0555, FOREIGN_USER, NULL});
    check(mkdir("/data", 0755) == 0 && rename("/nix", "/data/nix") == 0);
    put_link("/nix", "data/nix");
    resolve(ARTIFACT);
    check_refused(WRITABLE_DIRECTORY("/data/nix/store"));
    check(unlink("/nix") == 0 && mkdir("/nix", 0755) == 0 && mkdir("/nix/store", 0755) == 0);
    check(mount("/data/nix", "/nix", NULL, MS_BIND, NULL) == 0);
    resolve(ARTIFACT);
    check_found_at(ARTIFACT);
    resolve("/nix/store/../store/x-runc/bin/runc");
    check_found_as("/nix/store/../store/x-runc/bin/runc", ARTIFACT);
}

static void linked_store_is_rejected_and_mounted_store_accepted(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_elsewhere, NULL);
}

static void resolve_profile(void *unused) {
    (void)unused;
    enter_empty_root();
    make_store(&(struct store){01775, 0, 0755, 0555, 0, NULL});
    put_file("/nix/store/x-runc/bin/.runc-wrapped", "program", 0555, 0);
    put_file(ARTIFACT, "#!/bin/sh\nexec -a \"$0\" \"/nix/store/x-runc/bin/.runc-wrapped\"  \"$@\" \n", 0555, 0);
    put_link("/nix/store/y-system/sw", "/nix/store/x-runc");
    put_link("/run/current-system", "/nix/store/y-system");
    become_user(OWN_USER);
    resolve_with("runc", "/run/current-system/sw/bin", NULL, 0);
    check_equal(resolved.resolution.flags, EXESEAL_RESOLUTION_WRAPPER);
    check(strcmp(resolved.resolution.path, "/run/current-system/sw/bin/runc") == 0);
    check(strcmp(resolved.resolution.resolved, "/nix/store/x-runc/bin/.runc-wrapped") == 0);
    check_found_at("/nix/store/x-runc/bin/.runc-wrapped");
}

static void system_profile_leads_to_the_wrapped_program(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(resolve_profile, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(artifacts_are_trusted_by_the_rules_of_the_store),
        cmocka_unit_test(file_in_a_writable_directory_is_no_artifact),
        cmocka_unit_test(file_directly_in_the_store_must_belong_to_root),
        cmocka_unit_test(linked_store_is_rejected_and_mounted_store_accepted),
        cmocka_unit_test(system_profile_leads_to_the_wrapped_program),
    };
    return run_all(tests);
}
