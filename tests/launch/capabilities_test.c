/* SPDX-License-Identifier: MIT */
/* Capability sets of the executed program, compared with those that libcap makes from the same
 * text. */
#include "execution.h"

#include <grp.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include <exeseal-caps.h>

#define BIT(capability) ((uint64_t)1 << (capability))

static int payload_fd;
static char *CAPABILITIES[] = {"payload", "status", "Cap", NULL};

/* Finds the line "FIELD:\t<16 digits>" in the output of the last program. */
static uint64_t seen(const char *field) {
    const char *line = strstr(outcome->output, field);
    assert_non_null(line);
    return strtoull(line + strlen(field) + 2, NULL, 16);
}

static uint64_t own_bounding_set(void) {
    uint64_t set = 0;
    for (int capability = 0; capability < 64; capability++)
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
            set |= BIT(capability);
    return set;
}

static struct exeseal_exec_options options_of(const char *text) {
    struct exeseal_exec_options options = {0};
    assert_int_equal(exeseal_caps_parse(text, &options), 0);
    return options;
}

static void program_gets_the_requested_sets(void **state) {
    (void)state;
    skip_unless_root();
    struct execution execution = {.fd = payload_fd,
                                  .argv = CAPABILITIES,
                                  .options = {.flags = EXESEAL_EXEC_CAPABILITIES,
                                              .drop_bounding = BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_PTRACE),
                                              .inheritable = BIT(CAP_CHOWN) | BIT(CAP_NET_BIND_SERVICE),
                                              .ambient = BIT(CAP_NET_BIND_SERVICE)}};
    uint64_t bounding = own_bounding_set() & ~execution.options.drop_bounding;
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution.spawn = BOTH_WAYS[i];
        assert_runs(&execution);
        assert_int_equal(seen("CapInh"), execution.options.inheritable);
        assert_int_equal(seen("CapAmb"), execution.options.ambient);
        assert_int_equal(seen("CapBnd"), bounding);
        assert_int_equal(seen("CapEff"), bounding); /* root gets the bounding set */
    }
}

/* An ordinary user who still has some capabilities, as the child of a service manager does. */
static void keep_some_as_ordinary_user(struct execution *unused) {
    (void)unused;
    check(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
    become_ordinary_user();
    cap_t set = cap_from_text("cap_setpcap,cap_net_raw,cap_net_bind_service=ep");
    check(set != NULL && cap_set_proc(set) == 0);
    cap_free(set);
}

static void ordinary_user_gets_ambient_capabilities(void **state) {
    (void)state;
    skip_unless_root();
    struct execution execution = {.fd = payload_fd,
                                  .argv = CAPABILITIES,
                                  .before = keep_some_as_ordinary_user,
                                  .options = options_of("^cap_net_bind_service,!cap_sys_admin")};
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution.spawn = BOTH_WAYS[i];
        execution.options.flags ^= i == 1 ? EXESEAL_EXEC_NO_NEW_PRIVS : 0;
        assert_runs(&execution);
        assert_int_equal(seen("CapEff"), BIT(CAP_NET_BIND_SERVICE));
        assert_int_equal(seen("CapPrm"), BIT(CAP_NET_BIND_SERVICE));
        assert_int_equal(seen("CapBnd") & BIT(CAP_SYS_ADMIN), 0);
    }
}

static void inherit_some(struct execution *unused) {
    (void)unused;
    cap_iab_t tuple = cap_iab_from_text("^cap_chown,cap_kill");
    check(tuple != NULL && cap_iab_set_proc(tuple) == 0);
    cap_free(tuple);
}

static void empty_sets_clear_inherited_capabilities(void **state) {
    (void)state;
    skip_unless_root();
    struct execution execution = {.fd = payload_fd, .argv = CAPABILITIES, .before = inherit_some};
    assert_runs(&execution);
    assert_int_equal(seen("CapInh"), BIT(CAP_CHOWN) | BIT(CAP_KILL)); /* control */
    assert_int_equal(seen("CapAmb"), BIT(CAP_CHOWN));
    execution.options = options_of("");
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution.spawn = BOTH_WAYS[i];
        assert_runs(&execution);
        assert_int_equal(seen("CapInh"), 0);
        assert_int_equal(seen("CapAmb"), 0);
    }
}

