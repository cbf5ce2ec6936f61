// SPDX-License-Identifier: MIT
// Fuzzes exeseal_report_format: the input is the size of the buffer, and a report.
#include "fuzz.h"

#include <algorithm>
#include <cerrno>

using namespace exeseal::fuzz;

namespace {

void hold_cut(const exeseal_report &report, const std::string &whole, size_t room) {
    Exact buffer(room);
    int length = exeseal_report_format(&report, sizeof report, buffer.as(), room);
    hold(length == static_cast<int>(whole.size()), "the length does not depend on the buffer");
    if (room == 0)
        return;
    size_t fits = std::min(room - 1, whole.size());
    hold(buffer.bytes().substr(0, fits) == whole.substr(0, fits), "the text is cut at the end of the buffer");
    hold(buffer.bytes()[fits] == '\0', "the text ends in a NUL");
}

size_t lines_of(const exeseal_report &report) {
    size_t lines = report.strategy != EXESEAL_STRATEGY_NONE;
    for (uint32_t i = 0; i < EXESEAL_REPORT_ATTEMPTS && i < report.attempts; i++)
        lines += report.attempt[i].error != 0;
    return lines + (report.attempts > EXESEAL_REPORT_ATTEMPTS);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Input input(data, size);
    size_t room = input.number<uint16_t>() % 8192, report_size = input.number<uint16_t>() % 4200;
    exeseal_report report = {};
    input.take(sizeof report).copy(reinterpret_cast<char *>(&report), sizeof report);

    int length = exeseal_report_format(&report, sizeof report, nullptr, 0);
    hold(length >= 0, "each report has a text");
    Exact buffer(static_cast<size_t>(length) + 1);
    hold(exeseal_report_format(&report, sizeof report, buffer.as(), buffer.size()) == length, "the same length twice");
    std::string text(buffer.as());
    hold(text.size() == static_cast<size_t>(length), "the length is that of the text");
    hold(is_printable(text), "the text is printable");
    size_t newlines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    hold(newlines == lines_of(report), "each failed attempt has one line");
    hold(text.empty() || text.back() == '\n', "each line has its end");
    hold_cut(report, text, room);

    Exact other(report_size, {reinterpret_cast<const char *>(&report), sizeof report});
    int result = exeseal_report_format(other.as<exeseal_report>(), report_size, nullptr, 0);
    hold(report_size < sizeof report ? result == -EINVAL : result >= 0 || result == -E2BIG,
         "a report that is too small is rejected");
    return 0;
}
