/* SPDX-License-Identifier: MIT */
/* If the environment forbids a call, another way is used, or nothing of the program runs. */
#include "starts.h"

#include "sandbox.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/xattr.h>

enum { REFUSED = 126 };

static const char *const PROGRAMS[] = {"linked", "linked_static"};
static const char *const NOT_STARTED = "so it was not started";

/* Returns the path of a program in tests/reexec. Call it for one program at a time. */
static const char *path_of(const char *program) {
    static char path[512];
    char name[64];
    snprintf(name, sizeof name, "reexec/%s", program);
    snprintf(path, sizeof path, "%s", built_program(name));
    return path;
}

/* --- vm.memfd_noexec --- */

static void run_sealed(void *unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.program = PROGRAMS[i]};
        check_sealed(&start, 1);
    }
}

static void run_unlinked(void *unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.program = PROGRAMS[i]};
        check_unlinked(&start, 1);
    }
}

static void forbid_execution_in_directories(void *unused) {
    (void)unused;
    static const char *const directories[] = {"/tmp", "/dev/shm", "/run"};
    use_private_mounts();
    for (size_t i = 0; i < COUNT(directories); i++)
        cover_with_tmpfs(directories[i], MS_NOEXEC);
}

static void run_nowhere(void *unused) {
    (void)unused;
    struct start start = {.path = path_of("linked_static"), .before = forbid_execution_in_directories};
    check_does_not_run(&start, REFUSED, "vm.memfd_noexec=2", "tmpfile: noexec: EACCES (/tmp)");
    check_does_not_run(&start, REFUSED, NOT_STARTED, "tmpfile: noexec: EACCES (/run)");
}

static void memfd_noexec_1_changes_nothing(void **state) {
    (void)state;
    skip_unless_root();
    struct memfd_policy policy = {"1", run_sealed, NULL};
    assert_child(under_memfd_policy, &policy);
}

static void memfd_noexec_2_leads_to_a_tmpfile(void **state) {
    (void)state;
    skip_unless_root();
    struct memfd_policy policy = {"2", run_unlinked, NULL};
    assert_child(under_memfd_policy, &policy);
}

static void memfd_noexec_2_and_noexec_directories_are_both_named(void **state) {
    (void)state;
    skip_unless_root();
    struct memfd_policy policy = {"2", run_nowhere, NULL};
    assert_child(under_memfd_policy, &policy);
}

/* --- seccomp --- */

struct refusal {
    long number;
    int error;
};

static void refuse(void *argument) {
    const struct refusal *refusal = argument;
    refuse_system_call(refusal->number, refusal->error);
}

static void run_unlinked_under(void *argument) {
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.program = PROGRAMS[i], .before = refuse, .argument = argument};
        check_unlinked(&start, 1);
    }
}

static void refused_memfd_create_leads_to_a_tmpfile(void **state) {
    (void)state;
    static const int errors[] = {EPERM, ENOSYS, EACCES};
    for (size_t i = 0; i < COUNT(errors); i++) {
        struct refusal refusal = {SYS_memfd_create, errors[i]};
        assert_child(run_unlinked_under, &refusal);
    }
}

static void run_sealed_and_named_under(void *argument) {
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.program = PROGRAMS[i], .before = refuse, .argument = argument};
        check_sealed(&start, 1);
        struct seen seen = run_start(&start);
        check(strstr(seen.text, "\ncomm witness\n") != NULL);
        forget(&seen);
    }
}

static void refused_execveat_leads_to_the_path_in_proc(void **state) {
    (void)state;
    static const int errors[] = {ENOSYS, EPERM, EACCES};
    for (size_t i = 0; i < COUNT(errors); i++) {
        struct refusal refusal = {SYS_execveat, errors[i]};
        assert_child(run_sealed_and_named_under, &refusal);
    }
}

static void refuse_names(void *unused) {
    (void)unused;
    refuse_system_call_with(SYS_prctl, 0, PR_GET_NAME, EPERM);
    refuse_system_call_with(SYS_prctl, 0, PR_SET_NAME, EPERM);
}

static void run_sealed_without_name(void *unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.program = PROGRAMS[i], .before = refuse_names};
        check_sealed(&start, 1);
    }
}

