/* SPDX-License-Identifier: MIT */
/* A program that is already sealed, by exeseal or by others, makes no further memfd or execution.
 */
#include "starts.h"

#include "sandbox.h"

#include <sys/mman.h>

enum { NO_SEALING = 0x1, RUNC_SEALS = PEER_SEALS | F_SEAL_EXEC | F_SEAL_FUTURE_WRITE };

static const char *const PROGRAMS[] = {"call_static", "linked_static", "call", "linked"};

static struct bytes bytes_of(const char *program) {
    char name[64];
    snprintf(name, sizeof name, "reexec/%s", program);
    return read_path(built_program(name));
}

static int memfd_of(const char *program, int seals) {
    struct bytes bytes = bytes_of(program);
    int fd = make_memfd(bytes.data, bytes.size, 0755, seals == NO_SEALING ? F_SEAL_SEAL : seals);
    if (fd < 0 && errno == EINVAL && (seals & F_SEAL_EXEC) != 0)
        child_skip("F_SEAL_EXEC needs Linux 6.3");
    free(bytes.data);
    check(fd >= 0);
    return fd;
}

struct expected {
    int seals, executions;
};

static void check_memfd(void *argument) {
    const struct expected *expected = argument;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.fd = memfd_of(PROGRAMS[i], expected->seals)};
        check_sealed(&start, expected->executions);
        close(start.fd);
    }
}

#define assert_memfd(seals, executions) assert_child(check_memfd, (&(struct expected){seals, executions}))

static void own_seals_are_enough(void **state) {
    (void)state;
    assert_memfd(PEER_SEALS, 0);
}

/* As runc 1.2 and youki 0.5 or later do. */
static void more_seals_are_enough(void **state) {
    (void)state;
    assert_memfd(PEER_SEALS | F_SEAL_FUTURE_WRITE, 0);
    assert_memfd(RUNC_SEALS, 0);
}

static void unsealed_memfd_is_copied_once(void **state) {
    (void)state;
    assert_memfd(0, 1);
    assert_memfd(NO_SEALING, 1);
    assert_memfd(PEER_SEALS & ~F_SEAL_SEAL, 1);
    assert_memfd(PEER_SEALS & ~F_SEAL_WRITE, 1);
    assert_memfd(F_SEAL_FUTURE_WRITE, 1);
}

static void check_library_clone(void *unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        char name[64];
        snprintf(name, sizeof name, "reexec/%s", PROGRAMS[i]);
        int source = open(built_program(name), O_RDONLY | O_CLOEXEC);
        struct start start = {.fd = clone_of(source)};
        check_sealed(&start, 0);
        close(start.fd);
        close(source);
    }
}

static void clone_of_the_library_is_enough(void **state) {
    (void)state;
    assert_child(check_library_clone, NULL);
}

static void take_comm(void *unused) {
    (void)unused;
    int source = open(built_program("reexec/linked_static"), O_RDONLY | O_CLOEXEC);
    struct exeseal_clone_options options = {.name = "its-name"};
    char *argv[] = {"/bin/another", NULL};
    struct start start = {.fd = exeseal_clone(source, &options, sizeof options, NULL, 0), .argv = argv};
    struct seen seen = run_start(&start);
    check_equal(seen.executions, 0);
    check(strstr(seen.text, "\ncomm its-name\n") != NULL);
    forget(&seen);
}

/* Linux names the thread "3" or "memfd:NAME". */
static void thread_gets_the_memfds_name(void **state) {
    (void)state;
    assert_child(take_comm, NULL);
}

/* As LXC's fallback and strategy tmpfile leave it. */
static void check_unlinked_file(void *unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct bytes bytes = bytes_of(PROGRAMS[i]);
        struct start start = {.fd = unlinked_file(bytes.data, bytes.size, 0755)};
        check_unlinked(&start, 0);
        close(start.fd);
        free(bytes.data);
    }
}

static void unlinked_file_is_enough(void **state) {
    (void)state;
    assert_child(check_unlinked_file, NULL);
}

static void refuse_memfd(void *unused) {
    (void)unused;
    refuse_system_call(SYS_memfd_create, ENOSYS);
}

