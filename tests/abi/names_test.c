/* SPDX-License-Identifier: MIT */
/* Names of modes, strategies, steps, guarantees and evidence, and parsing them. */
#include "support.h"

static void misspelt_modes_are_einval(void **state) {
    (void)state;
    static const char *const misspelt[] = {
        "independent-data-cop",
        "independent-data-copy ",
        "Independent-Data-Copy",
        "independent_data_copy",
        " ",
        "ro-shared-pages",
        "ro-shared-page,",
        "automatic",
        "0",
        "memfd",
    };
    for (size_t i = 0; i < COUNT(misspelt); i++) {
        uint32_t mode = 42;
        assert_int_equal(exeseal_mode_parse(misspelt[i], &mode), -EINVAL);
        assert_int_equal(mode, 42);
    }
    uint32_t mode = 42;
    assert_int_equal(exeseal_mode_parse(NULL, &mode), -EINVAL);
    assert_int_equal(exeseal_mode_parse("", NULL), -EINVAL);
}

static void names_lead_back_to_their_numbers(void **state) {
    (void)state;
    uint32_t mode, count;
    for (count = 0; exeseal_mode_name(count) != NULL; count++) {
        assert_int_equal(exeseal_mode_parse(exeseal_mode_name(count), &mode), 0);
        assert_int_equal(mode, count);
    }
    assert_int_equal(count, 3);
    assert_string_equal(exeseal_mode_name(EXESEAL_MODE_AUTOMATIC), "");
    assert_string_equal(exeseal_mode_name(EXESEAL_MODE_INDEPENDENT_DATA_COPY), "independent-data-copy");
    assert_string_equal(exeseal_mode_name(EXESEAL_MODE_RO_SHARED_PAGE), "ro-shared-page");
    uint64_t bits;
    for (count = 0; exeseal_guarantee_name(count) != NULL; count++) {
        assert_int_equal(exeseal_guarantee_parse(exeseal_guarantee_name(count), &bits), 0);
        assert_int_equal(bits, (uint64_t)1 << count);
    }
    assert_int_equal((uint64_t)1 << (count - 1), EXESEAL_GUARANTEE_STABLE);
    assert_string_equal(exeseal_strategy_name(EXESEAL_STRATEGY_BIND), "bind");
    assert_string_equal(exeseal_strategy_name(EXESEAL_STRATEGY_VERITY), "verity");
    assert_null(exeseal_strategy_name(UINT32_MAX));
    assert_string_equal(exeseal_step_name(EXESEAL_STEP_SPAWN), "spawn");
    assert_string_equal(exeseal_step_name(EXESEAL_STEP_POLICY), "policy");
    assert_null(exeseal_step_name(UINT32_MAX));
    assert_string_equal(exeseal_evidence_name(EXESEAL_EVIDENCE_MEMORY), "memory");
    assert_string_equal(exeseal_evidence_name(EXESEAL_EVIDENCE_VERITY), "verity");
    assert_null(exeseal_evidence_name(UINT32_MAX));
}

static void every_step_has_a_kind(void **state) {
    (void)state;
    static const uint32_t kinds[][2] = {
        {EXESEAL_STEP_DONE, EXESEAL_KIND_NONE},
        {EXESEAL_STEP_ARGUMENT, EXESEAL_KIND_ARGUMENT},
        {EXESEAL_STEP_SOURCE, EXESEAL_KIND_SOURCE},
        {EXESEAL_STEP_PRIVILEGES, EXESEAL_KIND_SOURCE},
        {EXESEAL_STEP_LIMIT, EXESEAL_KIND_SEALING},
        {EXESEAL_STEP_READ_ONLY, EXESEAL_KIND_SEALING},
        {EXESEAL_STEP_SPAWN, EXESEAL_KIND_LAUNCH},
        {EXESEAL_STEP_LANDLOCK, EXESEAL_KIND_LAUNCH},
        {EXESEAL_STEP_EXECVEAT, EXESEAL_KIND_EXECUTION},
        {EXESEAL_STEP_PROC_EXEC, EXESEAL_KIND_EXECUTION},
        {EXESEAL_STEP_SCRIPT, EXESEAL_KIND_CAUSE},
        {EXESEAL_STEP_POLICY, EXESEAL_KIND_CAUSE},
        {UINT32_MAX, EXESEAL_KIND_NONE},
    };
    for (size_t i = 0; i < COUNT(kinds); i++)
        assert_int_equal(exeseal_step_kind(kinds[i][0]), kinds[i][1]);
    uint32_t step;
    for (step = EXESEAL_STEP_ARGUMENT; exeseal_step_name(step) != NULL; step++)
        assert_in_range(exeseal_step_kind(step), EXESEAL_KIND_ARGUMENT, EXESEAL_KIND_CAUSE);
    assert_int_equal(exeseal_step_kind(step), EXESEAL_KIND_NONE);
}

