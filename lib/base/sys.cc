// SPDX-License-Identifier: MIT
// Makes the system calls, with the numbers and the structs of each architecture.
#include "base/sys.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <linux/fsverity.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

// The same number on every architecture; older headers lack them.
#ifndef SYS_fsopen
#define SYS_open_tree 428
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

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
namespace {

template <typename... Arguments> long call_once(long number, Arguments... arguments) {
    long result = ::syscall(number, arguments...);
    return result < 0 ? -errno : result;
}

// A signal whose handler lacks SA_RESTART interrupts a wait for a child, a lease, a stream, or a file system that
// others answer for (FUSE, NFS). Every such call is made again.
template <typename... Arguments> long call(long number, Arguments... arguments) {
    long result;
    do
        result = call_once(number, arguments...);
    while (result == -EINTR);
    return result;
}

template <typename... Arguments> int call_int(long number, Arguments... arguments) {
    return static_cast<int>(call(number, arguments...));
}

// preadv and pwritev take the offset the same way on every architecture, which pread64 does not: two longs, low half
// first, and on 64 bits the kernel shifts the second one out.
long low(uint64_t offset) {
    return static_cast<long>(offset);
}
long high(uint64_t offset) {
    return static_cast<long>(offset >> 32);
}

constexpr unsigned kFsopenCloexec = 1, kFsmountCloexec = 1, kCloseRangeCloexec = 4;
constexpr unsigned kOpenTreeClone = 1, kOpenTreeCloexec = O_CLOEXEC;

} // namespace

int openat(int directory, const char *path, int flags, mode_t mode) {
    return call_int(SYS_openat, directory, path, flags | O_LARGEFILE, mode);
}

int openat2_no_xdev(int directory, const char *path, int flags) {
    constexpr uint64_t kNoXdev = 1;
    uint64_t how[3] = {static_cast<uint64_t>(flags), 0, kNoXdev}; // struct open_how: flags, mode, resolve
    return call_int(SYS_openat2, directory, path, how, sizeof how);
}

int unlinkat(int directory, const char *path) {
    return call_int(SYS_unlinkat, directory, path, 0);
}

// Not again after EINTR: the descriptor is closed by then, and the number may be another thread's (close(2)).
int close(int fd) {
    return static_cast<int>(call_once(SYS_close, fd));
}

int fcntl(int fd, int command, long argument) {
#ifdef SYS_fcntl64
    return call_int(SYS_fcntl64, fd, command, argument);
#else
    return call_int(SYS_fcntl, fd, command, argument);
#endif
}

// fcntl(2) says EINVAL if the limit is no higher than the lowest number that is wanted.
int fcntl_dupfd_cloexec(int fd, int lowest) {
    int result = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
    return result == -EINVAL ? -EMFILE : result;
}

int statx(int directory, const char *path, int flags, struct statx &result) {
    constexpr unsigned kMountId = 0x1000; // STATX_MNT_ID, Linux 5.8
    return call_int(SYS_statx, directory, path, flags, STATX_BASIC_STATS | STATX_BTIME | kMountId, &result);
}

// Where there are two, libc's struct is that of the one for large files.
int fstatfs(int fd, struct statfs &result) {
#ifdef SYS_fstatfs64
    return call_int(SYS_fstatfs64, fd, sizeof result, &result);
#else
    return call_int(SYS_fstatfs, fd, &result);
#endif
}

int fchmod(int fd, mode_t mode) {
    return call_int(SYS_fchmod, fd, mode);
}

int fgetxattr_size(int fd, const char *name) {
    return call_int(SYS_fgetxattr, fd, name, nullptr, 0);
}

int fremovexattr(int fd, const char *name) {
    return call_int(SYS_fremovexattr, fd, name);
}

int faccessat2_execute(int fd) {
    return call_int(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS);
}

int faccessat2_execute(int directory, const char *path) {
    return call_int(SYS_faccessat2, directory, path, X_OK, AT_EACCESS);
}