static void check_unsealed_memfd_by_tmpfile(void *unused) {
    (void)unused;
    for (size_t i = 0; i < COUNT(PROGRAMS); i++) {
        struct start start = {.fd = memfd_of(PROGRAMS[i], 0), .before = refuse_memfd};
        check_unlinked(&start, 1);
        close(start.fd);
    }
}

/* A memfd has no name either. It is not a copy, because it can be changed. */
static void unsealed_memfd_is_copied_to_a_tmpfile(void **state) {
    (void)state;
    assert_child(check_unsealed_memfd_by_tmpfile, NULL);
}

/* --- require --- */

static char **require(uint64_t guarantees) {
    static char text[64], *envp[] = {text, NULL};
    snprintf(text, sizeof text, "REEXEC_REQUIRE=%#llx", (unsigned long long)guarantees);
    return envp;
}

static void check_require(void *unused) {
    (void)unused;
    struct bytes bytes = bytes_of("call_static");
    struct start start = {.fd = unlinked_file(bytes.data, bytes.size, 0755), .envp = require(EXESEAL_GUARANTEE_SEALED)};
    check_sealed(&start, 1);
    close(start.fd);

    start.fd = memfd_of("call_static", RUNC_SEALS);
    check_sealed(&start, 0);
    start.envp = require(EXESEAL_GUARANTEE_X_SEALED);
    check_sealed(&start, 0);
    start.envp = require(EXESEAL_GUARANTEE_PEER_SEALED);
    check_sealed(&start, 1);
    struct seen seen = run_start(&start);
    check_equal(seen.seals, PEER_SEALS);
    forget(&seen);
    close(start.fd);

    start.fd = memfd_of("call_static", PEER_SEALS);
    start.envp = require(EXESEAL_GUARANTEE_PEER_SEALED | EXESEAL_GUARANTEE_LANDLOCK | EXESEAL_GUARANTEE_READ_ONLY);
    check_sealed(&start, 0);
    start.envp = require(EXESEAL_GUARANTEE_X_SEALED);
    check_sealed(&start, 1);
    seen = run_start(&start);
    check_equal(seen.seals & F_SEAL_EXEC, F_SEAL_EXEC);
    forget(&seen);
}

static void missing_guarantee_leads_to_one_copy(void **state) {
    (void)state;
    assert_child(check_require, NULL);
}

static void check_unlinked_is_not_sealed(void *unused) {
    (void)unused;
    struct start start = {.program = "call_static", .envp = require(EXESEAL_GUARANTEE_SEALED), .before = refuse_memfd};
    check_does_not_run(&start, ENOSYS, "memfd: create: ENOSYS", "tmpfile: require: EOPNOTSUPP (sealed)");
    start.envp = require(EXESEAL_GUARANTEE_PEER_SEALED | EXESEAL_GUARANTEE_X_SEALED);
    start.before = NULL;
    check_does_not_run(&start, EOPNOTSUPP, "memfd: require: EOPNOTSUPP", "peer-sealed");
}

static void unavailable_guarantee_is_an_error(void **state) {
    (void)state;
    assert_child(check_unlinked_is_not_sealed, NULL);
}

/* --- options --- */

struct refusal {
    char *variable;
    const char *text;
    char *other; /* a second variable */
};

static void check_option(void *argument) {
    const struct refusal *refusal = argument;
    char *envp[] = {refusal->variable, refusal->other, NULL};
    struct start start = {.program = "call_static", .envp = envp};
    check_does_not_run(&start, EINVAL, refusal->text, "EINVAL");
}

