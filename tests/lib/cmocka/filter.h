// SPDX-License-Identifier: MIT
// cmocka_set_test_filter() and cmocka_set_skip_filter().
#ifndef CMOCKA_GTEST_FILTER_H
#define CMOCKA_GTEST_FILTER_H

namespace cmocka_gtest {

bool passes_filters(const char *test);

}

#endif
