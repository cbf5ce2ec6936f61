// SPDX-License-Identifier: MIT
// Takes a read lease without delivering a signal to the host when the lease is broken.
#include "seal/lease.h"

#include <cerrno>
#include <csignal>

namespace exeseal {
namespace {

constexpr int kSignal = SIGURG; // ignored by default, if all else fails

// Blocks the signal in this thread for the object's lifetime.
class Held {
  public:
    Held() { is_held_ = sys::rt_sigprocmask_block(kSignal, before_) == 0; }
    ~Held() {
        if (is_held_)
            sys::rt_sigprocmask_setmask(before_);
    }
    Held(const Held &) = delete;
    Held &operator=(const Held &) = delete;

  private:
    sys::SignalSet before_;
    bool is_held_;
};

// A writer broke the lease before F_SETOWN 0. If the pending signal is not from this description,
// it belongs to the host and is queued again.
void take_back_signal(int fd) {
    siginfo_t signal;
    if (sys::rt_sigtimedwait_now(kSignal, signal) == kSignal && (signal.si_code <= 0 || signal.si_fd != fd))
        sys::rt_tgsigqueueinfo_thread(kSignal, signal);
}

} // namespace

// F_SETLEASE makes the whole process the receiver of SIGIO, and the first writer's signal would
// kill it, unless the description already has an owner (fs/locks.c, lease_setup). So this thread
// becomes the owner first, holds the signal back, and leaves the description without an owner
// afterwards.
int take_read_lease(int fd) {
    Held held;
    int error = sys::fcntl(fd, F_SETSIG, kSignal);
    if (error == 0)
        error = sys::fcntl_setown_thread(fd);
    if (error == 0)
        error = sys::fcntl(fd, F_SETLEASE, F_RDLCK);
    sys::fcntl(fd, F_SETOWN, 0);
    if (error == 0 && !holds_read_lease(fd)) {
        take_back_signal(fd);
        release_lease(fd);
        error = -EAGAIN;
    }
    return error;
}

} // namespace exeseal