static void inheritable_capability_is_no_longer_ambient(void **state) {
    (void)state;
    skip_unless_root();
    struct execution execution = {
        .fd = payload_fd, .argv = CAPABILITIES, .before = inherit_some, .options = options_of("cap_chown")};
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution.spawn = BOTH_WAYS[i];
        run(&execution);
        assert_int_equal(seen("CapInh"), BIT(CAP_CHOWN));
        assert_int_equal(seen("CapAmb"), 0);
    }
}

/* --- without the permission --- */

static void become_user(struct execution *unused) {
    (void)unused;
    become_ordinary_user();
}

static void forbid_ambient(struct execution *unused) {
    (void)unused;
    check(prctl(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE, 0, 0, 0) == 0);
}

static void assert_refused(void (*before)(struct execution *), const char *text, const char *set) {
    struct execution execution = {
        .fd = payload_fd, .argv = CAPABILITIES, .before = before, .options = options_of(text)};
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution.spawn = BOTH_WAYS[i];
        run(&execution);
        assert_true(outcome->returned);
        assert_int_equal(outcome->result, -EPERM);
        struct exeseal_attempt last = last_attempt(&outcome->report);
        assert_int_equal(last.step, EXESEAL_STEP_CAPABILITIES);
        assert_string_equal(last.where, set);
    }
}

static void missing_permission_is_eperm_and_names_the_set(void **state) {
    (void)state;
    assert_refused(become_user, "cap_chown", "inheritable");
    assert_refused(become_user, "!cap_chown", "bounding");
    assert_refused(become_user, "^cap_chown,!cap_chown", "inheritable");
    skip_unless_root();
    assert_refused(forbid_ambient, "^cap_chown", "ambient");
}

static void leave_bounding_set_as_user(struct execution *unused) {
    (void)unused;
    check(prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) == 0);
    become_ordinary_user();
}

static void absent_capability_is_dropped_without_permission(void **state) {
    (void)state;
    skip_unless_root();
    struct execution execution = {.fd = payload_fd,
                                  .argv = CAPABILITIES,
                                  .before = leave_bounding_set_as_user,
                                  .options = options_of("!cap_sys_admin")};
    execution.options.drop_bounding |= BIT(63); /* unknown to this kernel */
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution.spawn = BOTH_WAYS[i];
        assert_runs(&execution);
        assert_int_equal(seen("CapBnd") & BIT(CAP_SYS_ADMIN), 0);
    }
}

/* capset(2) would ignore it silently. */
static void unknown_capability_is_einval(void **state) {
    (void)state;
    const uint64_t ambient[] = {0, BIT(63)};
    for (size_t i = 0; i < COUNT(ambient); i++) {
        struct execution execution = {.fd = payload_fd,
                                      .argv = CAPABILITIES,
                                      .options = {.flags = EXESEAL_EXEC_CAPABILITIES,
                                                  .inheritable = BIT(63) | BIT(CAP_CHOWN),
                                                  .ambient = ambient[i]}};
        assert_does_not_run(&execution, EINVAL, EXESEAL_STEP_CAPABILITIES);
        assert_string_equal(last_attempt(&outcome->report).where, "inheritable");
    }
}

/* --- libexeseal-caps and libcap --- */

static const char *const texts[] = {
    "",
    "cap_chown",
    "^cap_net_raw",
    "!cap_sys_admin",
    "cap_chown,^cap_net_raw,!cap_sys_admin",
    "!^cap_net_raw", /* ambient, and not in the bounding set */
    "!%cap_kill",
    "13",
    "^13,%12",
    "!40,39",
};

/* Applies the text by libcap. */
static void apply_by_libcap(struct execution *execution) {
    cap_iab_t tuple = cap_iab_from_text((const char *)execution->envp[0]);
    check(tuple != NULL && cap_iab_set_proc(tuple) == 0);
    execution->envp = NULL;
}