int fcntl_ofd_getlk(int fd, int &holder) {
    struct flock lock = {}; // the kernel's struct flock64 where off_t has 64 bits
    static_assert(sizeof lock.l_start == sizeof(int64_t));
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
#ifdef SYS_fcntl64
    int result = call_int(SYS_fcntl64, fd, F_OFD_GETLK, &lock);
#else
    int result = call_int(SYS_fcntl, fd, F_OFD_GETLK, &lock);
#endif
    holder = lock.l_pid;
    return result < 0 ? result : lock.l_type != F_UNLCK;
}

ssize_t getdents64(int fd, void *entries, size_t size) {
    return call(SYS_getdents64, fd, entries, size);
}

int getsockopt_type(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    int result = call_int(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &size);
    return result < 0 ? result : type;
}

int fcntl_setown_thread(int fd) {
    struct {
        int type, id;
    } owner = {0 /* F_OWNER_TID */, call_int(SYS_gettid)};
    constexpr int kSetOwnEx = 15; // F_SETOWN_EX
    return fcntl(fd, kSetOwnEx, reinterpret_cast<long>(&owner));
}

// The size that the kernel takes for its sigset_t.
constexpr size_t kSignalSetSize = _NSIG / 8;

static SignalSet only(int signal) {
    constexpr int kPerWord = 8 * sizeof(long);
    SignalSet set = {};
    reinterpret_cast<unsigned long *>(set.bits)[(signal - 1) / kPerWord] = 1UL << (signal - 1) % kPerWord;
    return set;
}

int rt_sigprocmask_block(int signal, SignalSet &before) {
    SignalSet set = only(signal);
    return call_int(SYS_rt_sigprocmask, SIG_BLOCK, &set, &before, kSignalSetSize);
}

int rt_sigprocmask_block_except(int signal, SignalSet &before) {
    SignalSet set = only(signal);
    for (uint64_t &bits : set.bits)
        bits = ~bits;
    return call_int(SYS_rt_sigprocmask, SIG_BLOCK, &set, &before, kSignalSetSize);
}

void rt_sigprocmask_setmask(const SignalSet &before) {
    call(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, kSignalSetSize);
}

