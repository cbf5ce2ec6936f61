/* SPDX-License-Identifier: MIT */
/* What this library has and libcmocka does not. Nobody needs it whose main() is a CMocka program's. */
#ifndef CMOCKA_GTEST_H
#define CMOCKA_GTEST_H

#ifdef __cplusplus
extern "C" {
#endif

/* From now on cmocka_run_group_tests() and its deprecated kin only register their tests, and return 0: for a C++ main()
 * whose own RUN_ALL_TESTS() is to run them with all others, in one run. */
void cmocka_gtest_register_only(void);

#ifdef __cplusplus
}
#endif

#endif
