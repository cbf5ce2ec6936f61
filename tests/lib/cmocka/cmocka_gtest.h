/* SPDX-License-Identifier: MIT */
/* Functions of this library that libcmocka lacks. A CMocka program's main() needs none of them. */
#ifndef CMOCKA_GTEST_H
#define CMOCKA_GTEST_H

#ifdef __cplusplus
extern "C" {
#endif

/* From now on cmocka_run_group_tests() and the deprecated variants only register their tests and
 * return 0. For a C++ main() that calls RUN_ALL_TESTS() itself, to run them together with all
 * other tests. */
void cmocka_gtest_register_only(void);

#ifdef __cplusplus
}
#endif

#endif
