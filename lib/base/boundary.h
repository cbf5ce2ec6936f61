// SPDX-License-Identifier: MIT
// The C boundary: structs whose size differs between caller and library, and errno as it was.
#pragma once

#include "base/failure.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace exeseal {

// No struct comes near it; a size beyond is a mistake and would be read past the caller's memory.
constexpr size_t kLargestStruct = 4096;

constexpr Failure bad_argument(int error, const char *what) {
    return {EXESEAL_STEP_ARGUMENT, error, what};
}

// Copies what the caller has of the struct, which had first_size bytes in version 0.1; the rest is 0. What this library
// does not know must be 0.
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

// A descriptor among the options that must be a directory's.
Failure check_directory(int fd, const char *what);

// Whether a caller's struct of this size can take one that had first_size bytes in version 0.1; NULL with size 0 says
// that it is not wanted.
int check_out_struct(const void *to, size_t size, size_t first_size);

// Fills what fits and zeroes the rest.
void write_out_struct(void *to, size_t size, const void *from, size_t known);

// Functions answer with their return value; what a host program has in errno is its own.
class KeptErrno {
  public:
    KeptErrno() = default;
    ~KeptErrno() { errno = saved_; }
    KeptErrno(const KeptErrno &) = delete;
    KeptErrno &operator=(const KeptErrno &) = delete;

  private:
    int saved_ = errno;
};

// A struct of this library's own size, written to the caller's at the end of the call. Nothing is, if error() is not 0.
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

// The sizes of version 0.1, which stay when the structs grow.
constexpr size_t kFirstReport = 1072;
static_assert(sizeof(exeseal_report) == kFirstReport);

class OutReport : public Out<exeseal_report> {
  public:
    OutReport(exeseal_report *to, size_t size) : Out(to, size, kFirstReport) {}
};

} // namespace exeseal
