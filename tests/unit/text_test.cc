// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <gtest/gtest.h>
#include <string>

using namespace exeseal;

TEST(Text, CountsOnPastTheEndOfItsBuffer) {
    const std::string whole = "twelve bytes";
    for (size_t size = 0; size <= whole.size() + 2; size++) {
        std::string buffer(size + 1, '#');
        Text text(buffer.data(), size);
        text << "twelve "
             << "bytes";
        EXPECT_EQ(text.length(), whole.size()) << size;
        EXPECT_EQ(buffer[size], '#') << "wrote past a buffer of " << size;
        if (size != 0) {
            EXPECT_EQ(std::string(buffer.c_str()), whole.substr(0, size - 1)) << size;
        }
    }
}

TEST(Text, IsTerminatedBeforeAnythingIsWritten) {
    char buffer[4] = {'#', '#', '#', '#'};
    Text text(buffer, sizeof buffer);
    EXPECT_EQ(buffer[0], '\0');
    EXPECT_EQ(text.length(), 0u);
}

TEST(Text, WritesNumbers) {
    for (uint64_t number : {uint64_t{0}, uint64_t{7}, uint64_t{10}, uint64_t{4096}, UINT64_MAX}) {
        char buffer[32];
        Text(buffer, sizeof buffer) << number;
        EXPECT_EQ(std::string(buffer), std::to_string(number));
    }
}
