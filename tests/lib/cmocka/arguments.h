// SPDX-License-Identifier: MIT
#ifndef CMOCKA_GTEST_ARGUMENTS_H
#define CMOCKA_GTEST_ARGUMENTS_H

namespace cmocka_gtest {

// Gives GoogleTest the --gtest_ arguments of a program whose main() knows nothing of it. Done once; a main() that has
// called InitGoogleTest() itself keeps what it said.
void start_googletest();

} // namespace cmocka_gtest

#endif