static void refused_prctl_loses_only_the_name(void **state) {
    (void)state;
    assert_child(run_sealed_without_name, NULL);
}

/* Refuses one call of the library that has no alternative. */
static void run_not_at_all(void *argument) {
    const struct refusal *refusal = argument;
    struct start start = {.program = "linked_static", .before = refuse, .argument = argument};
    check_does_not_run(&start, REFUSED, NOT_STARTED, refusal->error == EPERM ? "EPERM" : "ENOSYS");
}

static void refused_statx_is_fatal(void **state) {
    (void)state;
    struct refusal refusal = {SYS_statx, EPERM};
    assert_child(run_not_at_all, &refusal);
}

/* --- /proc --- */

enum covering { EMPTY, FAKE, ENTRY, COVERINGS };

struct situation {
    enum covering covering;
    bool ordinary_user;
};

static void cover(void *argument) {
    const struct situation *situation = argument;
    use_private_mounts();
    if (situation->covering == ENTRY)
        cover_proc_exe("/bin/false");
    else
        cover_with_tmpfs("/proc", 0);
    if (situation->covering == FAKE) {
        static const char *const directories[] = {"/proc/self", "/proc/thread-self"};
        for (size_t i = 0; i < COUNT(directories); i++) {
            char path[64];
            check(mkdir(directories[i], 0755) == 0);
            snprintf(path, sizeof path, "%s/exe", directories[i]);
            check(symlink("/bin/false", path) == 0);
        }
    }
    if (situation->ordinary_user)
        become_ordinary_user();
}

static void run_covered(void *argument) {
    const struct situation *situation = argument;
    struct start start = {.program = "linked_static", .before = cover, .argument = argument};
    if (situation->ordinary_user) {
        check_does_not_run(&start, REFUSED, NOT_STARTED, "source: ENOENT (/proc/self/exe): /proc is missing");
    } else {
        check_sealed(&start, 1); /* mounts its own procfs */
    }
}

static void without_proc_root_mounts_its_own_and_others_are_refused(void **state) {
    (void)state;
    skip_unless_root();
    for (int covering = 0; covering < COVERINGS; covering++) {
        for (int ordinary = 0; ordinary < 2; ordinary++) {
            struct situation situation = {covering, ordinary};
            assert_child(run_covered, &situation);
        }
    }
}

/* --- users --- */

static void be_root_of_namespace(void *unused) {
    (void)unused;
    become_root_of_user_namespace();
}

static void be_root_of_an_ordinary_users_namespace(void *unused) {
    (void)unused;
    become_ordinary_user();
    become_root_of_user_namespace();
}

static void run_in_user_namespace(void *unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.program = PROGRAMS[i], .before = be_root_of_namespace};
        check_sealed(&start, 1);
        start.before = be_root_of_an_ordinary_users_namespace;
        check_sealed(&start, 1);
    }
}

static void user_namespace_changes_nothing(void **state) {
    (void)state;
    assert_child(run_in_user_namespace, NULL);
}

static void be_ordinary_user(void *unused) {
    (void)unused;
    become_ordinary_user();
}

static void check_mode_is_refused(mode_t mode, void (*before)(void *), const char *text) {
    struct temp_directory directory = make_temp_directory();
    struct start start = {.path = copy_program(&directory, "linked_static", mode), .before = before};
    check_does_not_run(&start, REFUSED, NOT_STARTED, text);
    remove_temp_directory(&directory);
}

static void run_privileged(void *unused) {
    (void)unused;
    check_mode_is_refused(04755, NULL, "privileges: EPERM (setuid)");
    check_mode_is_refused(04755, be_ordinary_user, "privileges: EPERM (setuid)");
    check_mode_is_refused(02755, be_ordinary_user, "privileges: EPERM (setgid)");
}

static void setuid_and_setgid_are_refused(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(run_privileged, NULL);
}