static void text_has_the_same_meaning_as_in_libcap(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(texts); i++) {
        char wanted[sizeof outcome->output], *as_environment[] = {(char *)texts[i], NULL};
        struct execution by_libcap = {
            .fd = payload_fd, .argv = CAPABILITIES, .envp = as_environment, .before = apply_by_libcap};
        assert_runs(&by_libcap);
        strcpy(wanted, outcome->output);
        struct execution execution = {.fd = payload_fd, .argv = CAPABILITIES, .options = options_of(texts[i])};
        assert_prints(&execution, wanted);
    }
}

static void sets_come_back_as_the_same_text(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct exeseal_exec_options options = options_of(texts[i]);
        cap_iab_t wanted = cap_iab_from_text(texts[i]), tuple = cap_iab_init();
        for (cap_value_t capability = 0; capability < 64; capability++) {
            uint64_t bit = BIT(capability);
            cap_iab_set_vector(tuple, CAP_IAB_BOUND, capability, (options.drop_bounding & bit) != 0);
            cap_iab_set_vector(tuple, CAP_IAB_INH, capability, (options.inheritable & bit) != 0);
            cap_iab_set_vector(tuple, CAP_IAB_AMB, capability, (options.ambient & bit) != 0);
        }
        assert_int_equal(cap_iab_compare(wanted, tuple), 0);
        cap_free(tuple);
        cap_free(wanted);
    }
}

static void none_leaves_root_no_capability(void **state) {
    (void)state;
    skip_unless_root();
    struct execution execution = {.fd = payload_fd, .argv = CAPABILITIES, .options = options_of("none")};
    assert_int_not_equal(own_bounding_set(), 0);
    for (size_t i = 0; i < COUNT(BOTH_WAYS); i++) {
        execution.spawn = BOTH_WAYS[i];
        assert_runs(&execution);
        static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
        for (size_t set = 0; set < COUNT(sets); set++)
            assert_int_equal(seen(sets[set]), 0);
    }
}

static void parsing_changes_nothing_else(void **state) {
    (void)state;
    struct exeseal_exec_options options, wanted;
    memset(&options, 0x5a, sizeof options);
    wanted = options;
    wanted.flags |= EXESEAL_EXEC_CAPABILITIES;
    wanted.drop_bounding = BIT(CAP_KILL);
    wanted.inheritable = wanted.ambient = BIT(CAP_CHOWN);
    errno = 1234;
    assert_int_equal(exeseal_caps_parse("^cap_chown,!cap_kill", &options), 0);
    assert_int_equal(errno, 1234);
    assert_memory_equal(&options, &wanted, sizeof options);
}

static void invalid_text_leaves_the_options_unchanged(void **state) {
    (void)state;
    static const char *const bad[] = {"cap_nonsense", ",", "cap_chown cap_kill", "all=", "64", "-1", "None", "none,"};
    struct exeseal_exec_options options, before;
    memset(&options, 0x5a, sizeof options);
    before = options;
    errno = 1234;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (exeseal_caps_parse(bad[i], &options) != -EINVAL)
            print_error("%s is taken\n", bad[i]);
        assert_memory_equal(&options, &before, sizeof options);
    }
    assert_int_equal(exeseal_caps_parse(NULL, &options), -EINVAL);
    assert_int_equal(exeseal_caps_parse("", NULL), -EINVAL);
    assert_int_equal(errno, 1234);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_gets_the_requested_sets),
        cmocka_unit_test(ordinary_user_gets_ambient_capabilities),
        cmocka_unit_test(empty_sets_clear_inherited_capabilities),
        cmocka_unit_test(inheritable_capability_is_no_longer_ambient),
        cmocka_unit_test(missing_permission_is_eperm_and_names_the_set),
        cmocka_unit_test(absent_capability_is_dropped_without_permission),
        cmocka_unit_test(unknown_capability_is_einval),
        cmocka_unit_test(text_has_the_same_meaning_as_in_libcap),
        cmocka_unit_test(sets_come_back_as_the_same_text),
        cmocka_unit_test(none_leaves_root_no_capability),
        cmocka_unit_test(parsing_changes_nothing_else),
        cmocka_unit_test(invalid_text_leaves_the_options_unchanged),
    };
    payload_fd = sealed_payload();
    int result = run_all(tests);
    close(payload_fd);
    return result;
}
