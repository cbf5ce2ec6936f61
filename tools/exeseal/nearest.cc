// SPDX-License-Identifier: MIT
// Counts the edits between two words, where two letters that changed places are one edit.
#include "nearest.h"

#include <cstring>

namespace exeseal_tool {
namespace {

constexpr size_t kLongest = 32;

size_t smaller(size_t one, size_t other) {
    return one < other ? one : other;
}

// The optimal string alignment distance. row[i][j] is that of the first i and the first j letters.
size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t row[kLongest + 1][kLongest + 1];
    for (size_t i = 0; i <= a_length; i++)
        row[i][0] = i;
    for (size_t j = 0; j <= b_length; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a_length; i++)
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = row[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            row[i][j] = smaller(replaced, smaller(row[i - 1][j], row[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[i][j] = smaller(row[i][j], row[i - 2][j - 2] + 1);
        }
    return row[a_length][b_length];
}

} // namespace

void Nearest::consider(const char *name) {
    size_t name_length = strlen(name);
    if (length_ > kLongest || name_length > kLongest)
        return;
    size_t found = distance(text_, length_, name, name_length);
    if (found >= distance_ || found >= length_)
        return;
    distance_ = found;
    name_ = name;
}

} // namespace exeseal_tool
