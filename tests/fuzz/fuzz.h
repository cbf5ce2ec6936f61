// SPDX-License-Identifier: MIT
// What the fuzz targets share: reading the input piece by piece, and stating properties.
#pragma once

#include "exeseal.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace exeseal::fuzz {

// Ends the run, and libFuzzer saves the input, if a property does not hold.
inline void hold(bool property, const char *text) {
    if (property)
        return;
    fprintf(stderr, "this does not hold: %s\n", text);
    abort();
}

// The input. A number beyond its end is zero.
class Input {
  public:
    Input(const uint8_t *bytes, size_t size) : rest_(reinterpret_cast<const char *>(bytes), size) {}

    template <typename Number> Number number() {
        Number value = 0;
        std::string_view taken = take(sizeof value);
        taken.copy(reinterpret_cast<char *>(&value), sizeof value);
        return value;
    }
    uint8_t byte() { return number<uint8_t>(); }
    bool is_empty() const { return rest_.empty(); }

    std::string_view take(size_t size) {
        std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    // A string up to the next NUL.
    std::string text() {
        std::string taken(rest_.substr(0, rest_.find('\0')));
        rest_.remove_prefix(taken.size() < rest_.size() ? taken.size() + 1 : rest_.size());
        return taken;
    }

    std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

// Memory of exactly `size` bytes: AddressSanitizer reports what is written beyond it.
class Exact {
  public:
    explicit Exact(size_t size, std::string_view content = {})
        : bytes_(static_cast<char *>(malloc(size)), free), size_(size) {
        memset(bytes_.get(), 0xa5, size);
        content.copy(bytes_.get(), size);
    }
    template <typename Type = char> Type *as() { return reinterpret_cast<Type *>(bytes_.get()); }
    size_t size() const { return size_; }
    std::string_view bytes() const { return {bytes_.get(), size_}; }

  private:
    std::unique_ptr<char, void (*)(void *)> bytes_;
    size_t size_;
};

// Holds that the scope closes every descriptor that it opens.
class SameDescriptors {
  public:
    SameDescriptors() : before_(count()) {}
    ~SameDescriptors() { hold(count() == before_, "no descriptor is left open"); }
    SameDescriptors(const SameDescriptors &) = delete;
    SameDescriptors &operator=(const SameDescriptors &) = delete;

  private:
    static int count() {
        DIR *directory = opendir("/proc/self/fd");
        hold(directory != nullptr, "/proc is mounted");
        int entries = 0;
        while (readdir(directory) != nullptr)
            entries++;
        closedir(directory);
        return entries;
    }

    int before_;
};

template <typename Struct> bool is_same(const Struct &one, const Struct &other) {
    return memcmp(&one, &other, sizeof one) == 0;
}

// Lines of printable ASCII.
inline bool is_printable(std::string_view text) {
    for (char c : text)
        if ((c < ' ' && c != '\n') || c > '~')
            return false;
    return true;
}

// Holds what every report promises about the result of its call.
inline void hold_report(const exeseal_report &report, int result) {
    uint32_t last = report.attempts < EXESEAL_REPORT_ATTEMPTS ? report.attempts : EXESEAL_REPORT_ATTEMPTS;
    for (uint32_t i = 0; i < EXESEAL_REPORT_ATTEMPTS; i++) {
        const exeseal_attempt &attempt = report.attempt[i];
        std::string_view where(attempt.where, sizeof attempt.where);
        hold(where.find('\0') != where.npos, "`where` ends in a NUL");
        hold(is_printable(where.substr(0, where.find('\0'))), "`where` is printable");
        hold(i < last || is_same(attempt, exeseal_attempt{}), "an attempt that was not made is empty");
        hold(attempt.error >= 0, "the errno of an attempt is positive");
    }
    if (result >= 0)
        return;
    bool is_reported = report.attempts > EXESEAL_REPORT_ATTEMPTS;
    for (uint32_t i = 0; i < last; i++)
        is_reported = is_reported || report.attempt[i].error == -result;
    hold(is_reported, "the errno that is returned is that of an attempt");
    exeseal_report empty = {};
    empty.retries = report.retries;
    empty.attempts = report.attempts;
    memcpy(empty.attempt, report.attempt, sizeof empty.attempt);
    hold(is_same(empty, report), "after a failure the report has attempts only");
}

} // namespace exeseal::fuzz
