// SPDX-License-Identifier: MIT
// skip(): leaves a test without failing it.
#ifndef CMOCKA_GTEST_SKIP_H
#define CMOCKA_GTEST_SKIP_H

namespace cmocka_gtest {

bool skip_requested();

// Returns whether the test that has just ended early requested that. As in libcmocka, a request
// made in a fixture lasts until a test ends early.
bool take_skip_request();

} // namespace cmocka_gtest

#endif
