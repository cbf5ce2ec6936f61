/* SPDX-License-Identifier: MIT */
/* Names of modes, strategies, steps, guarantees and evidence, and the way back. */
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
    assert_null(exeseal_strategy_name(EXESEAL_STRATEGY_VERITY + 1));
    assert_string_equal(exeseal_step_name(EXESEAL_STEP_SPAWN), "spawn");
    assert_string_equal(exeseal_step_name(EXESEAL_STEP_POLICY), "policy");
    assert_null(exeseal_step_name(EXESEAL_STEP_POLICY + 1));
    assert_string_equal(exeseal_evidence_name(EXESEAL_EVIDENCE_MEMORY), "memory");
    assert_string_equal(exeseal_evidence_name(EXESEAL_EVIDENCE_VERITY), "verity");
    assert_null(exeseal_evidence_name(UINT32_MAX));
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
        cmocka_unit_test(misspelt_modes_are_einval),
        cmocka_unit_test(names_lead_back_to_their_numbers),
        cmocka_unit_test(guarantee_lists_are_parsed),
        cmocka_unit_test(version_is_that_of_the_header),
    };
    return run_all(tests);
}