static void errno_names_are_the_headers(void **state) {
    (void)state;
    assert_string_equal(exeseal_errno_name(ENOENT), "ENOENT");
    assert_string_equal(exeseal_errno_name(EOPNOTSUPP), "EOPNOTSUPP");
    assert_string_equal(exeseal_errno_name(EAGAIN), "EAGAIN");
    static const int nameless[] = {0, -1, -ENOENT, 4095, INT32_MAX};
    for (size_t i = 0; i < COUNT(nameless); i++)
        assert_null(exeseal_errno_name(nameless[i]));
}

/* The advice is that of the report's text, in one line. */
static void advice_is_that_of_the_report(void **state) {
    (void)state;
    struct exeseal_report report = {.attempts = 1};
    report.attempt[0] =
        (struct exeseal_attempt){.strategy = EXESEAL_STRATEGY_MEMFD, .step = EXESEAL_STEP_CREATE, .error = EACCES};
    const char *advice = exeseal_advice(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EACCES);
    assert_non_null(advice);
    assert_null(strchr(advice, '\n'));
    assert_non_null(strstr(report_text(&report), advice));
    assert_non_null(exeseal_advice(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_LIMIT, EFBIG));
    assert_null(exeseal_advice(EXESEAL_STRATEGY_NONE, EXESEAL_STEP_DONE, 0));
    assert_null(exeseal_advice(UINT32_MAX, UINT32_MAX, ENOENT));
}

static void guarantee_lists_are_parsed(void **state) {
    (void)state;
    uint64_t bits = 7;
    assert_int_equal(exeseal_guarantee_parse("", &bits), 0);
    assert_int_equal(bits, 0);
    assert_int_equal(exeseal_guarantee_parse("sealed,own-pages", &bits), 0);
    assert_int_equal(bits, EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_OWN_PAGES);
    static const char *const misspelt[] = {"sealed,", ",sealed", "sealed,,stable", "sealed stable", "Sealed", "seal"};
    for (size_t i = 0; i < COUNT(misspelt); i++) {
        bits = 7;
        assert_int_equal(exeseal_guarantee_parse(misspelt[i], &bits), -EINVAL);
        assert_int_equal(bits, 7);
    }
    assert_int_equal(exeseal_guarantee_parse(NULL, &bits), -EINVAL);
    assert_int_equal(exeseal_guarantee_parse("", NULL), -EINVAL);
}

static void version_is_that_of_the_header(void **state) {
    (void)state;
    assert_int_equal(exeseal_version(),
                     EXESEAL_VERSION_MAJOR << 16 | EXESEAL_VERSION_MINOR << 8 | EXESEAL_VERSION_PATCH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misspelt_modes_are_einval),     cmocka_unit_test(names_lead_back_to_their_numbers),
        cmocka_unit_test(every_step_has_a_kind),         cmocka_unit_test(errno_names_are_the_headers),
        cmocka_unit_test(advice_is_that_of_the_report),  cmocka_unit_test(guarantee_lists_are_parsed),
        cmocka_unit_test(version_is_that_of_the_header),
    };
    return run_all(tests);
}
