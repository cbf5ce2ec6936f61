// SPDX-License-Identifier: MIT
// Collapses the pages of an empty memfd in batches, and stops as soon as that costs more than it
// saves.
#include "seal/huge_pages.h"

#include "base/fd.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace exeseal {
namespace {

// With pages of 4 KiB, a huge page has 2 MiB on x86-64 and arm64.
constexpr size_t kPage = 4096;
constexpr uint64_t kHugePage = uint64_t{2} << 20;

// Below the lower limit, waiting for other processors may cost more than huge pages save. Above the
// upper limit, a source that is truncated would go unnoticed for too long during the preparation.
constexpr uint64_t kSmallest = 2 * kHugePage, kLargest = uint64_t{256} << 20;

// Bounds the mapping, so that a host process near RLIMIT_AS does not notice it.
constexpr uint64_t kLargestBatch = 16 * kHugePage;

// A huge page costs 0.2 ms of CPU time from memory in use, but 5 to 8 ms from memory that the
// hypervisor has taken back (free page reporting; measured on Linux 6.18). The second limit covers
// the wait for other processors, which uses no CPU time.
constexpr uint64_t kMostCpuNanoseconds = 600'000; // for each huge page
constexpr uint64_t kMostNanoseconds = 5'000'000;  // for each batch

// The first bytes of a small file in /proc or /sys; "" if it cannot be read.
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

// MADV_COLLAPSE waits for a kernel worker on each processor, and holds the process's mmap_lock
// meanwhile. If real-time threads may occupy a whole processor, that wait lasts until they stop on
// Linux up to 6.11. Isolated processors should not be disturbed. A file that cannot be read counts
// as a yes. A runtime equal to the period is as bad as -1 on those kernels, but it is the default
// of Linux 7.3, which bounds the wait in another way.
bool may_stall() {
    bool is_limited = Beginning("/proc/sys/kernel/sched_rt_runtime_us").is_number();
    return !is_limited || !Beginning("/sys/devices/system/cpu/isolated").is("\n");
}

// Other threads cannot map memory while mmap_lock is held: the 99th percentile of mmap(2) in them
// rose more than tenfold. The task directory has one link for each thread, and two more.
bool has_other_threads() {
    struct statx tasks;
    return sys::statx(AT_FDCWD, "/proc/self/task", 0, tasks) < 0 || tasks.stx_nlink != 3;
}

// A hypervisor that is told of free pages (free page reporting) takes them back, but only whole
// huge pages, which then cost more than small ones. -1 means that nobody reports; kernels without
// the file cannot report.
bool may_be_cold() {
    return Beginning("/sys/module/page_reporting/parameters/page_reporting_order").is_number();
}

// A mapping of a part of the file, at an address that is suitable for a huge page. It is private
// and read-only: a child forked by another thread could inherit a shared writable mapping, and
// F_ADD_SEALS would fail with EBUSY while that child lives.
//
// The address is chosen once, and requested without MAP_FIXED. MAP_FIXED can fail after it has
// removed what was mapped there; another thread could then map into the gap, and the destructor
// would remove that mapping.
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

    // Returns false if another thread has mapped something there, or if no address space was left.
    bool show(int fd, uint64_t offset, uint64_t length) {
        hide();
        if (place_ == nullptr)
            return false;
        size_ = static_cast<size_t>(length);
        view_ = static_cast<char *>(sys::mmap_private(place_, size_, fd, offset));
        return view_ == place_ && view_ != nullptr;
    }

    // Without this, a child forked by another thread would keep the whole memfd in memory, even if
    // it closes its descriptors.
    void hide_from_children() { sys::madvise(view_, size_, sys::kDontFork); }

    // MADV_COLLAPSE skips empty extents, and Linux 6.1 stops at one without a page table, so each
    // extent first gets a page. Loading a byte could raise SIGBUS if another process truncates the
    // file. The second page is populated: with larger pages it is not at a page boundary, so the
    // kernel returns EINVAL.
    bool touch(uint64_t length) {
        for (uint64_t at = 0; at < length; at += kHugePage)
            if (sys::madvise(view_ + at + kPage, kPage, sys::kPopulateRead) < 0)
                return false;
        return true;
    }

    // EAGAIN: a page was in use for a moment, so a second attempt is made.
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
    size_t size_ = 0; // the size of the view
};

struct Moment {
    uint64_t cpu = 0, time = 0;

    bool is_taken() {
        return sys::clock_gettime(CLOCK_THREAD_CPUTIME_ID, cpu) == 0 && sys::clock_gettime(CLOCK_MONOTONIC, time) == 0;
    }
};

// Returns false if a clock cannot be read.
bool has_paid(const Moment &before, uint64_t length) {
    Moment now;
    return now.is_taken() && now.cpu - before.cpu <= kMostCpuNanoseconds * (length / kHugePage) &&
           now.time - before.time <= kMostNanoseconds;
}

} // namespace

uint64_t prepare_huge_pages(int memfd, uint64_t size, HugePages wanted) {
    // a huge page for the rest would use more memory than small pages
    uint64_t whole = size - size % kHugePage;
    if (whole < kSmallest || size > kLargest)
        return 0;
    if ((wanted == HugePages::WhereHarmless && (has_other_threads() || may_be_cold())) || may_stall())
        return 0;
    Window window(std::min(whole, kLargestBatch));
    uint64_t done = 0;
    for (uint64_t batch = kHugePage; done < whole; batch = std::min(2 * batch, kLargestBatch)) {
        uint64_t length = std::min(batch, whole - done);
        // The file is mapped before it grows, or mlockall(MCL_FUTURE) would fill the mapping with
        // small pages.
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
