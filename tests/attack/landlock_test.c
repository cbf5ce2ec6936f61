/* SPDX-License-Identifier: MIT */
/* Which result runs under which Landlock ruleset: LANDLOCK promises that a memfd needs no rule. */
#include "landlock.h"

#include "targets.h"

enum { RUNS = 0, REFUSED = 44 };

struct trial {
    const struct form *form;
    const char *program;
    char *const *argv;
    const char *allowed[4];
    size_t count;
};

static struct temp_directory directory; /* allows the source */
static char static_program[256], interpreter[256];
static char *const EXIT_0[] = {"payload", "exit", "0", NULL}, *const TRUE[] = {"true", NULL};

static void run_below(int fd, const struct trial *trial) {
    allow_execution_only_below(trial->allowed, trial->count);
    check_equal(exeseal_exec_fd(fd, trial->argv, NULL, NULL, 0, NULL, 0), -EACCES);
    _exit(REFUSED);
}

static void run_clone(void *argument) {
    const struct trial *trial = argument;
    struct exeseal_report report;
    int source = open(trial->program, O_RDONLY | O_CLOEXEC);
    int fd = clone_as(trial->form, trial->form->is_of_sealed ? clone_of(source) : source, &report);
    if (fd < 0)
        child_skip("this strategy is not to be had here");
    run_below(fd, trial);
}

static void run_source(void *argument) {
    const struct trial *trial = argument;
    run_below(open(trial->program, O_RDONLY | O_CLOEXEC), trial);
}

static bool needs_no_rule(size_t form) {
    return form == REUSE || form == MEMFD || form == X_SEALED_MEMFD;
}

/* A memfd runs if its interpreter and libraries are allowed. Every other result is refused. */
static void assert_each(const char *name, struct trial trial, int memfd) {
    size_t skipped = 0;
    for (size_t form = 0; form < FORMS; form++) {
        trial.form = &FORM[form];
        int status = in_child(run_clone, &trial);
        if (status == 77) {
            print_message("skip %s: %s is not to be had here\n", name, FORM[form].name);
            skipped++;
            continue;
        }
        if (status != (needs_no_rule(form) ? memfd : REFUSED))
            print_error("%s: %s ended with %d\n", name, FORM[form].name, status);
        assert_int_equal(status, needs_no_rule(form) ? memfd : REFUSED);
    }
    if (skipped == FORMS)
        skip_test(name, "no Landlock");
}

static void memfd_runs_where_nothing_is_allowed(void **state) {
    (void)state;
    assert_each(__func__, (struct trial){.program = static_program, .argv = EXIT_0}, RUNS);
}

/* gVisor's pull request 13100: a rule for the source does not cover copies or detached mounts of
 * it. */
static void rule_for_the_source_covers_no_other_strategy(void **state) {
    (void)state;
    struct trial trial = {.program = static_program, .argv = EXIT_0, .allowed = {directory.path}, .count = 1};
    assert_each(__func__, trial, RUNS);
}

static void control_rule_for_the_source_lets_the_source_run(void **state) {
    (void)state;
    struct trial trial = {.program = static_program, .argv = EXIT_0, .allowed = {directory.path}, .count = 1};
    assert_child(run_source, &trial);
    trial.count = 0;
    assert_int_equal(in_child(run_source, &trial), REFUSED);
}

static void find_interpreter(void) {
    struct exeseal_info info;
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    if (exeseal_inspect(fd, &info, sizeof info) < 0 || info.image != EXESEAL_IMAGE_DYNAMIC)
        skip_because("/bin/true is not dynamic here");
    snprintf(interpreter, sizeof interpreter, "%s", info.interpreter);
    close(fd);
}

static void dynamic_memfd_needs_its_interpreter(void **state) {
    (void)state;
    find_interpreter();
    struct trial trial = {.program = "/bin/true", .argv = TRUE, .allowed = {interpreter}};
    assert_each("nothing allowed", trial, REFUSED);
    trial.count = 1;
    assert_each("interpreter allowed", trial, RUNS);
}

static void static_memfd_runs_where_an_interpreter_is_allowed(void **state) {
    (void)state;
    find_interpreter();
    struct trial trial = {.program = static_program, .argv = EXIT_0, .allowed = {interpreter}, .count = 1};
    assert_each(__func__, trial, RUNS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memfd_runs_where_nothing_is_allowed),
        cmocka_unit_test(rule_for_the_source_covers_no_other_strategy),
        cmocka_unit_test(control_rule_for_the_source_lets_the_source_run),
        cmocka_unit_test(dynamic_memfd_needs_its_interpreter),
        cmocka_unit_test(static_memfd_runs_where_an_interpreter_is_allowed),
    };
    directory = make_temp_directory();
    snprintf(static_program, sizeof static_program, "%s",
             make_file(&directory, "program", program()->data, program()->size, 0755));
    int result = run_all(tests);
    remove_temp_directory(&directory);
    return result;
}
