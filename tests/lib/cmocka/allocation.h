// SPDX-License-Identifier: MIT
// test_malloc() and related functions: blocks between guards, and a list of those not yet freed.
#ifndef CMOCKA_GTEST_ALLOCATION_H
#define CMOCKA_GTEST_ALLOCATION_H

namespace cmocka_gtest {

// A point in the life of the heap, as this thread sees it.
using HeapMark = unsigned long;
HeapMark mark_heap();

// If this thread has blocks younger than the mark, frees them and fails the test.
void fail_if_leaked(HeapMark since, const char *who);

} // namespace cmocka_gtest

#endif
