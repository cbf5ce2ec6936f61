// SPDX-License-Identifier: MIT
// Text into a buffer of a fixed size, counted on past its end. snprintf would take locks and look at the locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace exeseal {

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

    // Names out of hostile files: what would steer a terminal, or forge a line, is shown as '?'.
    Text &printable(std::string_view text) {
        for (char c : text) {
            char shown = c < ' ' || c > '~' ? '?' : c;
            *this << std::string_view(&shown, 1);
        }
        return *this;
    }

    // Of the whole text, whether it fitted or not.
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
