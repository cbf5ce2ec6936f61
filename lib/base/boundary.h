// SPDX-License-Identifier: MIT
// The C boundary: structs whose size differs between caller and library, and a preserved errno.
#pragma once

#include "base/failure.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace exeseal {

// No struct is nearly as large. A larger size is a mistake in the caller, and reading that many
// bytes could leave the caller's memory.
constexpr size_t kLargestStruct = 4096;

constexpr Failure bad_argument(int error, const char *what) {
    return {EXESEAL_STEP_ARGUMENT, error, what};
}

// Copies the caller's struct, which had first_size bytes in version 0.1, and zeroes the fields that
// it lacks. Fields that this library does not know must be 0.
template <typename Options> Failure read_struct(const Options *from, size_t size, size_t first_size, Options &options) {
    options = {};
    if (from == nullptr && size == 0)
        return {};
    if (from == nullptr || size < first_size)
        return bad_argument(EINVAL, "options_size");
    if (size > kLargestStruct)
        return bad_argument(E2BIG, "options_size");
    const char *bytes = reinterpret_cast<const char *>(from);
    for (size_t i = sizeof options; i < size; i++)
        if (bytes[i] != 0)
            return bad_argument(E2BIG, "options_size");
    memcpy(&options, from, std::min(size, sizeof options));
    return {};
}

// Checks that an option's descriptor refers to a directory.
Failure check_directory(int fd, const char *what);

// Checks that the caller's struct has at least first_size bytes, its size in version 0.1. NULL with
// size 0 means that the caller does not want the struct.
int check_out_struct(const void *to, size_t size, size_t first_size);

// Copies as many bytes as fit and zeroes the rest.
void write_out_struct(void *to, size_t size, const void *from, size_t known);

// Restores errno: the functions of exeseal.h report errors by their return value and leave the host
// program's errno alone.
class KeptErrno {
  public:
    KeptErrno() = default;
    ~KeptErrno() { errno = saved_; }
    KeptErrno(const KeptErrno &) = delete;
    KeptErrno &operator=(const KeptErrno &) = delete;

  private:
    int saved_ = errno;
};

// A struct of this library's size, which is copied to the caller's struct at the end of the call.
// If error() is not 0, nothing is copied.
template <typename Struct> class Out {
  public:
    Out(Struct *to, size_t size, size_t first_size)
        : to_(to), size_(size), error_(check_out_struct(to, size, first_size)) {}
    ~Out() {
        if (error_ == 0)
            write_out_struct(to_, size_, &full, sizeof full);
    }
    Out(const Out &) = delete;
    Out &operator=(const Out &) = delete;

    int error() const { return error_; }
    bool is_wanted() const { return to_ != nullptr; }

    Struct full = {};

  private:
    KeptErrno kept_;
    Struct *to_;
    size_t size_;
    int error_;
};

// The size in version 0.1. It does not change when the struct grows.
constexpr size_t kFirstReport = 1072;
static_assert(sizeof(exeseal_report) == kFirstReport);

class OutReport : public Out<exeseal_report> {
  public:
    OutReport(exeseal_report *to, size_t size) : Out(to, size, kFirstReport) {}
};

} // namespace exeseal
