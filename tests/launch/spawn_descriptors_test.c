/* SPDX-License-Identifier: MIT */
/* Descriptors that are mapped over each other, and over descriptors that exeseal_spawn_fd needs. */
#include "execution.h"
#include "sandbox.h"

#include <sys/resource.h>

static char *LINKS[] = {"payload", "links", NULL};
static struct temp_directory directory;

enum { A = 3, B = 4, C = 5, PROGRAM = 6, DIRECTORY = 7, FIRST_FREE = 8 };

static void put(int fd, int number) {
    check(fd >= 0);
    if (fd == number)
        return;
    check(dup3(fd, number, O_CLOEXEC) == number);
    close(fd);
}

/* Opens files at A, B and C, then the program and a directory, and closes all others. All of them
 * are close-on-exec. */
static void arrange(struct execution *execution) {
    static const char names[] = "abc";
    int payload = fcntl(execution->fd, F_DUPFD_CLOEXEC, 100);
    for (int fd = A; fd < 1024; fd++)
        if (fd != payload)
            close(fd);
    for (int i = 0; i < 3; i++) {
        const char name[] = {names[i], '\0'};
        put(open(make_file(&directory, name, "", 0, 0644), O_RDONLY | O_CLOEXEC), A + i);
    }
    put(payload, PROGRAM);
    put(open(directory.path, O_PATH | O_CLOEXEC), DIRECTORY);
    execution->fd = PROGRAM;
    if ((execution->options.flags & EXESEAL_EXEC_DIRECTORY) != 0)
        execution->options.directory = DIRECTORY;
}

/* Filters the output of "payload links": "N name", one a line, without 0 to 2 unless
 * `with_standard`. */
static const char *names_of(char *output, bool with_standard) {
    static char names[1024];
    names[0] = '\0';
    for (char *line = strtok(output, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        int fd = atoi(line);
        const char *slash = strrchr(line, '/');
        if (fd > 2 || (with_standard && fd != 1))
            snprintf(names + strlen(names), sizeof names - strlen(names), "%d %s\n", fd,
                     slash == NULL ? "?" : slash + 1);
    }
    return names;
}

struct mapping {
    const char *what;
    uint32_t count;
    struct exeseal_descriptor_map map[EXESEAL_SPAWN_MAP];
    const char *wanted;
};

static const struct mapping mappings[] = {
    {"none", 0, {{0, 0}}, ""},
    {"to themselves", 3, {{A, A}, {B, B}, {C, C}}, "3 a\n4 b\n5 c\n"},
    {"swapped", 2, {{A, B}, {B, A}}, "3 b\n4 a\n"},
    {"in a ring", 3, {{A, B}, {B, C}, {C, A}}, "3 c\n4 a\n5 b\n"},
    {"the other way round", 3, {{A, C}, {C, B}, {B, A}}, "3 b\n4 c\n5 a\n"},
    {"one to many", 4, {{A, A}, {A, B}, {A, C}, {A, 20}}, "3 a\n4 a\n5 a\n20 a\n"},
    {"many to one: the last", 3, {{A, 9}, {B, 9}, {C, 9}}, "9 c\n"},
    {"over the program", 2, {{A, PROGRAM}, {B, 9}}, "6 a\n9 b\n"},
    {"over the directory", 2, {{A, DIRECTORY}, {B, 9}}, "7 a\n9 b\n"},
    {"over both, and from each other", 4, {{B, PROGRAM}, {A, DIRECTORY}, {C, A}, {A, C}}, "3 c\n5 a\n6 b\n7 a\n"},
    {"where copies would go", 4, {{A, 8}, {B, 9}, {C, 10}, {A, 11}}, "8 a\n9 b\n10 c\n11 a\n"},
    {"down a row", 6, {{8, 7}, {7, 6}, {6, 5}, {C, 4}, {B, 3}, {A, 8}}, NULL},
    {"sixteen",
     16,
     {{A, 8},
      {B, 9},
      {C, 10},
      {A, 11},
      {B, 12},
      {C, 13},
      {A, 14},
      {B, 15},
      {C, 16},
      {A, 17},
      {B, 18},
      {C, 19},
      {A, 20},
      {B, 21},
      {C, 22},
      {A, 23}},
     "8 a\n9 b\n10 c\n11 a\n12 b\n13 c\n14 a\n15 b\n16 c\n17 a\n18 b\n19 c\n20 a\n21 b\n22 c\n23 a\n"},
};

static struct exeseal_spawn_options options_of(const struct mapping *mapping) {
    struct exeseal_spawn_options options = {.map_count = mapping->count};
    memcpy(options.map, mapping->map, sizeof options.map);
    return options;
}

static void assert_maps(const struct mapping *mapping, uint64_t flags) {
    struct exeseal_spawn_options options = options_of(mapping);
    int fd = sealed_payload();
    struct execution execution = {
        .fd = fd, .argv = LINKS, .spawn = &options, .before = arrange, .options.flags = flags};
    assert_runs(&execution);
    const char *names = names_of(outcome->output, false);
    if (strcmp(names, mapping->wanted) != 0)
        print_error("%s, flags %d\n", mapping->what, (int)flags);
    assert_string_equal(names, mapping->wanted);
    close(fd);
}

static void every_order_works(void **state) {
    (void)state;
    static const uint64_t flags[] = {0, EXESEAL_EXEC_CLOSE_OTHERS, EXESEAL_EXEC_DIRECTORY,
                                     EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_DIRECTORY};
    for (size_t i = 0; i < COUNT(mappings); i++)
        for (size_t j = 0; mappings[i].wanted != NULL && j < COUNT(flags); j++)
            assert_maps(&mappings[i], flags[j]);
}

/* Descriptor 8 is not open. */
static void closed_descriptor_is_ebadf(void **state) {
    (void)state;
    struct exeseal_spawn_options options = options_of(&mappings[11]);
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = LINKS, .spawn = &options, .before = arrange};
    assert_does_not_run(&execution, EBADF, EXESEAL_STEP_SPAWN);
    close(fd);
}

