// SPDX-License-Identifier: MIT
#ifndef CMOCKA_GTEST_ARGUMENTS_H
#define CMOCKA_GTEST_ARGUMENTS_H

namespace cmocka_gtest {

// Passes the --gtest_ arguments to GoogleTest in a program whose main() does not know it. Acts only
// once. A main() that has called InitGoogleTest() itself keeps its settings.
void start_googletest();

} // namespace cmocka_gtest

#endif
