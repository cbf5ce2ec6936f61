// SPDX-License-Identifier: MIT
// Turns off the assertions of libstdc++, which would call it. Every source file is compiled with
// -include of this file, since distributions pass -Wp,-D_GLIBCXX_ASSERTIONS, which a compiler reads
// after -U, and gcc 15 has the assertions on at -O0.
#undef _GLIBCXX_ASSERTIONS
#define _GLIBCXX_NO_ASSERTIONS // NOLINT(bugprone-reserved-identifier): the name is libstdc++'s
