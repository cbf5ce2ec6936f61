/* SPDX-License-Identifier: MIT */
/* EXESEAL_EXEC_CHECK returns what the execution returns, at each step, here and in a child. */
#include "execution.h"
#include "sandbox.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define BIT(number) ((uint64_t)1 << (number))

static int payload_fd, closed_directory, open_directory;

static void become_user(struct execution *unused) {
    (void)unused;
    become_ordinary_user();
}

static void become_user_without_new_privs(struct execution *unused) {
    become_user(unused);
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

static void lose_setpcap(struct execution *unused) {
    (void)unused;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    check(syscall(SYS_capget, &header, sets) == 0);
    sets[0].effective &= ~(uint32_t)BIT(CAP_SETPCAP);
    sets[0].permitted &= ~(uint32_t)BIT(CAP_SETPCAP);
    check(syscall(SYS_capset, &header, sets) == 0);
}

static void lose_setpcap_and_chown(struct execution *unused) {
    check(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0) == 0);
    lose_setpcap(unused);
}

static void forbid_to_raise_ambient(struct execution *unused) {
    (void)unused;
    check(prctl(PR_SET_SECUREBITS, 1 << 6, 0, 0, 0) == 0); /* SECBIT_NO_CAP_AMBIENT_RAISE */
}

static void enter_closed_directory(struct execution *unused) {
    (void)unused;
    check(fchdir(closed_directory) == 0);
}

enum { INHERITED = 90 };

static void inherit_program(struct execution *execution) {
    check(dup2(execution->fd, INHERITED) == INHERITED);
    execution->fd = INHERITED;
}

static void lower_limit(struct execution *unused) {
    (void)unused;
    check(setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, 100}) == 0);
}

#define CAPABILITIES EXESEAL_EXEC_CAPABILITIES

static const struct case_of {
    const char *name;
    void (*before)(struct execution *);
    struct exeseal_exec_options options;
    struct exeseal_spawn_options spawn;
    const int *directory;
    const char *script; /* NULL: not a script */
    int error;          /* 0: the program runs */
    uint32_t step;
} cases[] = {
    {.name = "no option"},
    {.name = "directory", .options.flags = EXESEAL_EXEC_DIRECTORY, .directory = &open_directory},
    {.name = "directory of another user",
     .before = become_user,
     .options.flags = EXESEAL_EXEC_DIRECTORY,
     .directory = &closed_directory,
     .error = EACCES,
     .step = EXESEAL_STEP_DIRECTORY},
    {.name = "directory that only root can search",
     .options.flags = EXESEAL_EXEC_DIRECTORY,
     .directory = &closed_directory},
    {.name = "Landlock as root", .options.flags = EXESEAL_EXEC_LANDLOCK},
    {.name = "Landlock as a user",
     .before = become_user,
     .options.flags = EXESEAL_EXEC_LANDLOCK,
     .error = EPERM,
     .step = EXESEAL_STEP_LANDLOCK},
    {.name = "Landlock if possible as a user",
     .before = become_user,
     .options.flags = EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE,
     .error = EPERM,
     .step = EXESEAL_STEP_LANDLOCK},
    {.name = "Landlock as a user, with no_new_privs",
     .before = become_user,
     .options.flags = EXESEAL_EXEC_LANDLOCK | EXESEAL_EXEC_NO_NEW_PRIVS},
    {.name = "Landlock as a user who has no_new_privs",
     .before = become_user_without_new_privs,
     .options.flags = EXESEAL_EXEC_LANDLOCK},
    {.name = "capabilities", .options = {.flags = CAPABILITIES, .inheritable = 3, .ambient = 1, .drop_bounding = 2}},
    {.name = "a user's inheritable set",
     .before = become_user,
     .options = {.flags = CAPABILITIES, .inheritable = 1},
     .error = EPERM,
     .step = EXESEAL_STEP_CAPABILITIES},
    {.name = "a user's bounding set",
     .before = become_user,
     .options = {.flags = CAPABILITIES, .drop_bounding = 1},
     .error = EPERM,
     .step = EXESEAL_STEP_CAPABILITIES},
    {.name = "a user's empty sets", .before = become_user, .options.flags = CAPABILITIES},
    {.name = "an unknown capability",
     .options = {.flags = CAPABILITIES, .inheritable = BIT(62) | 1},
     .error = EINVAL,
     .step = EXESEAL_STEP_CAPABILITIES},
    {.name = "an unknown capability leaves the bounding set",
     .options = {.flags = CAPABILITIES, .drop_bounding = BIT(62)}},
    {.name = "permitted capabilities become inheritable without CAP_SETPCAP",
     .before = lose_setpcap,
     .options = {.flags = CAPABILITIES, .inheritable = 1, .ambient = 1}},
    {.name = "other capabilities do not become inheritable",
     .before = lose_setpcap,
     .options = {.flags = CAPABILITIES, .inheritable = BIT(CAP_SETPCAP)},
     .error = EPERM,
     .step = EXESEAL_STEP_CAPABILITIES},
    {.name = "capabilities outside the bounding set",
     .before = lose_setpcap_and_chown,
     .options = {.flags = CAPABILITIES, .inheritable = BIT(CAP_CHOWN)},
     .error = EPERM,
     .step = EXESEAL_STEP_CAPABILITIES},
    {.name = "capabilities that are not in the bounding set",
     .before = lose_setpcap_and_chown,
     .options = {.flags = CAPABILITIES, .drop_bounding = BIT(CAP_CHOWN)}},
    {.name = "ambient capabilities are forbidden",
     .before = forbid_to_raise_ambient,
     .options = {.flags = CAPABILITIES, .inheritable = 1, .ambient = 1},
     .error = EPERM,
     .step = EXESEAL_STEP_CAPABILITIES},
    {.name = "no ambient capability is requested", .before = forbid_to_raise_ambient, .options.flags = CAPABILITIES},
    {.name = "keep has a closed descriptor",
     .options = {.flags = EXESEAL_EXEC_CLOSE_OTHERS, .keep_count = 1, .keep = {1000}},
     .error = EBADF,
     .step = EXESEAL_STEP_CLOSE_OTHERS},
    {.name = "a map", .before = lower_limit, .spawn = {.map_count = 1, .map = {{2, 99}}}},
    {.name = "map to a number above the limit",
     .before = lower_limit,
     .spawn = {.map_count = 1, .map = {{2, 100}}},
     .error = EBADF,
     .step = EXESEAL_STEP_SPAWN},
    {.name = "from what is not open",
     .spawn = {.map_count = 1, .map = {{1000, 9}}},
     .error = EBADF,
     .step = EXESEAL_STEP_SPAWN},
    {.name = "a script that its interpreter inherits", .before = inherit_program, .script = "#!/bin/sh\n"},
    {.name = "a script that is closed with the others",
     .before = inherit_program,
     .options.flags = EXESEAL_EXEC_CLOSE_OTHERS,
     .script = "#!/bin/sh\n",
     .error = ENOENT,
     .step = EXESEAL_STEP_SCRIPT},
    {.name = "a script that is kept",
     .before = inherit_program,
     .options = {.flags = EXESEAL_EXEC_CLOSE_OTHERS, .keep_count = 1, .keep = {INHERITED}},
     .script = "#!/bin/sh\n"},
    {.name = "a script whose number is another's in the program",
     .before = inherit_program,
     .spawn = {.map_count = 1, .map = {{1, INHERITED}}},
     .script = "#!/bin/sh\n",
     .error = ENOENT,
     .step = EXESEAL_STEP_SCRIPT},
    {.name = "an interpreter in the new directory",
     .options.flags = EXESEAL_EXEC_SCRIPT | EXESEAL_EXEC_DIRECTORY,
     .directory = &closed_directory,
     .script = "#!interpreter\n"},
    {.name = "an interpreter that is not in the new directory",
     .before = enter_closed_directory,
     .options.flags = EXESEAL_EXEC_SCRIPT | EXESEAL_EXEC_DIRECTORY,
     .directory = &open_directory,
     .script = "#!interpreter\n",
     .error = ENOENT,
     .step = EXESEAL_STEP_INTERPRETER},
};

