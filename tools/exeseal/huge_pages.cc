// SPDX-License-Identifier: MIT
// Copies the same bytes into huge pages and into small ones, and examines what the library
// examines.
#include "huge_pages.h"

#include "surroundings.h"

#include <ctime>
#include <sys/mman.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr Cause kPageSize = {"page-size", "Huge pages require a page size of 4096 bytes."};
constexpr Cause kOldKernel = {"old-kernel", "Huge pages require Linux 6.1. Use a newer kernel."};
constexpr Cause kRealTime = {"kernel.sched_rt_runtime_us",
                             "With kernel.sched_rt_runtime_us=-1 a real-time thread can keep a processor, and a copy "
                             "would wait for it. Set it to less than kernel.sched_rt_period_us."};
constexpr Cause kIsolated = {"isolated-processors",
                             "Some processors are isolated (isolcpus=), and exeseal leaves them alone."};
constexpr Cause kUnknown = {
    "unreadable",
    "/proc/sys/kernel/sched_rt_runtime_us or /sys/devices/system/cpu/isolated cannot be read. Mount /proc and /sys."};
constexpr Cause kDenied = {"shmem_enabled",
                           "/sys/kernel/mm/transparent_hugepage/shmem_enabled is deny. Set it to never or advise."};
constexpr Cause kDisabled = {"prctl", "Huge pages are turned off for this process (PR_SET_THP_DISABLE)."};
constexpr Cause kGivenUp = {"given-up", "Too few are free, or they cost too much now."};

constexpr Cause kCold = {"page-reporting", "A hypervisor takes back free memory."};

// Zeros that use no memory.
class Sample {
  public:
    Sample() : bytes_(mmap(nullptr, kHugeSample, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
    Sample(const Sample &) = delete;
    Sample &operator=(const Sample &) = delete;
    ~Sample() {
        if (is_there())
            munmap(bytes_, kHugeSample);
    }
    bool is_there() const { return bytes_ != MAP_FAILED; }
    const void *bytes() const { return bytes_; }

  private:
    void *bytes_;
};

int64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000 + time.tv_nsec / 1000;
}

// Makes a copy and closes it. Returns false if it is not a memfd.
bool copy(const Sample &sample, uint64_t flags, int64_t &microseconds, uint64_t &huge_bytes) {
    exeseal_clone_options options = {};
    options.mode = EXESEAL_MODE_INDEPENDENT_DATA_COPY;
    options.flags = flags;
    exeseal_report report;
    int64_t start = now();
    int fd = exeseal_clone_memory(sample.bytes(), kHugeSample, &options, sizeof options, &report, sizeof report);
    if (fd < 0)
        return false;
    close(fd);
    microseconds = now() - start;
    huge_bytes = report.huge_bytes;
    return report.strategy == EXESEAL_STRATEGY_MEMFD;
}

Cause why_not() {
    if (sysconf(_SC_PAGESIZE) != 4096)
        return kPageSize;
    if (is_kernel_before(6, 1))
        return kOldKernel;
    char real_time = first_byte("/proc/sys/kernel/sched_rt_runtime_us");
    char isolated = first_byte("/sys/devices/system/cpu/isolated");
    if (real_time == '\0' || isolated == '\0')
        return kUnknown;
    if (real_time == '-')
        return kRealTime;
    if (isolated != '\n')
        return kIsolated;
    if (are_huge_pages_denied())
        return kDenied;
    return are_huge_pages_disabled() ? kDisabled : kGivenUp;
}

} // namespace

HugePages try_huge_pages(const MemoryRoom &room) {
    HugePages found;
    Sample sample;
    uint64_t none, by_default = 0;
    int64_t microseconds;
    found.is_tried = sample.is_there() && room.max_bytes() >= kHugeSample &&
                     copy(sample, EXESEAL_CLONE_SMALL_PAGES, found.small_microseconds, none) &&
                     copy(sample, EXESEAL_CLONE_HUGE_PAGES, found.microseconds, found.bytes) &&
                     copy(sample, 0, microseconds, by_default);
    found.is_default = by_default > 0;
    if (found.is_tried && found.bytes < kHugeSample)
        found.cause = why_not();
    else if (found.is_tried && !found.is_default)
        found.cause = is_memory_reported_free() ? kCold : kGivenUp;
    return found;
}

} // namespace exeseal_tool
