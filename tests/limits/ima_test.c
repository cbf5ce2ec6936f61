/* SPDX-License-Identifier: MIT */
/*
 * Where IMA appraises executed files, a refusal is reported as IMA's. A policy stays in effect
 * until the machine is restarted, so this test does nothing without --load-policy, which is
 * meant for virtual machines. The rule covers one user ID that nothing else uses.
 */
#include "clones.h"

#include <grp.h>

enum { APPRAISED_USER = 4711 };

static bool may_load;

static void load_policy(void) {
    static const char *const policies[] = {"/sys/kernel/security/ima/policy",
                                           "/sys/kernel/security/integrity/ima/policy"};
    char rule[128];
    int length = snprintf(rule, sizeof rule, "appraise func=BPRM_CHECK uid=%d appraise_type=imasig\n", APPRAISED_USER);
    int fd = -1;
    for (size_t i = 0; i < COUNT(policies) && fd < 0; i++)
        fd = open(policies[i], O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        skip_because("no IMA policy can be loaded here");
    assert_int_equal(write(fd, rule, (size_t)length), length);
    assert_int_equal(close(fd), 0);
}

static void execute_payload(void *argument) {
    char *argv[] = {"payload", "exit", "7", NULL};
    exeseal_exec_fd(*(const int *)argument, argv, NULL, NULL, 0, NULL, 0);
}

static void execute_as_the_appraised_user(void *argument) {
    char *argv[] = {"payload", "exit", "7", NULL};
    const struct exeseal_exec_options check = {.flags = EXESEAL_EXEC_CHECK};
    struct exeseal_report report;
    check_that(setgroups(0, NULL) == 0 && setresgid(APPRAISED_USER, APPRAISED_USER, APPRAISED_USER) == 0 &&
                   setresuid(APPRAISED_USER, APPRAISED_USER, APPRAISED_USER) == 0,
               "becoming the user", __FILE__, __LINE__);
    check_equal(exeseal_exec_fd(*(const int *)argument, argv, NULL, NULL, 0, &report, sizeof report), -EACCES);
    check_equal(last_attempt(&report).step, EXESEAL_STEP_POLICY);
    check(strstr(report_text(&report), "IMA appraisal") != NULL);
    /* the static memfd would run under Landlock */
    check(strcmp(last_attempt(&report).where, "IMA, SELinux, AppArmor") == 0);
    int result = exeseal_exec_fd(*(const int *)argument, argv, NULL, &check, sizeof check, &report, sizeof report);
    /* 0 before Linux 6.14 */
    check(result == 0 || (result == -EACCES && last_attempt(&report).step == EXESEAL_STEP_POLICY));
}

static void refusal_by_ima_is_named(void **state) {
    (void)state;
    if (!may_load)
        skip_because("loads an IMA policy, which stays: only with --load-policy, in a virtual machine");
    skip_unless_root();
    int source = open_payload(), sealed = clone_of(source);
    assert_true(sealed >= 3);
    load_policy();
    /* control: a user whom the rule does not cover */
    assert_int_equal(in_child(execute_payload, &sealed), 7);
    assert_child(execute_as_the_appraised_user, &sealed);
    close(sealed);
    close(source);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(refusal_by_ima_is_named)};
    may_load = argc > 1 && strcmp(argv[1], "--load-policy") == 0;
    return run_all(tests);
}
