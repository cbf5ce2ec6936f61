/* SPDX-License-Identifier: MIT */
#include "huge_pages.h"

#include "sandbox.h"

#include <sys/mman.h>
#include <sys/utsname.h>

/* Returns "" if the file cannot be read. */
static const char *text_of(const char *path) {
    static char text[128];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[got < 0 ? 0 : got] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

static bool is_older_than_6_1(void) {
    struct utsname kernel;
    int major = 0, minor = 0;
    check(uname(&kernel) == 0);
    check(sscanf(kernel.release, "%d.%d", &major, &minor) == 2);
    return major < 6 || (major == 6 && minor < 1);
}

void skip_unless_huge_pages(void) {
    if (sysconf(_SC_PAGESIZE) != 4096)
        child_skip("the size of a page is not 4096 here");
    if (is_older_than_6_1())
        child_skip("MADV_COLLAPSE requires Linux 6.1");
    const char *policy = text_of("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
    if (policy[0] == '\0')
        child_skip("no /sys here, or a kernel without transparent huge pages");
    if (strstr(policy, "[deny]") != NULL)
        child_skip("shmem_enabled is deny here");
    if (text_of("/proc/sys/kernel/sched_rt_runtime_us")[0] == '-')
        child_skip("kernel.sched_rt_runtime_us is -1 here");
    if (strcmp(text_of("/sys/devices/system/cpu/isolated"), "\n") != 0)
        child_skip("processors are isolated here");
}

void stop_clocks(void) {
    refuse_system_call(SYS_clock_gettime, 0);
}

int clone_into_huge_pages(int source, size_t size, struct exeseal_report *report) {
    enum { TRIES = 100 };
    size_t whole = size - size % HUGE_PAGE;
    for (int tries = 1;; tries++) {
        int fd = exeseal_clone(source, HUGE_PAGES_ASKED_FOR, report, sizeof *report);
        check(fd >= 3);
        if (report->huge_bytes == whole || tries == TRIES) {
            check_equal(report->huge_bytes, whole);
            return fd;
        }
        close(fd);
    }
}

/* Returns address space that begins at a multiple of the huge page size. */
static char *reserve(size_t size) {
    char *start = mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(start != MAP_FAILED);
    return start + (HUGE_PAGE - (uintptr_t)start % HUGE_PAGE) % HUGE_PAGE;
}

static size_t pmd_mapped_at(const void *address) {
    char line[512], wanted[32];
    size_t kilobytes = 0;
    bool is_it = false;
    FILE *file = fopen("/proc/self/smaps", "re");
    check(file != NULL);
    int length = snprintf(wanted, sizeof wanted, "%lx-", (unsigned long)(uintptr_t)address);
    while (fgets(line, sizeof line, file) != NULL) {
        bool is_field = line[0] >= 'A' && line[0] <= 'Z'; /* otherwise a mapping begins here */
        if (!is_field)
            is_it = strncmp(line, wanted, (size_t)length) == 0;
        else if (is_it && sscanf(line, "ShmemPmdMapped: %zu kB", &kilobytes) == 1)
            break;
    }
    fclose(file);
    return kilobytes << 10;
}

size_t bytes_mapped_huge(int fd, size_t size) {
    char *view = mmap(reserve(size), size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    check(view != MAP_FAILED);
    for (size_t at = 0; at < size; at += HUGE_PAGE)
        (void)*(volatile char *)(view + at);
    return pmd_mapped_at(view);
}
