// SPDX-License-Identifier: MIT
// test_malloc() and its kin: blocks between guards, and a list of those that are still there.
#ifndef CMOCKA_GTEST_ALLOCATION_H
#define CMOCKA_GTEST_ALLOCATION_H

namespace cmocka_gtest {

// A point in the life of the heap, as this thread sees it.
using HeapMark = unsigned long;
HeapMark mark_heap();

// Leaves, failing, if this thread has blocks that are younger than the mark; they are freed first.
void fail_if_leaked(HeapMark since, const char *who);

} // namespace cmocka_gtest

#endif
