// SPDX-License-Identifier: MIT
// The system calls, but for those of launch/sys.h; nothing else makes one. Each returns >= 0 or -errno, never -EINTR: a
// call that a signal interrupts is made again.
//
// A function that makes one call has the kernel's name for it, with the variant appended (fcntl_dupfd_cloexec). The
// others make several: capset_inheritable, map_stack, unmap_stack, reset_signal_handlers.
//
// They go through syscall(2) and not through libc's functions of the same name: those are cancellation points, and a
// thread that pthread_cancel(3) ends in the middle of a clone would leak descriptors; and several are younger than
// glibc 2.31.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 0x1U
#define MFD_ALLOW_SEALING 0x2U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x10U // Linux 6.3
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20 // Linux 6.3
#endif
#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#endif
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000 // Linux 6.14
#endif
#ifndef STATX_ATTR_VERITY
#define STATX_ATTR_VERITY 0x100000 // Linux 5.5
#endif
#ifndef STATX_ATTR_DAX
#define STATX_ATTR_DAX 0x200000 // Linux 5.8
#endif

namespace exeseal::sys {

// statfs(2), f_flags
constexpr long kReadOnlyMount = 1, kNoexecMount = 8;

int openat(int directory, const char *path, int flags, mode_t mode = 0);
// RESOLVE_NO_XDEV: through nothing that is mounted below the directory; -EXDEV if there is. Linux 5.6.
int openat2_no_xdev(int directory, const char *path, int flags);
int openat2_no_symlinks(int directory, const char *path, int flags);
int unlinkat(int directory, const char *path);
int close(int fd);
int fcntl(int fd, int command, long argument = 0);
// The lowest free number from `lowest` on, close-on-exec. -EMFILE: RLIMIT_NOFILE leaves none.
int fcntl_dupfd_cloexec(int fd, int lowest);
int statx(int directory, const char *path, int flags, struct statx &result);
int fstatfs(int fd, struct statfs &result);
int fchmod(int fd, mode_t mode);
// How long the value of the extended attribute is; -ENODATA if the file has none.
int fgetxattr_size(int fd, const char *name);
int fremovexattr(int fd, const char *name);
// Whether this process may execute fd, as far as permission bits and mount flags tell; -ENOSYS before Linux 5.8.
int faccessat2_execute(int fd);
int faccessat2_execute(int directory, const char *path);
// 1 if somebody else than this description holds a record lock on the file: `holder` is its process, -1 if a
// description holds it, 0 if the process is outside this PID namespace. There may be more locks than this one.
int fcntl_ofd_getlk(int fd, int &holder);
// What getdents64(2) fills: entries of struct linux_dirent64.
ssize_t getdents64(int fd, void *entries, size_t size);
// SOCK_*
int getsockopt_type(int fd);

// Makes this thread the receiver of the description's signals (F_SETOWN_EX).
int fcntl_setown_thread(int fd);

struct SignalSet {
    uint64_t bits[2]; // the kernel's sigset_t; 128 bits on MIPS
};
// Of this thread.
int rt_sigprocmask_block(int signal, SignalSet &before);
int rt_sigprocmask_block_except(int signal, SignalSet &before);
void rt_sigprocmask_setmask(const SignalSet &before);
// One that waits, without waiting for one: its number, or -EAGAIN.
int rt_sigtimedwait_now(int signal, siginfo_t &information);
int rt_tgsigqueueinfo_thread(int signal, siginfo_t &information);

int memfd_create(const char *name, unsigned flags);
// From an offset of `from` to the position of `to`.
ssize_t sendfile(int to, int from, uint64_t from_offset, size_t count);
// From a pipe to an offset of `to`.
ssize_t splice(int to, uint64_t to_offset, int from, size_t count);
ssize_t read(int fd, void *buffer, size_t count);
ssize_t write(int fd, const void *bytes, size_t count);
ssize_t pread(int fd, void *buffer, size_t count, uint64_t offset);
ssize_t pwrite(int fd, const void *bytes, size_t count, uint64_t offset);
int lseek_start(int fd);
// All of `from`, sharing its blocks (FICLONE); `to` is empty.
int ioctl_ficlone(int to, int from);

// fs-verity: a file's digest is made and kept; or told, of at most `size` bytes.
int ioctl_enable_verity(int fd, uint32_t block_size);
int ioctl_measure_verity(int fd, uint16_t &algorithm, uint8_t *digest, uint16_t &size);

// Until there is something to read.
int ppoll_in(int fd);
void ppoll_millisecond();

int execveat(int fd, char *const argv[], char *const envp[], int flags);
// What the kernel calls this thread (comm), NUL included.
constexpr size_t kThreadName = 16;
int prctl_get_name(char *name);
int prctl_set_name(const char *name);
// Capabilities of this thread, as sets with bit number CAP_*.
struct Capabilities {
    uint64_t effective, permitted, inheritable;
};
int capget(Capabilities &sets);
int capget_any(); // effective or permitted ones: 1, 0 or -errno
int capset_inheritable(uint64_t set);

// RLIMIT_FSIZE in bytes; UINT64_MAX if there is none.
int prlimit_fsize(uint64_t &bytes);
// RLIMIT_NOFILE: descriptors have lower numbers.
int prlimit_nofile(uint64_t &number);
int getrandom(void *bytes, size_t count);
// "6.12.3-…" cut to size; always NUL-terminated.
int uname_release(char *buffer, size_t size);

ssize_t readlinkat(int directory, const char *path, char *buffer, size_t size);
int ftruncate(int fd, uint64_t size);
unsigned geteuid();

// Mounts: Linux 5.2, and CAP_SYS_ADMIN over the mount namespace.
enum class Fsconfig : unsigned { SetFlag = 0, SetString = 1, SetFd = 5, Create = 6, Reconfigure = 7 };
constexpr unsigned kMountReadOnly = 1, kMountNosuid = 2, kMountNodev = 4, kMountNoexec = 8; // MOUNT_ATTR_*
int fsopen(const char *type);
int fsconfig(int context, Fsconfig command, const char *key = nullptr, const char *value = nullptr, int fd = 0);
int fsmount(int context, unsigned attributes);
// A detached mount of its own of what fd is open on, O_PATH.
int open_tree_clone(int fd);
// Linux 5.12.
int mount_setattr(int mount, uint64_t attributes);

int getpid();

// Address space without memory, in which nothing can be read or written. nullptr: there is none left.
void *mmap_reserve(size_t size);
// A private read-only mapping of a part of a file, at the address that is wanted if it is free, else elsewhere.
void *mmap_private(void *wanted, size_t size, int fd, uint64_t offset);
int munmap(void *address, size_t size);
constexpr int kDontFork = 10;     // MADV_DONTFORK
constexpr int kPopulateRead = 22; // MADV_POPULATE_READ, Linux 5.14
constexpr int kCollapse = 25;     // MADV_COLLAPSE, Linux 6.1
int madvise(void *address, size_t size, int advice);
// The system call, so that a filter that refuses it is noticed.
int clock_gettime(int clock, uint64_t &nanoseconds);

} // namespace exeseal::sys
