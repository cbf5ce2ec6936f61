// SPDX-License-Identifier: MIT
// System calls for executing a descriptor, in this process or in a child.
#include "launch/sys.h"

#include "base/sys_call.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#if defined(__SANITIZE_ADDRESS__)
#define EXESEAL_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EXESEAL_ADDRESS_SANITIZER
#endif
#endif
#ifdef EXESEAL_ADDRESS_SANITIZER
extern "C" void __asan_unpoison_memory_region(void const volatile *, size_t);
#endif

namespace exeseal::sys {

int execve(const char *path, char *const argv[], char *const envp[]) {
    return call_int(SYS_execve, path, argv, envp);
}

int prctl_set_no_new_privs() {
    return call_int(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
}

bool prctl_get_no_new_privs() {
    return call_int(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1;
}

int prctl_set_pdeathsig(int signal) {
    return call_int(SYS_prctl, PR_SET_PDEATHSIG, static_cast<long>(signal), 0L, 0L, 0L);
}

int fchdir(int fd) {
    return call_int(SYS_fchdir, fd);
}

void umask(unsigned mask) {
    call(SYS_umask, mask);
}

bool prctl_may_raise_ambient() {
    constexpr int kNoCapAmbientRaise = 1 << 6; // SECBIT_NO_CAP_AMBIENT_RAISE
    int bits = call_int(SYS_prctl, PR_GET_SECUREBITS, 0L, 0L, 0L, 0L);
    return bits < 0 || (bits & kNoCapAmbientRaise) == 0;
}

int prctl_cap_ambient_clear_all() {
    return call_int(SYS_prctl, PR_CAP_AMBIENT, static_cast<long>(PR_CAP_AMBIENT_CLEAR_ALL), 0L, 0L, 0L);
}

int prctl_cap_ambient_raise(unsigned capability) {
    return call_int(SYS_prctl, PR_CAP_AMBIENT, static_cast<long>(PR_CAP_AMBIENT_RAISE), static_cast<long>(capability),
                    0L, 0L);
}

int prctl_capbset_read(unsigned capability) {
    return call_int(SYS_prctl, PR_CAPBSET_READ, static_cast<long>(capability), 0L, 0L, 0L);
}

int prctl_capbset_drop(unsigned capability) {
    return call_int(SYS_prctl, PR_CAPBSET_DROP, static_cast<long>(capability), 0L, 0L, 0L);
}

constexpr uint64_t kLandlockExecute = 1; // LANDLOCK_ACCESS_FS_EXECUTE

int landlock_create_ruleset_execute() {
    uint64_t handled = kLandlockExecute; // struct landlock_ruleset_attr as of ABI 1
    return call_int(SYS_landlock_create_ruleset, &handled, sizeof handled, 0L);
}

int landlock_add_rule_execute(int ruleset, int file) {
    struct __attribute__((packed)) {
        uint64_t allowed;
        int parent;
    } rule = {kLandlockExecute, file};
    constexpr long kPathBeneath = 1; // LANDLOCK_RULE_PATH_BENEATH
    return call_int(SYS_landlock_add_rule, ruleset, kPathBeneath, &rule, 0L);
}

int landlock_restrict_self(int ruleset) {
    return call_int(SYS_landlock_restrict_self, ruleset, 0L);
}

constexpr unsigned kCloseRangeCloexec = 4;

int close_range_cloexec(unsigned first, unsigned last) {
    return call_int(SYS_close_range, first, last, kCloseRangeCloexec);
}

// The size of the guard below the stack: at least one page on every architecture.
constexpr size_t kGuard = 64 << 10;

void *map_stack(size_t size) {
    void *memory = mmap(nullptr, kGuard + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == nullptr)
        return nullptr;
    char *stack = static_cast<char *>(memory) + kGuard;
    if (call(SYS_mprotect, stack, size, PROT_READ | PROT_WRITE) == 0)
        return stack;
    unmap_stack(stack, size);
    return nullptr;
}

// The frames of the child stay poisoned in AddressSanitizer's shadow memory when it executes, even
// after the memory is mapped again.
static void forget_frames([[maybe_unused]] void *stack, [[maybe_unused]] size_t size) {
#ifdef EXESEAL_ADDRESS_SANITIZER
    __asan_unpoison_memory_region(stack, size);
#endif
}

void unmap_stack(void *stack, size_t size) {
    forget_frames(stack, size);
    munmap(static_cast<char *>(stack) - kGuard, kGuard + size);
}

namespace {

// The part of the kernel's struct sigaction that is the same on all architectures: the handler is
// the first word (on MIPS the second). All zero means the default action.
struct SignalAction {
#ifdef __mips__
    unsigned flags;
#endif
    void (*handler)(int);
    unsigned long others[8]; // flags, restorer and mask; the order depends on the architecture
};

} // namespace

void reset_signal_handlers(bool all) {
    constexpr SignalAction kDefault = {};
    for (int signal = 1; signal < _NSIG; signal++) {
        SignalAction action = {};
        int error = call_int(SYS_rt_sigaction, signal, nullptr, &action, kSignalSetSize);
        if (error < 0 || action.handler == SIG_DFL)
            continue;
        bool is_ignored = action.handler == SIG_IGN;
        if (is_ignored ? all : signal != SIGSYS)
            call(SYS_rt_sigaction, signal, &kDefault, nullptr, kSignalSetSize);
    }
}

int setsid() {
    return call_int(SYS_setsid);
}

int setpgid_own() {
    return call_int(SYS_setpgid, 0, 0);
}

int getppid() {
    return call_int(SYS_getppid);
}

int dup3(int fd, int to) {
    return call_int(SYS_dup3, fd, to, 0);
}

int wait4_wclone(int child) {
    return call_int(SYS_wait4, child, nullptr, __WCLONE, nullptr);
}

} // namespace exeseal::sys
