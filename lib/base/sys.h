// SPDX-License-Identifier: MIT
// The system calls, except those in launch/sys.h; no other file makes one. Each function returns
// its result or -errno. A call that a signal interrupts is restarted, except close(2).
//
// A function that makes one system call has the kernel's name for it, with the variant appended
// (fcntl_dupfd_cloexec). The others make several: capset_inheritable, map_stack, unmap_stack,
// reset_signal_handlers.
//
// They use syscall(2) and not libc's functions of the same name. Those are cancellation points: a
// thread that pthread_cancel(3) ends in the middle of a clone would leak descriptors. Several are
// also newer than glibc 2.31.
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
// RESOLVE_NO_XDEV (Linux 5.6): -EXDEV if the path crosses a mount below the directory.
int openat2_no_xdev(int directory, const char *path, int flags);
int openat2_no_symlinks(int directory, const char *path, int flags);
int unlinkat(int directory, const char *path);
int close(int fd);
int fcntl(int fd, int command, long argument = 0);
// Returns the lowest free descriptor number >= `lowest`, close-on-exec. -EMFILE: RLIMIT_NOFILE
// leaves none.
int fcntl_dupfd_cloexec(int fd, int lowest);
int statx(int directory, const char *path, int flags, struct statx &result);
int fstatfs(int fd, struct statfs &result);
int fchmod(int fd, mode_t mode);
// Returns the length of the extended attribute's value; -ENODATA if the file has none.
int fgetxattr_size(int fd, const char *name);
int fremovexattr(int fd, const char *name);
// Checks whether this process may execute fd, by permission bits and mount flags only; -ENOSYS
// before Linux 5.8.
int faccessat2_execute(int fd);
int faccessat2_execute(int directory, const char *path);
// Returns 1 if an owner other than this open file description holds a record lock on the file.
// `holder` is the process, -1 for a lock of an open file description, or 0 for a process outside
// this PID namespace. The file may have further locks.
int fcntl_ofd_getlk(int fd, int &holder);
// Fills `entries` with records of struct linux_dirent64.
ssize_t getdents64(int fd, void *entries, size_t size);
// Returns SOCK_*.
int getsockopt_type(int fd);

// Makes this thread the receiver of the open file description's signals (F_SETOWN_EX).
int fcntl_setown_thread(int fd);

struct SignalSet {
    uint64_t bits[2]; // the kernel's sigset_t; 128 bits on MIPS
};
// The signal mask of this thread.
int rt_sigprocmask_block(int signal, SignalSet &before);
int rt_sigprocmask_block_except(int signal, SignalSet &before);
void rt_sigprocmask_setmask(const SignalSet &before);
// Takes a pending signal without waiting: returns its number, or -EAGAIN.
int rt_sigtimedwait_now(int signal, siginfo_t &information);
int rt_tgsigqueueinfo_thread(int signal, siginfo_t &information);

int memfd_create(const char *name, unsigned flags);
// Copies from an offset of `from` to the file position of `to`.
ssize_t sendfile(int to, int from, uint64_t from_offset, size_t count);
// Moves from a pipe to an offset of `to`.
ssize_t splice(int to, uint64_t to_offset, int from, size_t count);
ssize_t read(int fd, void *buffer, size_t count);
ssize_t pread(int fd, void *buffer, size_t count, uint64_t offset);
ssize_t pwrite(int fd, const void *bytes, size_t count, uint64_t offset);
int lseek_start(int fd);
// Makes the empty file `to` share all blocks of `from` (FICLONE).
int ioctl_ficlone(int to, int from);

// fs-verity: computes and stores a file's digest; reads the digest, of at most `size` bytes.
int ioctl_enable_verity(int fd, uint32_t block_size);
int ioctl_measure_verity(int fd, uint16_t &algorithm, uint8_t *digest, uint16_t &size);

// Waits until fd is readable.
int ppoll_in(int fd);
void ppoll_millisecond();

int execveat(int fd, char *const argv[], char *const envp[], int flags);
// The size of this thread's name (comm), NUL included.
constexpr size_t kThreadName = 16;
int prctl_get_name(char *name);
int prctl_set_name(const char *name);
// Capabilities of this thread; bit N of a set is capability N (CAP_*).
struct Capabilities {
    uint64_t effective, permitted, inheritable;
};
int capget(Capabilities &sets);
int capget_any(); // 1 if any is effective or permitted, else 0; or -errno
int capset_inheritable(uint64_t set);

// Reads RLIMIT_FSIZE in bytes; UINT64_MAX means no limit.
int prlimit_fsize(uint64_t &bytes);
// Reads RLIMIT_NOFILE; every descriptor number is below it.
int prlimit_nofile(uint64_t &number);
int getrandom(void *bytes, size_t count);
// Writes the kernel release ("6.12.3-…"), truncated to size and always NUL-terminated.
int uname_release(char *buffer, size_t size);

ssize_t readlinkat(int directory, const char *path, char *buffer, size_t size);
int ftruncate(int fd, uint64_t size);
unsigned geteuid();

// The mount calls require Linux 5.2, and CAP_SYS_ADMIN over the mount namespace.
enum class Fsconfig : unsigned { SetFlag = 0, SetString = 1, SetFd = 5, Create = 6, Reconfigure = 7 };
// MOUNT_ATTR_*
constexpr unsigned kMountReadOnly = 1, kMountNosuid = 2, kMountNodev = 4, kMountNoexec = 8;
int fsopen(const char *type);
int fsconfig(int context, Fsconfig command, const char *key = nullptr, const char *value = nullptr, int fd = 0);
int fsmount(int context, unsigned attributes);
// Creates a detached mount, with an O_PATH descriptor, of the file or directory that fd is open on.
int open_tree_clone(int fd);
// Requires Linux 5.12.
int mount_setattr(int mount, uint64_t attributes);

int getpid();

// Reserves address space without memory, which can be neither read nor written. nullptr: none is
// left.
void *mmap_reserve(size_t size);
// Maps a part of a file, private and read-only: at the wanted address if it is free, else
// elsewhere.
void *mmap_private(void *wanted, size_t size, int fd, uint64_t offset);
int munmap(void *address, size_t size);
constexpr int kDontFork = 10;     // MADV_DONTFORK
constexpr int kPopulateRead = 22; // MADV_POPULATE_READ, Linux 5.14
constexpr int kCollapse = 25;     // MADV_COLLAPSE, Linux 6.1
int madvise(void *address, size_t size, int advice);
// Makes the real system call and not the vDSO's, so that a filter that refuses it is noticed.
int clock_gettime(int clock, uint64_t &nanoseconds);

} // namespace exeseal::sys