namespace {

// The kernel's struct sigaction, as far as it is the same everywhere: the handler is its first word (on MIPS the
// second), and zero throughout is the default action.
struct SignalAction {
#ifdef __mips__
    unsigned flags;
#endif
    void (*handler)(int);
    unsigned long others[8]; // flags, restorer and mask, in an order of the architecture's
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

int rt_sigtimedwait_now(int signal, siginfo_t &information) {
    SignalSet set = only(signal);
    long long now[2] = {}; // a timespec of either width
#ifdef SYS_rt_sigtimedwait
    return call_int(SYS_rt_sigtimedwait, &set, &information, now, kSignalSetSize);
#else
    return call_int(SYS_rt_sigtimedwait_time64, &set, &information, now, kSignalSetSize);
#endif
}

int rt_tgsigqueueinfo_thread(int signal, siginfo_t &information) {
    return call_int(SYS_rt_tgsigqueueinfo, call_int(SYS_getpid), call_int(SYS_gettid), signal, &information);
}

int memfd_create(const char *name, unsigned flags) {
    return call_int(SYS_memfd_create, name, flags);
}

ssize_t sendfile(int to, int from, uint64_t from_offset, size_t count) {
    loff_t offset = static_cast<loff_t>(from_offset);
#ifdef SYS_sendfile64
    return call(SYS_sendfile64, to, from, &offset, count);
#else
    return call(SYS_sendfile, to, from, &offset, count);
#endif
}

ssize_t splice(int to, uint64_t to_offset, int from, size_t count) {
    loff_t offset = static_cast<loff_t>(to_offset);
    return call(SYS_splice, from, nullptr, to, &offset, count, 0);
}

ssize_t read(int fd, void *buffer, size_t count) {
    return call(SYS_read, fd, buffer, count);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return call(SYS_write, fd, bytes, count);
}

ssize_t pread(int fd, void *buffer, size_t count, uint64_t offset) {
    iovec vector = {buffer, count};
    return call(SYS_preadv, fd, &vector, 1, low(offset), high(offset));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, uint64_t offset) {
    iovec vector = {const_cast<void *>(bytes), count};
    return call(SYS_pwritev, fd, &vector, 1, low(offset), high(offset));
}

int lseek_start(int fd) {
#ifdef SYS__llseek
    loff_t position = 0;
    return call_int(SYS__llseek, fd, 0, 0, &position, SEEK_SET);
#else
    return call_int(SYS_lseek, fd, 0, SEEK_SET);
#endif
}

int ioctl_ficlone(int to, int from) {
    constexpr unsigned long kClone = _IOW(0x94, 9, int); // FICLONE; <linux/fs.h> and <sys/mount.h> collide
    return call_int(SYS_ioctl, to, kClone, static_cast<long>(from));
}

int ioctl_enable_verity(int fd, uint32_t block_size) {
    fsverity_enable_arg request = {};
    request.version = 1;
    request.hash_algorithm = FS_VERITY_HASH_ALG_SHA256;
    request.block_size = block_size;
    return call_int(SYS_ioctl, fd, FS_IOC_ENABLE_VERITY, &request);
}

int ioctl_measure_verity(int fd, uint16_t &algorithm, uint8_t *digest, uint16_t &size) {
    struct {
        uint16_t algorithm, size;
        uint8_t digest[64];
    } found = {0, size, {}}; // struct fsverity_digest
    int error = size > sizeof found.digest ? -EOVERFLOW : call_int(SYS_ioctl, fd, FS_IOC_MEASURE_VERITY, &found);
    if (error < 0)
        return error;
    algorithm = found.algorithm;
    size = found.size;
    memcpy(digest, found.digest, size);
    return 0;
}

int ppoll_in(int fd) {
    pollfd wanted = {fd, POLLIN, 0};
#ifdef SYS_ppoll
    return call_int(SYS_ppoll, &wanted, 1, nullptr, nullptr, 0);
#else
    return call_int(SYS_ppoll_time64, &wanted, 1, nullptr, nullptr, 0);
#endif
}

void ppoll_millisecond() {
#ifdef SYS_ppoll
    long time[2] = {0, 1000000};
    call(SYS_ppoll, nullptr, 0, time, nullptr, 0);
#else
    long long time[2] = {0, 1000000};
    call(SYS_ppoll_time64, nullptr, 0, time, nullptr, 0);
#endif
}

int execveat(int fd, char *const argv[], char *const envp[], int flags) {
    return call_int(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH | flags);
}

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

int prctl_get_name(char *name) {
    return call_int(SYS_prctl, PR_GET_NAME, name, 0L, 0L, 0L);
}

int prctl_set_name(const char *name) {
    return call_int(SYS_prctl, PR_SET_NAME, name, 0L, 0L, 0L);
}

int fchdir(int fd) {
    return call_int(SYS_fchdir, fd);
}

void umask(unsigned mask) {
    call(SYS_umask, mask);
}

namespace {
struct CapabilityHeader {
    uint32_t version = 0x20080522; // _LINUX_CAPABILITY_VERSION_3: two of the following
    int pid = 0;
};

struct CapabilityWords {
    uint32_t effective, permitted, inheritable;
};
} // namespace

static uint64_t join(uint32_t low_bits, uint32_t high_bits) {
    return low_bits | uint64_t{high_bits} << 32;
}

int capget(Capabilities &sets) {
    CapabilityHeader header;
    CapabilityWords words[2] = {};
    int error = call_int(SYS_capget, &header, words);
    sets = {join(words[0].effective, words[1].effective), join(words[0].permitted, words[1].permitted),
            join(words[0].inheritable, words[1].inheritable)};
    return error;
}

int capget_any() {
    Capabilities sets;
    int error = capget(sets);
    return error < 0 ? error : (sets.effective | sets.permitted) != 0;
}

bool prctl_may_raise_ambient() {
    constexpr int kNoCapAmbientRaise = 1 << 6; // SECBIT_NO_CAP_AMBIENT_RAISE
    int bits = call_int(SYS_prctl, PR_GET_SECUREBITS, 0L, 0L, 0L, 0L);
    return bits < 0 || (bits & kNoCapAmbientRaise) == 0;
}

int capset_inheritable(uint64_t set) {
    CapabilityHeader header;
    CapabilityWords sets[2];
    if (int error = call_int(SYS_capget, &header, sets); error < 0)
        return error;
    sets[0].inheritable = static_cast<uint32_t>(set);
    sets[1].inheritable = static_cast<uint32_t>(set >> 32);
    return call_int(SYS_capset, &header, sets);
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

int close_range_cloexec(unsigned first, unsigned last) {
    return call_int(SYS_close_range, first, last, kCloseRangeCloexec);
}

static int soft_limit(int resource, uint64_t &number) {
    uint64_t limit[2] = {}; // the kernel's struct rlimit64: soft, hard
    int result = call_int(SYS_prlimit64, 0, resource, nullptr, limit);
    number = limit[0];
    return result;
}

int prlimit_fsize(uint64_t &bytes) {
    return soft_limit(RLIMIT_FSIZE, bytes);
}

int prlimit_nofile(uint64_t &number) {
    return soft_limit(RLIMIT_NOFILE, number);
}

int getrandom(void *bytes, size_t count) {
    return call_int(SYS_getrandom, bytes, count, 0);
}

int uname_release(char *buffer, size_t size) {
    utsname names;
    int result = call_int(SYS_uname, &names);
    size_t length = result < 0 ? 0 : strnlen(names.release, sizeof names.release);
    if (length >= size)
        length = size - 1;
    memcpy(buffer, names.release, length);
    buffer[length] = '\0';
    return result;
}

ssize_t readlinkat(int directory, const char *path, char *buffer, size_t size) {
    return call(SYS_readlinkat, directory, path, buffer, size);
}

// Left to 64 bits, where the size is one argument on every architecture: it saves time and nothing rests on it.
int ftruncate(int fd, uint64_t size) {
    return sizeof(long) == sizeof size ? call_int(SYS_ftruncate, fd, size) : -ENOSYS;
}

unsigned geteuid() {
#ifdef SYS_geteuid32
    return static_cast<unsigned>(::syscall(SYS_geteuid32));
#else
    return static_cast<unsigned>(::syscall(SYS_geteuid));
#endif
}

int fsopen(const char *type) {
    return call_int(SYS_fsopen, type, kFsopenCloexec);
}

int fsconfig(int context, Fsconfig command, const char *key, const char *value, int fd) {
    return call_int(SYS_fsconfig, context, command, key, value, fd);
}

int fsmount(int context, unsigned attributes) {
    return call_int(SYS_fsmount, context, kFsmountCloexec, attributes);
}

int open_tree_clone(int fd) {
    return call_int(SYS_open_tree, fd, "", kOpenTreeClone | kOpenTreeCloexec | AT_EMPTY_PATH);
}

int mount_setattr(int mount, uint64_t attributes) {
    uint64_t request[4] = {attributes, 0, 0, 0}; // struct mount_attr: set, clear, propagation, userns_fd
    return call_int(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, request, sizeof request);
}

// Below the stack, so that an overflow hits it before anything else. No page is larger.
constexpr size_t kGuard = 64 << 10;

void *map_stack(size_t size) {
#ifdef SYS_mmap2
    constexpr long kMap = SYS_mmap2;
#else
    constexpr long kMap = SYS_mmap;
#endif
    long memory = call(kMap, nullptr, kGuard + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0L);
    if (memory < 0 && memory > -4096)
        return nullptr;
    char *stack = reinterpret_cast<char *>(memory) + kGuard;
    if (call(SYS_mprotect, stack, size, PROT_READ | PROT_WRITE) == 0)
        return stack;
    unmap_stack(stack, size);
    return nullptr;
}

// Frames that a child was in when it executed stay marked in the sanitizer's books, whoever maps the memory next.
static void forget_frames([[maybe_unused]] void *stack, [[maybe_unused]] size_t size) {
#ifdef EXESEAL_ADDRESS_SANITIZER
    __asan_unpoison_memory_region(stack, size);
#endif
}

void unmap_stack(void *stack, size_t size) {
    forget_frames(stack, size);
    call(SYS_munmap, static_cast<char *>(stack) - kGuard, kGuard + size);
}

int setsid() {
    return call_int(SYS_setsid);
}

int setpgid_own() {
    return call_int(SYS_setpgid, 0, 0);
}

int getpid() {
    return call_int(SYS_getpid);
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
