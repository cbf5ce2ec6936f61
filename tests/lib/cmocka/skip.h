// SPDX-License-Identifier: MIT
// skip(): a test that leaves without having failed.
#ifndef CMOCKA_GTEST_SKIP_H
#define CMOCKA_GTEST_SKIP_H

namespace cmocka_gtest {

bool skip_requested();

// Whether the test that has just ended early asked for it. As in libcmocka, a request made in a fixture stands until
// a test ends early: only a test takes it.
bool take_skip_request();

} // namespace cmocka_gtest

#endif
