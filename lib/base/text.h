// SPDX-License-Identifier: MIT
// Writes text into a buffer of fixed size and counts what does not fit. snprintf would take locks
// and depend on the locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace exeseal {

// Removes the text up to the first `end`, and that byte, and returns the removed text without it.
// substr could throw.
inline std::string_view take_until(std::string_view &text, char end) {
    size_t at = text.find(end), length = at == text.npos ? text.size() : at;
    std::string_view taken(text.data(), length);
    text.remove_prefix(at == text.npos ? length : length + 1);
    return taken;
}

// starts_with may throw, as far as a compiler without optimization can tell.
inline bool begins_with(std::string_view text, std::string_view beginning) {
    return text.size() >= beginning.size() && std::string_view(text.data(), beginning.size()) == beginning;
}

inline std::string_view last_component(std::string_view path) {
    size_t slash = path.rfind('/');
    if (slash != path.npos)
        path.remove_prefix(slash + 1);
    return path;
}

class Text {
  public:
    Text(char *buffer, size_t size) : buffer_(buffer), size_(size) { terminate(); }

    Text &operator<<(std::string_view text) {
        for (char c : text) {
            if (length_ + 1 < size_)
                buffer_[length_] = c;
            length_++;
        }
        terminate();
        return *this;
    }

    Text &operator<<(uint64_t number) {
        char digits[20];
        size_t first = sizeof digits;
        do {
            digits[--first] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        return *this << std::string_view(digits + first, sizeof digits - first);
    }

    // For names that an attacker may have chosen: replaces every byte that is not printable ASCII
    // by '?', so that a name can neither control a terminal nor fake a line.
    Text &printable(std::string_view text) {
        for (char c : text) {
            char shown = c < ' ' || c > '~' ? '?' : c;
            *this << std::string_view(&shown, 1);
        }
        return *this;
    }

    // The length of the whole text, including what did not fit.
    size_t length() const { return length_; }

  private:
    void terminate() {
        if (size_ != 0)
            buffer_[length_ < size_ ? length_ : size_ - 1] = '\0';
    }

    char *buffer_;
    size_t size_;
    size_t length_ = 0;
};

} // namespace exeseal
