// SPDX-License-Identifier: MIT
// A descriptor that closes itself.
#pragma once

#include "base/sys.h"

namespace exeseal {

class UniqueFd {
  public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd &&other) noexcept : fd_(other.release()) {}
    UniqueFd &operator=(UniqueFd &&other) noexcept {
        reset(other.release());
        return *this;
    }
    ~UniqueFd() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() {
        int fd = fd_;
        fd_ = -1;
        return fd;
    }
    void reset(int fd = -1) {
        if (fd_ >= 0)
            sys::close(fd_);
        fd_ = fd;
    }

    // Takes ownership of the descriptor that a function in sys.h returned; returns -errno
    // unchanged. A descriptor below 3 is moved up: if 0, 1 or 2 was closed, output of the host
    // program or its libraries would otherwise end up in the copy.
    int take(int result) {
        reset(result < 0 ? -1 : result);
        if (result < 0 || result > 2)
            return result;
        int moved = sys::fcntl_dupfd_cloexec(result, 3);
        reset(moved < 0 ? -1 : moved);
        return moved;
    }

  private:
    int fd_ = -1;
};

} // namespace exeseal