static bool needs_root(const struct case_of *one) {
    return one->before != NULL || (one->options.flags & (EXESEAL_EXEC_LANDLOCK | CAPABILITIES)) != 0;
}

static void assert_agrees(const struct case_of *one, const struct exeseal_spawn_options *spawn) {
    struct execution execution = {
        .fd = payload_fd, .argv = PAYLOAD_SAY, .options = one->options, .before = one->before, .spawn = spawn};
    execution.options.directory = one->directory == NULL ? 0 : *one->directory;
    if (one->script != NULL)
        execution.fd = sealed_text(one->script);
    static const uint64_t checks[] = {0, EXESEAL_EXEC_CHECK};
    for (size_t i = 0; i < COUNT(checks); i++) {
        execution.options.flags |= checks[i];
        run(&execution);
        int result = outcome->returned ? outcome->result : 0;
        if (result != -one->error || outcome->returned != (one->error != 0 || checks[i] != 0))
            print_error("%s, %s: %d, returned %d, status %d\n%s", one->name, checks[i] ? "check" : "execution", result,
                        outcome->returned, outcome->status, report_text(&outcome->report));
        assert_int_equal(result, -one->error);
        assert_int_equal(outcome->returned, one->error != 0 || checks[i] != 0);
        if (one->error != 0)
            assert_int_equal(last_attempt(&outcome->report).step, one->step);
    }
    if (one->script != NULL)
        close(execution.fd);
}

static void check_answers_as_the_execution_does(void **state) {
    (void)state;
    bool is_root = geteuid() == 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct case_of *one = &cases[i];
        if (needs_root(one) && !is_root)
            continue;
        if (one->spawn.map_count == 0)
            assert_agrees(one, NULL);
        assert_agrees(one, &one->spawn);
    }
    skip_unless_root();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(check_answers_as_the_execution_does)};
    struct temp_directory directory = make_temp_directory();
    payload_fd = sealed_payload();
    open_directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    closed_directory = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    make_file(&directory, "interpreter", "#!/bin/sh\n", strlen("#!/bin/sh\n"), 0755);
    chmod(directory.path, 0700);
    int result = run_all(tests);
    remove_temp_directory(&directory);
    return result;
}
