// SPDX-License-Identifier: MIT
#include "output_file.h"

#include <gtest/gtest.h>

#include <errno.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

namespace cmocka_gtest {

namespace {

struct Report {
    std::string head, suites, end;
};

Report split(const std::string &text) {
    bool json = text.starts_with("{");
    size_t list = text.find(json ? "\"testsuites\": [\n" : "<testsuites ");
    size_t begin = list == std::string::npos ? list : text.find('\n', list);
    size_t end = text.rfind(json ? "\n  ]\n}" : "</testsuites>");
    if (begin == std::string::npos || end == std::string::npos || end < begin + 1)
        return {text, "", ""};
    ++begin;
    return {text.substr(0, begin), text.substr(begin, end - begin), text.substr(end)};
}

const std::regex number(R"re(\b(tests|failures|disabled|errors|time)("?[=:] ?"?)([0-9.e-]+))re");

std::map<std::string, double> numbers_of(const std::string &head) {
    std::map<std::string, double> numbers;
    for (std::sregex_iterator found(head.begin(), head.end(), number), none; found != none; ++found)
        numbers[(*found)[1]] = std::stod((*found)[3]);
    return numbers;
}

std::string add_numbers(const std::string &head, std::map<std::string, double> more) {
    std::ostringstream sum;
    std::string rest = head;
    for (std::smatch found; std::regex_search(rest, found, number); rest = found.suffix())
        sum << found.prefix() << found[1] << found[2] << std::stod(found[3]) + more[found[1]];
    return sum.str() + rest;
}

std::string read(const std::string &path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// In a directory the first free name is used.
std::filesystem::path free_name(const std::filesystem::path &directory, const std::string &format) {
    std::string name = program_invocation_short_name;
    auto path = directory / (name + "." + format);
    for (int next = 1; std::filesystem::exists(path); ++next)
        path = directory / (name + "_" + std::to_string(next) + "." + format);
    return path;
}

// GoogleTest's own rules for turning the flag into a path.
std::string path_of(const std::string &flag) {
    std::string format = flag.substr(0, flag.find(':'));
    if (format != "xml" && format != "json")
        return "";
    std::string given = flag.size() > format.size() ? flag.substr(format.size() + 1) : "test_detail." + format;
    std::filesystem::path path = testing::UnitTest::GetInstance()->original_working_dir();
    path /= given;
    return given.ends_with("/") ? free_name(path, format) : path;
}

bool has_run() {
    return testing::UnitTest::GetInstance()->start_timestamp() != 0;
}

} // namespace

OutputFile::OutputFile() {
    std::string flag = GTEST_FLAG_GET(output);
    path_ = path_of(flag);
    if (path_.empty())
        return;
    if (has_run())
        join_last_run();
}

// A pipe or terminal can only be written to, so each group has its own report there.
void OutputFile::join_last_run() {
    if (path_.empty() || !std::filesystem::is_regular_file(path_))
        return;
    std::string last = read(path_);
    if (last == so_far_)
        return; // nothing has run
    so_far_ = so_far_.empty() ? last : join_reports(so_far_, last);
    std::ofstream(path_) << so_far_;
}

std::string join_reports(const std::string &first, const std::string &second) {
    Report one = split(first), two = split(second);
    bool comma = first.starts_with("{") && !one.suites.empty() && !two.suites.empty();
    return add_numbers(one.head, numbers_of(two.head)) + one.suites + (comma ? ",\n" : "") + two.suites + one.end;
}

} // namespace cmocka_gtest
