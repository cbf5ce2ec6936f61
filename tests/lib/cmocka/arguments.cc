// SPDX-License-Identifier: MIT
#include "arguments.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace cmocka_gtest {

namespace {

// Read from /proc, since only glibc passes them to constructors. Without /proc, the GTEST_*
// environment still works.
std::vector<std::string> arguments_for_googletest() {
    std::ifstream whole("/proc/self/cmdline");
    std::vector<std::string> kept;
    for (std::string argument; std::getline(whole, argument, '\0');) {
        if (kept.empty() || argument.starts_with("--gtest_"))
            kept.push_back(argument);
    }
    if (kept.empty())
        kept.push_back("test");
    return kept;
}

} // namespace

void start_googletest() {
    static bool done;
    if (std::exchange(done, true))
        return;
    auto arguments = arguments_for_googletest();
    std::vector<char *> argv;
    for (std::string &argument : arguments)
        argv.push_back(argument.data());
    int argc = static_cast<int>(argv.size());
    argv.push_back(nullptr);
    testing::InitGoogleTest(&argc, argv.data());
}

} // namespace cmocka_gtest
