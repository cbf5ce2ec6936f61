// SPDX-License-Identifier: MIT
#include "arguments.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
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

// GoogleTest resolves the path of a report in InitGoogleTest(), which a C++ main() calls first.
// Here main() may have called chdir(2) before its first group.
class AtStart {
  public:
    AtStart() : here_(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
        changed_ = here_ >= 0 && chdir(directory_at_start.c_str()) == 0;
    }
    AtStart(const AtStart &) = delete;
    AtStart &operator=(const AtStart &) = delete;
    ~AtStart() {
        if (changed_ && fchdir(here_) != 0)
            abort(); // the program would continue in another directory
        if (here_ >= 0)
            close(here_);
    }

  private:
    int here_;
    bool changed_;
};

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
    AtStart at_start;
    testing::InitGoogleTest(&argc, argv.data());
}

} // namespace cmocka_gtest