static void run_capable(void *unused) {
    (void)unused;
    struct vfs_cap_data capabilities = {VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, {{1 << CAP_NET_RAW, 0}, {0, 0}}};
    struct temp_directory directory = make_temp_directory();
    struct start start = {.path = copy_program(&directory, "linked_static", 0755), .before = be_ordinary_user};
    if (setxattr(start.path, "security.capability", &capabilities, sizeof capabilities, 0) < 0) {
        remove_temp_directory(&directory);
        child_skip("no file capabilities can be set here");
    }
    check_does_not_run(&start, REFUSED, NOT_STARTED, "privileges: EPERM (security.capability)");
    check(removexattr(start.path, "security.capability") == 0);
    check_sealed(&start, 1); /* control */
    remove_temp_directory(&directory);
}

static void file_capabilities_are_refused(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(run_capable, NULL);
}

static void run_unreadable(void *unused) {
    (void)unused;
    check_mode_is_refused(0711, be_ordinary_user, "source: EACCES (/proc/self/exe)");
}

static void program_that_cannot_be_read_is_refused(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(run_unreadable, NULL);
}

/* --- started by another program --- */

static void run_by_loader(void *unused) {
    (void)unused;
    char program[512];
    snprintf(program, sizeof program, "%s", path_of("linked"));
    struct exeseal_info info;
    int fd = open(program, O_RDONLY | O_CLOEXEC);
    check_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    close(fd);
    if (info.image != EXESEAL_IMAGE_DYNAMIC)
        child_skip("no dynamic program here");
    char *argv[] = {info.interpreter, program, NULL};
    struct start start = {.path = info.interpreter, .argv = argv};
    check_does_not_run(&start, REFUSED, NOT_STARTED, "source: EOPNOTSUPP (/proc/self/exe)");
    snprintf(program, sizeof program, "%s", path_of("plain"));
    struct seen control = run_start(&start);
    check_equal(control.status, 0);
    forget(&control);
}

static void start_through_the_loader_is_refused(void **state) {
    (void)state;
    assert_child(run_by_loader, NULL);
}

/* --- limits --- */

