// SPDX-License-Identifier: MIT
// Collapses the pages of an empty memfd in batches, and gives up as soon as that costs more than it saves.
#include "seal/huge_pages.h"

#include "base/fd.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace exeseal {
namespace {

// Where a page has 4 KiB, a huge page has 2 MiB on x86-64 and arm64.
constexpr size_t kPage = 4096;
constexpr uint64_t kHugePage = uint64_t{2} << 20;

// Below, waiting for other processors may cost more than is saved. Above, the source would not be looked at for long.
constexpr uint64_t kSmallest = 2 * kHugePage, kLargest = uint64_t{256} << 20;

// A host near RLIMIT_AS must not notice the mapping.
constexpr uint64_t kLargestBatch = 16 * kHugePage;

// Memory that a hypervisor has taken back costs 5 to 8 ms of CPU time a huge page, and memory in use 0.2 ms (free page
// reporting; measured on Linux 6.18). Waiting for a processor uses no CPU time, hence the other limit.
constexpr uint64_t kMostCpuNanoseconds = 600'000; // a huge page
constexpr uint64_t kMostNanoseconds = 5'000'000;  // a batch

// What a small file of the kernel's begins with; "" if it cannot be read.
struct Beginning {
    char text[24] = "";

    explicit Beginning(const char *path) {
        UniqueFd file(sys::openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
        if (file && sys::read(file.get(), text, sizeof text - 1) < 0)
            text[0] = '\0';
    }
    bool is_number() const { return text[0] >= '0' && text[0] <= '9'; }
    bool is(std::string_view wanted) const { return text == wanted; }
};

// MADV_COLLAPSE waits for a kernel worker on each processor, and holds the process's mmap_lock meanwhile. Where
// real-time threads may take a whole processor, up to Linux 6.11 that wait ends when they do; and isolated processors
// are to be left alone. What cannot be read is taken for a yes. A runtime of the whole period is as good as -1 there,
// but Linux 7.3 has it by default, and bounds the wait in another way.
bool may_stall() {
    bool is_limited = Beginning("/proc/sys/kernel/sched_rt_runtime_us").is_number();
    return !is_limited || !Beginning("/sys/devices/system/cpu/isolated").is("\n");
}

// Other threads cannot map memory while mmap_lock is held: with them the 99th percentile of a mmap(2) was more than ten
// times as long. A process's task directory has a link for each thread, beside two.
bool has_other_threads() {
    struct statx tasks;
    return sys::statx(AT_FDCWD, "/proc/self/task", 0, tasks) < 0 || tasks.stx_nlink != 3;
}

// A hypervisor that is told of free pages takes them back, and only whole huge pages: they cost more than small pages
// then. -1: nobody tells. Kernels without the file cannot.
bool may_be_cold() {
    return Beginning("/sys/module/page_reporting/parameters/page_reporting_order").is_number();
}

// Part of a file at an address that a huge page can have. Private and read-only: a shared writable mapping, inherited
// by a child that another thread forks, would make F_ADD_SEALS fail with EBUSY for as long as the child lives.
//
// The address is chosen once, and asked for without MAP_FIXED. That may fail when it has unmapped what was there, and
// what other threads map into the gap would be unmapped at the end.
class Window {
  public:
    explicit Window(uint64_t largest) {
        size_t size = static_cast<size_t>(largest + kHugePage);
        uintptr_t start = reinterpret_cast<uintptr_t>(sys::mmap_reserve(size));
        if (start == 0)
            return;
        sys::munmap(reinterpret_cast<void *>(start), size);
        place_ = reinterpret_cast<char *>((start + kHugePage - 1) / kHugePage * kHugePage);
    }
    Window(const Window &) = delete;
    Window &operator=(const Window &) = delete;
    ~Window() { hide(); }

    // false: another thread has mapped something there, or there was no room.
    bool show(int fd, uint64_t offset, uint64_t length) {
        hide();
        if (place_ == nullptr)
            return false;
        size_ = static_cast<size_t>(length);
        view_ = static_cast<char *>(sys::mmap_private(place_, size_, fd, offset));
        return view_ == place_ && view_ != nullptr;
    }

    // From a child that another thread forks: even if it closes its descriptors, it would keep the whole memfd.
    void hide_from_children() { sys::madvise(view_, size_, sys::kDontFork); }

    // MADV_COLLAPSE passes over what is empty, and Linux 6.1 stops where there is no page table: so each gets a page
    // first. Not by loading a byte, which raises SIGBUS if another process cuts the file short. It is the second page:
    // where pages are larger, nothing begins there, and the kernel says EINVAL.
    bool touch(uint64_t length) {
        for (uint64_t at = 0; at < length; at += kHugePage)
            if (sys::madvise(view_ + at + kPage, kPage, sys::kPopulateRead) < 0)
                return false;
        return true;
    }

    // EAGAIN: a page was held for a moment.
    bool collapse(uint64_t length) {
        int error = sys::madvise(view_, static_cast<size_t>(length), sys::kCollapse);
        if (error == -EAGAIN)
            error = sys::madvise(view_, static_cast<size_t>(length), sys::kCollapse);
        return error == 0;
    }

  private:
    void hide() {
        if (view_ != nullptr)
            sys::munmap(view_, size_);
        view_ = nullptr;
    }

    char *place_ = nullptr, *view_ = nullptr;
    size_t size_ = 0; // of the view
};

struct Moment {
    uint64_t cpu = 0, time = 0;

    bool is_taken() {
        return sys::clock_gettime(CLOCK_THREAD_CPUTIME_ID, cpu) == 0 && sys::clock_gettime(CLOCK_MONOTONIC, time) == 0;
    }
};

// Without a clock nobody can tell.
bool has_paid(const Moment &before, uint64_t length) {
    Moment now;
    return now.is_taken() && now.cpu - before.cpu <= kMostCpuNanoseconds * (length / kHugePage) &&
           now.time - before.time <= kMostNanoseconds;
}

} // namespace

uint64_t prepare_huge_pages(int memfd, uint64_t size, HugePages wanted) {
    uint64_t whole = size - size % kHugePage; // the rest would take memory that small pages do not
    if (whole < kSmallest || size > kLargest)
        return 0;
    if ((wanted == HugePages::WhereHarmless && (has_other_threads() || may_be_cold())) || may_stall())
        return 0;
    Window window(std::min(whole, kLargestBatch));
    uint64_t done = 0;
    for (uint64_t batch = kHugePage; done < whole; batch = std::min(2 * batch, kLargestBatch)) {
        uint64_t length = std::min(batch, whole - done);
        // Mapped before the file grows: mlockall(MCL_FUTURE) would fill the mapping with small pages.
        bool is_ready = window.show(memfd, done, length) && sys::ftruncate(memfd, done + length) == 0;
        if (is_ready)
            window.hide_from_children();
        Moment before;
        if (!is_ready || !window.touch(length) || !before.is_taken() || !window.collapse(length))
            break;
        done += length;
        if (!has_paid(before, length))
            break;
    }
    return done;
}

} // namespace exeseal
