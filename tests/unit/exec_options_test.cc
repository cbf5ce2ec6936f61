// SPDX-License-Identifier: MIT
// Checks that the rows of launch/exec_options.h are complete, documented and tested.
#include "launch/profile.h"

#include "base/names.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

using namespace exeseal;

namespace {

const std::string kPage = SOURCE_ROOT "/docs/launching.md";
const std::string kBegin = "<!-- exec options -->\n", kEnd = "<!-- end of exec options -->\n";

struct Row {
    std::string name;
    uint64_t flag;
    uint32_t step;
    std::string option, document;
};

const Row kRows[] = {
#define EXEC_OPTION(NAME, STEP, check_values, check, apply, option, argument, parse, help, document)                   \
    {#NAME, EXESEAL_EXEC_##NAME, EXESEAL_STEP_##STEP, option, document},
#include "launch/exec_options.h"
};

std::string read_file(const std::filesystem::path &path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// The bits of the flags that the header defines, and the line that defines each.
std::set<uint64_t> flags_of_header() {
    std::set<uint64_t> flags;
    std::istringstream header(read_file(SOURCE_ROOT "/lib/include/exeseal.h"));
    for (std::string line; std::getline(header, line);) {
        size_t value = line.find("((uint64_t)1 << ");
        if (line.starts_with("#define EXESEAL_EXEC_") && value != line.npos)
            flags.insert(uint64_t{1} << std::stoul(line.substr(value + strlen("((uint64_t)1 << "))));
    }
    return flags;
}

std::set<uint64_t> bits_of(uint64_t flags) {
    std::set<uint64_t> bits;
    for (; flags != 0; flags &= flags - 1)
        bits.insert(flags & -flags);
    return bits;
}

std::string table() {
    std::ostringstream table;
    table << "| option | `exeseal run` | step | what it does |\n| --- | --- | --- | --- |\n";
    for (const Row &row : kRows)
        table << "| `" << row.name << "` | `--" << row.option << "` | "
              << (row.step != EXESEAL_STEP_DONE ? step_name(row.step) : "") << " | " << row.document << " |\n";
    return table.str();
}

// Removes the text between the markers, which must occur once each, from `page`.
std::string take_table(std::string &page, size_t &at) {
    at = page.find(kBegin);
    size_t end = page.find(kEnd);
    if (at == page.npos || end == page.npos)
        return "no markers";
    at += kBegin.size();
    std::string table = page.substr(at, end - at);
    page.erase(at, end - at);
    return table;
}

std::string tests_of_launching() {
    std::string text;
    for (const auto &file : std::filesystem::directory_iterator(SOURCE_ROOT "/tests/launch"))
        text += read_file(file.path());
    return text;
}

} // namespace

TEST(ExecOptions, HaveARowEach) {
    EXPECT_EQ(bits_of(known_exec_flags()), flags_of_header());
}

TEST(ExecOptions, AreInTheDocuments) {
    std::string page = read_file(kPage);
    size_t at = 0;
    std::string found = take_table(page, at);
    if (getenv("EXESEAL_UPDATE") != nullptr && at != page.npos) {
        std::ofstream(kPage) << page.insert(at, table());
        found = table();
    }
    EXPECT_EQ(found, table()) << "run this test with EXESEAL_UPDATE=1 to write " << kPage;
}

TEST(ExecOptions, AreTestedWithAProgramThatIsExecuted) {
    std::string tests = tests_of_launching();
    for (const Row &row : kRows)
        EXPECT_NE(tests.find("EXESEAL_EXEC_" + row.name), tests.npos) << "no file in tests/launch has " << row.name;
}