static void limit_file_size(void *unused) {
    (void)unused;
    struct rlimit limit = {16384, 16384};
    check(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void run_with_small_files(void *unused) {
    (void)unused;
    struct start start = {.program = "linked_static", .before = limit_file_size};
    check_does_not_run(&start, REFUSED, NOT_STARTED, "limit: EFBIG (RLIMIT_FSIZE)");
}

static void small_files_are_refused_without_a_signal(void **state) {
    (void)state;
    assert_child(run_with_small_files, NULL);
}

static void run_with_a_librarys_choice(void *unused) {
    (void)unused;
    char preload[600], *envp[] = {preload, NULL};
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", built_program("reexec/libchoice.so"));
    struct start start = {.program = "plain", .envp = envp};
    struct seen control = run_start(&start);
    check_equal(control.status, 0);
    check(strcmp(control.errors, "loaded\n") == 0);
    forget(&control);
    start.program = "linked";
    start.before = limit_file_size;
    check_does_not_run(&start, REFUSED, NOT_STARTED, "limit: EFBIG");
}

static void library_cannot_choose_to_run_unsealed(void **state) {
    (void)state;
    assert_child(run_with_a_librarys_choice, NULL);
}

static void have_no_reader(void *unused) {
    int ends[2];
    limit_file_size(unused);
    signal(SIGPIPE, SIG_DFL);
    check(pipe(ends) == 0 && dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
}

static void run_without_reader(void *unused) {
    (void)unused;
    struct start start = {.program = "linked_static", .before = have_no_reader};
    check_does_not_run(&start, REFUSED, "", "");
    start.program = "unsealed_static";
    struct seen seen = run_start(&start);
    check_equal(seen.status, 0);
    check_equal(seen.executions, 0);
    static const char *const none[] = {"SigPnd:", "ShdPnd:", "SigBlk:"};
    for (size_t i = 0; i < COUNT(none); i++) {
        char line[64];
        snprintf(line, sizeof line, "\n%s\t%016d\n", none[i], 0);
        check(strstr(seen.text, line) != NULL);
    }
    forget(&seen);
}

static void report_without_a_reader_raises_no_signal(void **state) {
    (void)state;
    assert_child(run_without_reader, NULL);
}

static void limit_descriptors(void *argument) {
    struct rlimit limit = {*(const rlim_t *)argument, *(const rlim_t *)argument};
    for (int fd = 3; fd < 100; fd++)
        close(fd);
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* The number of available descriptors grows from none until the program runs. */
static void run_with_few_descriptors(void *unused) {
    (void)unused;
    rlim_t most = 3;
    struct start start = {.program = "linked_static", .before = limit_descriptors, .argument = &most};
    check_does_not_run(&start, REFUSED, "EMFILE", "RLIMIT_NOFILE");
    int refused = 0;
    for (; most < 16; most++) {
        struct seen seen = run_start(&start);
        check_equal(seen.status, seen.executions == 1 ? 0 : REFUSED);
        check(seen.executions == 1 || strstr(seen.errors, "EMFILE") != NULL);
        refused += seen.executions == 0;
        forget(&seen);
    }
    check(refused >= 2 && refused < 10);
    check_sealed(&start, 1);
}

static void lack_of_descriptors_is_an_error(void **state) {
    (void)state;
    assert_child(run_with_few_descriptors, NULL);
}

/* --- the program's file is replaced or deleted --- */

static void delete_program(const struct start *start) {
    check(unlink(start->path) == 0);
}

static void replace_program(const struct start *start) {
    char kept[300], fresh[300];
    snprintf(kept, sizeof kept, "%s.kept", start->path);
    snprintf(fresh, sizeof fresh, "%s.fresh", start->path);
    check(link(start->path, kept) == 0 && symlink("/bin/false", fresh) == 0 && rename(fresh, start->path) == 0);
}

static void run_moved(void *unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct temp_directory directory = make_temp_directory();
        struct start start = {.path = copy_program(&directory, PROGRAMS[i], 0755), .once_executed = replace_program};
        check_sealed(&start, 1);
        remove_temp_directory(&directory);
    }
}

static void replaced_program_continues_as_itself(void **state) {
    (void)state;
    assert_child(run_moved, NULL);
}

static void run_deleted(void *unused) {
    (void)unused;
    char *require_sealed[] = {NULL, NULL}, text[64];
    snprintf(text, sizeof text, "REEXEC_REQUIRE=%#llx", (unsigned long long)EXESEAL_GUARANTEE_SEALED);
    struct temp_directory directory = make_temp_directory();
    struct start start = {.path = copy_program(&directory, "linked_static", 0755), .once_executed = delete_program};
    check_unlinked(&start, 0);
    require_sealed[0] = text;
    start.path = copy_program(&directory, "call_static", 0755);
    start.envp = require_sealed;
    check_sealed(&start, 1);
    remove_temp_directory(&directory);
}

/* It cannot be distinguished from a copy by strategy tmpfile. REQUIRE SEALED excludes it. */
static void deleted_program_counts_as_a_copy(void **state) {
    (void)state;
    assert_child(run_deleted, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memfd_noexec_1_changes_nothing),
        cmocka_unit_test(memfd_noexec_2_leads_to_a_tmpfile),
        cmocka_unit_test(memfd_noexec_2_and_noexec_directories_are_both_named),
        cmocka_unit_test(refused_memfd_create_leads_to_a_tmpfile),
        cmocka_unit_test(refused_execveat_leads_to_the_path_in_proc),
        cmocka_unit_test(refused_prctl_loses_only_the_name),
        cmocka_unit_test(refused_statx_is_fatal),
        cmocka_unit_test(without_proc_root_mounts_its_own_and_others_are_refused),
        cmocka_unit_test(user_namespace_changes_nothing),
        cmocka_unit_test(setuid_and_setgid_are_refused),
        cmocka_unit_test(file_capabilities_are_refused),
        cmocka_unit_test(program_that_cannot_be_read_is_refused),
        cmocka_unit_test(start_through_the_loader_is_refused),
        cmocka_unit_test(small_files_are_refused_without_a_signal),
        cmocka_unit_test(library_cannot_choose_to_run_unsealed),
        cmocka_unit_test(report_without_a_reader_raises_no_signal),
        cmocka_unit_test(lack_of_descriptors_is_an_error),
        cmocka_unit_test(replaced_program_continues_as_itself),
        cmocka_unit_test(deleted_program_counts_as_a_copy),
    };
    return run_all(tests);
}