static void name_a_closed_program(struct execution *execution) {
    arrange(execution);
    execution->fd = FIRST_FREE;
}

static void name_a_closed_directory(struct execution *execution) {
    arrange(execution);
    put(open(directory.path, O_PATH | O_CLOEXEC), A);
    execution->options.directory = FIRST_FREE;
}

/* FIRST_FREE is not open, and a copy that the mapping makes would get that number. */
static void closed_descriptor_is_not_taken_for_a_copy(void **state) {
    (void)state;
    struct exeseal_spawn_options source = {.map_count = 2, .map = {{A, 20}, {FIRST_FREE, 21}}};
    struct exeseal_spawn_options other = {.map_count = 1, .map = {{A, 20}}};
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = LINKS, .spawn = &source, .before = arrange};
    assert_does_not_run(&execution, EBADF, EXESEAL_STEP_SPAWN);
    execution.spawn = &other;
    execution.before = name_a_closed_program;
    assert_does_not_run(&execution, EBADF, EXESEAL_STEP_EXECVEAT);
    execution.options.flags = EXESEAL_EXEC_DIRECTORY;
    execution.before = name_a_closed_directory;
    assert_does_not_run(&execution, EBADF, EXESEAL_STEP_ARGUMENT);
    close(fd);
}

static void standard_descriptors_can_be_mapped_onto(void **state) {
    (void)state;
    struct exeseal_spawn_options options = {.map_count = 3, .map = {{A, 0}, {B, 2}, {C, 2}}};
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = LINKS, .spawn = &options, .before = arrange};
    assert_runs(&execution);
    assert_string_equal(names_of(outcome->output, true), "0 a\n2 c\n");
    close(fd);
}