static void options_without_effect_are_rejected(void **state) {
    (void)state;
    static char texts[5][64];
    struct refusal refusals[] = {{texts[0], "(mode)", NULL},
                                 {texts[1], "(flags)", NULL},
                                 {texts[2], "(flags)", NULL},
                                 {texts[3], "(require)", NULL},
                                 {texts[4], "(require)", NULL},
                                 {"REEXEC_MODE=77", "(mode)", NULL},
                                 {"REEXEC_FALLBACK=2", "(fallback)", "REEXEC_MODE=1"},
                                 {"REEXEC_FLAGS=0x8000000000000000", "(flags)", NULL},
                                 {"REEXEC_REQUIRE=0x8000000000000000", "(require)", NULL},
                                 {"REEXEC_ARGV=none", "(argv)", NULL}};
    snprintf(texts[0], sizeof texts[0], "REEXEC_MODE=%d", EXESEAL_MODE_RO_SHARED_PAGE);
    snprintf(texts[1], sizeof texts[1], "REEXEC_FLAGS=%#llx", (unsigned long long)EXESEAL_CLONE_DROP_PRIVILEGES);
    snprintf(texts[2], sizeof texts[2], "REEXEC_FLAGS=%#llx", (unsigned long long)EXESEAL_CLONE_RECLAIMABLE);
    snprintf(texts[3], sizeof texts[3], "REEXEC_REQUIRE=%#llx", (unsigned long long)EXESEAL_GUARANTEE_OWN_PAGES);
    snprintf(texts[4], sizeof texts[4], "REEXEC_REQUIRE=%#llx", (unsigned long long)EXESEAL_GUARANTEE_STABLE);
    for (size_t i = 0; i < COUNT(refusals); i++)
        assert_child(check_option, &refusals[i]);
}

static void check_explicit_mode(void *unused) {
    (void)unused;
    char text[64], *envp[] = {text, NULL};
    snprintf(text, sizeof text, "REEXEC_MODE=%d", EXESEAL_MODE_INDEPENDENT_DATA_COPY);
    struct start start = {.program = "call_static", .envp = envp};
    check_sealed(&start, 1);
    start.program = NULL;
    start.fd = memfd_of("call_static", PEER_SEALS);
    check_sealed(&start, 0);
}

static void check_small_pages(void *unused) {
    (void)unused;
    char text[64], *envp[] = {text, NULL};
    snprintf(text, sizeof text, "REEXEC_FLAGS=%#llx", (unsigned long long)EXESEAL_CLONE_SMALL_PAGES);
    struct start start = {.program = "call_static", .envp = envp};
    check_sealed(&start, 1);
}

static void small_pages_can_be_requested(void **state) {
    (void)state;
    assert_child(check_small_pages, NULL);
}

static void both_modes_are_equivalent(void **state) {
    (void)state;
    assert_child(check_explicit_mode, NULL);
}

/* --- constructors --- */

static void check_constructors(void *unused) {
    (void)unused;
    struct start start = {.program = "constructors"};
    struct seen plain = run_start(&start);
    check(strstr(plain.text, " 15\n") == NULL);
    check(strncmp(plain.text, "first ", 6) == 0 && strstr(plain.text, "\nconstructor ") != NULL);
    forget(&plain);
    start.program = "constructors_linked";
    check_sealed(&start, 1);
    struct seen seen = run_start(&start);
    if (strcmp(seen.text, "first 15\nconstructor 15\nmain 15\ndestructor 15\n") != 0)
        dprintf(STDERR_FILENO, "%s\n", seen.text);
    check(strcmp(seen.text, "first 15\nconstructor 15\nmain 15\ndestructor 15\n") == 0);
    forget(&seen);
}

static void constructors_run_once_and_sealed(void **state) {
    (void)state;
    assert_child(check_constructors, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_seals_are_enough),
        cmocka_unit_test(more_seals_are_enough),
        cmocka_unit_test(unsealed_memfd_is_copied_once),
        cmocka_unit_test(clone_of_the_library_is_enough),
        cmocka_unit_test(thread_gets_the_memfds_name),
        cmocka_unit_test(unlinked_file_is_enough),
        cmocka_unit_test(unsealed_memfd_is_copied_to_a_tmpfile),
        cmocka_unit_test(missing_guarantee_leads_to_one_copy),
        cmocka_unit_test(unavailable_guarantee_is_an_error),
        cmocka_unit_test(options_without_effect_are_rejected),
        cmocka_unit_test(both_modes_are_equivalent),
        cmocka_unit_test(small_pages_can_be_requested),
        cmocka_unit_test(constructors_run_once_and_sealed),
    };
    return run_all(tests);
}
