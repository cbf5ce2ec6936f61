// SPDX-License-Identifier: MIT
#include "arguments.h"

#include <gtest/gtest.h>

#include <filesystem>
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

std::string working_directory() {
    std::error_code failed;
    return std::filesystem::current_path(failed).string();
}

const std::string directory_at_start = working_directory();
const std::string kOutput = "--gtest_output=";

// Makes the path in a value of --gtest_output absolute. GoogleTest resolves a relative one when it
// registers the first test, which in a C program may be after a chdir(2).
std::string with_absolute_path(const std::string &output) {
    size_t colon = output.find(':');
    if (output.empty() || directory_at_start.empty())
        return output;
    std::string path = colon == std::string::npos ? "test_detail." + output : output.substr(colon + 1);
    return output.substr(0, colon) + ":" + (std::filesystem::path(directory_at_start) / path).string();
}

} // namespace

void start_googletest() {
    static bool done;
    if (std::exchange(done, true))
        return;
    GTEST_FLAG_SET(output, with_absolute_path(GTEST_FLAG_GET(output))); // of $GTEST_OUTPUT
    auto arguments = arguments_for_googletest();
    std::vector<char *> argv;
    for (std::string &argument : arguments) {
        if (argument.starts_with(kOutput))
            argument = kOutput + with_absolute_path(argument.substr(kOutput.size()));
        argv.push_back(argument.data());
    }
    int argc = static_cast<int>(argv.size());
    argv.push_back(nullptr);
    testing::InitGoogleTest(&argc, argv.data());
}

} // namespace cmocka_gtest