static void standard_output_can_be_moved(void **state) {
    (void)state;
    struct exeseal_spawn_options options = {.map_count = 2, .map = {{1, 2}, {2, 1}}};
    static char *write_to_errors[] = {"sh", "-c", "echo here >&2", NULL};
    int source = open("/bin/sh", O_RDONLY | O_CLOEXEC), fd = clone_of(source);
    struct execution execution = {.fd = fd, .argv = write_to_errors, .spawn = &options};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "here\n");
    close(source);
    close(fd);
}

static void inherit_a(struct execution *execution) {
    arrange(execution);
    check(fcntl(A, F_SETFD, 0) == 0);
}

/* Descriptors that are inherited without a mapping stay inherited. `keep` has the numbers before
 * the mapping. */
static void keep_and_map_go_together(void **state) {
    (void)state;
    struct exeseal_spawn_options options = {.map_count = 1, .map = {{C, B}}};
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = LINKS, .spawn = &options, .before = inherit_a};
    assert_runs(&execution);
    assert_string_equal(names_of(outcome->output, false), "3 a\n4 c\n");
    execution.options.flags = EXESEAL_EXEC_CLOSE_OTHERS;
    assert_runs(&execution);
    assert_string_equal(names_of(outcome->output, false), "4 c\n");
    execution.options.keep_count = 1;
    execution.options.keep[0] = A;
    assert_runs(&execution);
    assert_string_equal(names_of(outcome->output, false), "3 a\n4 c\n");
    close(fd);
}

static void lower_limit(struct execution *execution) {
    arrange(execution);
    check(setrlimit(RLIMIT_NOFILE, &(struct rlimit){16, 16}) == 0);
}

static void the_last_number_can_be_mapped_onto(void **state) {
    (void)state;
    struct exeseal_spawn_options options = {.map_count = 2, .map = {{A, 15}, {B, 14}}};
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = LINKS, .spawn = &options, .before = lower_limit};
    assert_runs(&execution);
    assert_string_equal(names_of(outcome->output, false), "14 b\n15 a\n");
    options.map[0].to = 16;
    run(&execution);
    assert_true(outcome->returned);
    assert_int_equal(outcome->result, -EBADF);
    close(fd);
}

/* The interpreter opens the script by its descriptor, which must have its number after the mapping.
 */
static void script_runs_though_its_number_is_mapped_over(void **state) {
    (void)state;
    static char *arguments[] = {"script", NULL};
    struct exeseal_spawn_options options = {.map_count = 2, .map = {{A, PROGRAM}, {B, 8}}};
    int fd = sealed_text("#!/bin/sh\necho script\n");
    struct execution execution = {
        .fd = fd, .argv = arguments, .spawn = &options, .before = arrange, .options.flags = EXESEAL_EXEC_SCRIPT};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "script\n");
    close(fd);
}

static void refuse_execveat(struct execution *execution) {
    arrange(execution);
    refuse_system_call(SYS_execveat, ENOSYS);
}

static void mapping_works_with_the_path_in_proc_too(void **state) {
    (void)state;
    struct exeseal_spawn_options options = {.map_count = 2, .map = {{A, PROGRAM}, {PROGRAM, 8}}};
    int fd = sealed_payload();
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .spawn = &options, .before = refuse_execveat};
    assert_runs(&execution);
    assert_string_equal(outcome->output, "it runs\n");
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_works),
        cmocka_unit_test(closed_descriptor_is_ebadf),
        cmocka_unit_test(closed_descriptor_is_not_taken_for_a_copy),
        cmocka_unit_test(standard_descriptors_can_be_mapped_onto),
        cmocka_unit_test(standard_output_can_be_moved),
        cmocka_unit_test(keep_and_map_go_together),
        cmocka_unit_test(the_last_number_can_be_mapped_onto),
        cmocka_unit_test(script_runs_though_its_number_is_mapped_over),
        cmocka_unit_test(mapping_works_with_the_path_in_proc_too),
    };
    directory = make_temp_directory();
    int result = run_all(tests);
    remove_temp_directory(&directory);
    return result;
}
