// SPDX-License-Identifier: MIT
// Makes the system calls, with the numbers and the structs of each architecture.
#include "base/sys.h"

#include "base/sys_call.h"

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
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

// If CC is set and CXX is not, Go calls the host's g++ without a warning. cgo.go defines
// EXESEAL_GOARCH as the macro that a compiler for GOARCH predefines; an undefined name counts as 0.
#if defined EXESEAL_GOARCH && !EXESEAL_GOARCH
#error "The C++ compiler is not one for GOARCH. Set CXX to the C++ compiler of the toolchain of CC."
#endif

namespace exeseal::sys {
namespace {

// preadv and pwritev have the same offset arguments on every architecture, unlike pread64: two
// longs, the low half first; a 64-bit kernel shifts the second one out.
long low(uint64_t offset) {
    return static_cast<long>(offset);
}
long high(uint64_t offset) {
    return static_cast<long>(offset >> 32);
}

constexpr unsigned kFsopenCloexec = 1, kFsmountCloexec = 1;
constexpr unsigned kOpenTreeClone = 1, kOpenTreeCloexec = O_CLOEXEC;

int openat2(int directory, const char *path, int flags, uint64_t resolve) {
    // struct open_how: flags, mode, resolve
    uint64_t how[3] = {static_cast<uint64_t>(flags), 0, resolve};
    return call_int(SYS_openat2, directory, path, how, sizeof how);
}

} // namespace

int openat(int directory, const char *path, int flags, mode_t mode) {
    return call_int(SYS_openat, directory, path, flags | O_LARGEFILE, mode);
}

int openat2_no_xdev(int directory, const char *path, int flags) {
    constexpr uint64_t kNoXdev = 1;
    return openat2(directory, path, flags, kNoXdev);
}

int openat2_no_symlinks(int directory, const char *path, int flags) {
    constexpr uint64_t kNoSymlinks = 4;
    return openat2(directory, path, flags, kNoSymlinks);
}

int unlinkat(int directory, const char *path) {
    return call_int(SYS_unlinkat, directory, path, 0);
}

// Never restarted: after EINTR the descriptor is closed, and another thread may already use its
// number (close(2)).
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

// fcntl(2) returns EINVAL if RLIMIT_NOFILE is not above the lowest number wanted.
int fcntl_dupfd_cloexec(int fd, int lowest) {
    int result = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
    return result == -EINVAL ? -EMFILE : result;
}

int statx(int directory, const char *path, int flags, struct statx &result) {
    constexpr unsigned kMountId = 0x1000; // STATX_MNT_ID, Linux 5.8
    return call_int(SYS_statx, directory, path, flags, STATX_BASIC_STATS | STATX_BTIME | kMountId, &result);
}

// If the architecture has both calls, libc's struct is that of fstatfs64.
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
    struct flock lock = {}; // the kernel's struct flock64 if off_t has 64 bits
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

static SignalSet only(int signal) {
    constexpr int kPerWord = 8 * sizeof(long);
    SignalSet set = {};
    int bit = signal - 1;
    reinterpret_cast<unsigned long *>(set.bits)[bit / kPerWord] = 1UL << (bit % kPerWord);
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

int rt_sigtimedwait_now(int signal, siginfo_t &information) {
    SignalSet set = only(signal);
    long long now[2] = {}; // zero as a timespec of either width
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
    // FICLONE; <linux/fs.h> and <sys/mount.h> collide
    constexpr unsigned long kClone = _IOW(0x94, 9, int);
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

int prctl_get_name(char *name) {
    return call_int(SYS_prctl, PR_GET_NAME, name, 0L, 0L, 0L);
}

int prctl_set_name(const char *name) {
    return call_int(SYS_prctl, PR_SET_NAME, name, 0L, 0L, 0L);
}

namespace {
struct CapabilityHeader {
    uint32_t version = 0x20080522; // _LINUX_CAPABILITY_VERSION_3, which has two CapabilityWords
    int pid = 0;
};

struct CapabilityWords {
    uint32_t effective, permitted, inheritable;
};
} // namespace

static uint64_t join(uint32_t low_bits, uint32_t high_bits) {
    return low_bits | (uint64_t{high_bits} << 32);
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

int capset_inheritable(uint64_t set) {
    CapabilityHeader header;
    CapabilityWords sets[2];
    if (int error = call_int(SYS_capget, &header, sets); error < 0)
        return error;
    sets[0].inheritable = static_cast<uint32_t>(set);
    sets[1].inheritable = static_cast<uint32_t>(set >> 32);
    return call_int(SYS_capset, &header, sets);
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

// Only on 64 bits, where every architecture passes the size in one argument. It only saves time;
// nothing depends on it.
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
    // struct mount_attr: set, clear, propagation, userns_fd
    uint64_t request[4] = {attributes, 0, 0, 0};
    return call_int(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, request, sizeof request);
}

int getpid() {
    return call_int(SYS_getpid);
}

void *mmap_reserve(size_t size) {
    return mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void *mmap_private(void *wanted, size_t size, int fd, uint64_t offset) {
    return mmap(wanted, size, PROT_READ, MAP_PRIVATE, fd, offset);
}

int munmap(void *address, size_t size) {
    return call_int(SYS_munmap, address, size);
}

int madvise(void *address, size_t size, int advice) {
    return call_int(SYS_madvise, address, size, advice);
}

int clock_gettime(int clock, uint64_t &nanoseconds) {
#ifdef SYS_clock_gettime64
    constexpr long kNumber = SYS_clock_gettime64;
#else
    constexpr long kNumber = SYS_clock_gettime;
#endif
    int64_t time[2] = {}; // struct __kernel_timespec: seconds, nanoseconds
    int error = call_int(kNumber, clock, time);
    nanoseconds = static_cast<uint64_t>(time[0]) * 1'000'000'000 + static_cast<uint64_t>(time[1]);
    return error;
}

} // namespace exeseal::sys
