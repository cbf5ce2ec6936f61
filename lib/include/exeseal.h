/* SPDX-License-Identifier: MIT */
/* exeseal: turns an executable into a sealed file descriptor and runs it from there. */
/* clang-format off */
/*
 *     int fd = exeseal_clone(source, NULL, 0, NULL, 0);
 *     exeseal_exec_fd(fd, argv, envp, NULL, 0, NULL, 0);
 *
 * The rules of this interface
 *
 * - Every function that can fail returns a value >= 0, or -errno. errno itself is left as it was.
 * - A struct that crosses this interface is passed with its size, as openat2(2) does it, and holds neither pointers nor enums.
 *   Into the library: NULL with size 0 means the defaults; a size smaller than version 0.1's is EINVAL; bytes beyond what this
 *   library knows must be zero, else E2BIG, and so is a size above 4096; a flag or bit that it does not know is EINVAL.
 *   Out of the library: it fills what fits and zeroes the rest. NULL with size 0 means that it is not wanted.
 * - A descriptor in a struct counts only when the flag that names it is set: 0 is a descriptor.
 * - The caller keeps what it passes in. The descriptor that a function returns belongs to the caller, who closes it.
 * - Nothing is allocated on the heap, nothing is printed, nothing is remembered between calls. Every function may be called from
 *   any thread; those that say so, between fork(2) and execve(2) and in signal handlers too.
 * - The caller's descriptors (position, flags, owner, lease), record locks, signals, children, limits, umask and environment are
 *   not touched, with four exceptions. A file that can be read only by opening it anew, because it is O_PATH, write-only or the
 *   running program, loses the record locks (fcntl(2), F_SETLK) that the process holds on it when it is closed again, and a
 *   write lease of the process's on it is broken: the call waits until the lease is given back or its time is over. The calling
 *   thread blocks SIGURG while it takes a lease. exeseal_spawn_fd makes a child, which is what it is for, and blocks every signal
 *   but SIGSYS in the calling thread until the child has executed. With EXESEAL_CLONE_HUGE_PAGES other threads may have to
 *   wait when they map memory: see exeseal_clone.
 * - No other function makes a child, and none makes or enters a namespace. Strategies tmpfs, overlay and bind mount in the calling
 *   thread, and so require CAP_SYS_ADMIN over its mount namespace: root has it, and so has root of a user namespace that owns
 *   the mount namespace, as in a rootless container engine.
 * - Stack that a call needs at most, measured on x86-64 with optimisation: exeseal_exec_fd 2 KiB, 3 KiB with Landlock, 4 KiB with a
 *   report; exeseal_environment, exeseal_environment_filter and the functions that return names 1 KiB; exeseal_spawn_fd and
 *   exeseal_inspect 4 KiB; exeseal_clone and exeseal_probe 16 KiB; exeseal_resolve 32 KiB. A signal handler needs this beside the
 *   kernel's frame (AT_MINSIGSTKSZ in getauxval(3)): an alternate stack of 8 KiB suffices for exeseal_exec_fd without a report if
 *   the frame leaves 2 KiB of it. A program that is linked without "-z now" needs some 3.5 KiB more when it first calls a
 *   function of a shared library, or of libc through libexeseal.a.
 * - Loading the library makes no system call.
 *
 * Needs Linux 5.4 and glibc 2.31; what needs more says so.
 */
#ifndef EXESEAL_H
#define EXESEAL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define EXESEAL_VERSION_MAJOR 0
#define EXESEAL_VERSION_MINOR 1
#define EXESEAL_VERSION_PATCH 0

/* The version of the library that runs: major << 16 | minor << 8 | patch. Async-signal-safe. */
uint32_t exeseal_version(void);

/*
 * Modes: which strategies may make the sealed executable. Their names are those of the OCI annotation
 * org.opencontainers.runc.clone-self-exe (runc pull request 5290). Store and show the name; the number is for calls
 * only.
 */
#define EXESEAL_MODE_AUTOMATIC 0             /* "": the strongest that works here */
#define EXESEAL_MODE_INDEPENDENT_DATA_COPY 1 /* "independent-data-copy": a fresh copy with pages of its own, or an error */
#define EXESEAL_MODE_RO_SHARED_PAGE 2        /* "ro-shared-page": a read-only view, which shares the source's pages, or an error */

/*
 * Finds the mode of a name. The empty string is the automatic mode.
 *
 * EINVAL: text is none of the names (exeseal_mode_name lists them), or text or mode is NULL; *mode is left as it was.
 */
int exeseal_mode_parse(const char *text, uint32_t *mode);

/* Strategies: the ways to make a sealed executable. 0 stands for none: the failure came before any was tried. */
#define EXESEAL_STRATEGY_NONE 0
#define EXESEAL_STRATEGY_REUSE 1   /* the source is sealed already: the same file, opened anew */
#define EXESEAL_STRATEGY_MEMFD 2   /* a copy in a sealed memfd */
#define EXESEAL_STRATEGY_TMPFILE 3 /* a copy in a file without a name: its owner and root can still write to it */
#define EXESEAL_STRATEGY_TMPFS 4   /* a copy in a read-only tmpfs that is mounted nowhere; Linux 5.2, CAP_SYS_ADMIN */
#define EXESEAL_STRATEGY_OVERLAY 5 /* the source through a read-only overlayfs that is mounted nowhere; Linux 5.2 (5.11 in a user namespace), CAP_SYS_ADMIN */
#define EXESEAL_STRATEGY_BIND 6    /* the source, by a read-only mount of that one file that is attached nowhere; Linux 5.12, CAP_SYS_ADMIN */
#define EXESEAL_STRATEGY_VERITY 7  /* by fs-verity: the source itself if it has it, or a copy that gets it; Linux 5.5 */

/* Steps: what was being done when an attempt failed. EXESEAL_STEP_DONE: it did not fail. */
#define EXESEAL_STEP_DONE 0
#define EXESEAL_STEP_ARGUMENT 1      /* the call itself: a bad size, flag, bit, name, mode or descriptor */
#define EXESEAL_STEP_SOURCE 2        /* opening the source, or finding that it cannot be one */
#define EXESEAL_STEP_PRIVILEGES 3    /* the source has setuid or setgid bits or file capabilities, which a copy loses */
#define EXESEAL_STEP_LIMIT 4         /* max_bytes or RLIMIT_FSIZE */
#define EXESEAL_STEP_REQUIRE 5       /* a required guarantee is not to be had this way */
#define EXESEAL_STEP_STABILITY 6     /* proving that the source did not change while it was read */
#define EXESEAL_STEP_NOEXEC 7        /* the directory is mounted noexec: a file made there could not run */
#define EXESEAL_STEP_CREATE 8        /* creating the new file */
#define EXESEAL_STEP_COPY 9          /* copying the bytes */
#define EXESEAL_STEP_PERMISSIONS 10  /* setting the copy's permission bits */
#define EXESEAL_STEP_SEAL 11         /* adding the seals, or enabling fs-verity */
#define EXESEAL_STEP_REOPEN 12       /* opening the result read-only, through /proc */
#define EXESEAL_STEP_VERIFY 13       /* looking at the result: seals, digest, size, permission bits */
#define EXESEAL_STEP_NO_NEW_PRIVS 14 /* prctl(PR_SET_NO_NEW_PRIVS) */
#define EXESEAL_STEP_CLOSE_OTHERS 15 /* marking all other descriptors close-on-exec */
#define EXESEAL_STEP_EXECVEAT 16     /* execveat(fd, "", AT_EMPTY_PATH) */
#define EXESEAL_STEP_PROC_EXEC 17    /* execve("/proc/thread-self/fd/N") */
#define EXESEAL_STEP_SCRIPT 18       /* cause: a script, by a descriptor that its interpreter cannot open */
#define EXESEAL_STEP_INTERPRETER 19  /* cause: the interpreter that the image names is missing */
#define EXESEAL_STEP_ARCHITECTURE 20 /* cause: the image is for another architecture */
#define EXESEAL_STEP_FORMAT 21       /* cause: not an executable image at all */
#define EXESEAL_STEP_LOCATE 22       /* finding the source's directory, which overlayfs takes for a layer */
#define EXESEAL_STEP_MOUNT 23        /* mounting: fsopen(2), fsconfig(2), fsmount(2), open_tree(2) */
#define EXESEAL_STEP_READ_ONLY 24    /* making the file system or the mount read-only */
#define EXESEAL_STEP_CAPABILITIES 25 /* setting capability sets: the set is named */
#define EXESEAL_STEP_DIRECTORY 26    /* changing the working directory */
#define EXESEAL_STEP_DEATH_SIGNAL 27 /* prctl(PR_SET_PDEATHSIG) */
#define EXESEAL_STEP_LANDLOCK 28     /* restricting what may be executed */
#define EXESEAL_STEP_SPAWN 29        /* making the child, its descriptors, session or group */
#define EXESEAL_STEP_POLICY 30       /* cause: a policy, where permission bits and mount allow it */

/*
 * Guarantees: what a sealed executable promises. docs/threat-model.md says what each stops and what none of them does.
 */
#define EXESEAL_GUARANTEE_READ_ONLY ((uint64_t)1 << 0)   /* nothing reached through the descriptor or /proc/PID/exe can write */
#define EXESEAL_GUARANTEE_SEALED ((uint64_t)1 << 1)      /* nobody, root included, can change the bytes that will run */
#define EXESEAL_GUARANTEE_X_SEALED ((uint64_t)1 << 2)    /* the x bits are frozen too: F_SEAL_EXEC, Linux 6.3 */
#define EXESEAL_GUARANTEE_OWN_PAGES ((uint64_t)1 << 3)   /* shares no page with the source */
#define EXESEAL_GUARANTEE_PEER_SEALED ((uint64_t)1 << 4) /* runc, crun, LXC and youki take it for cloned already */
#define EXESEAL_GUARANTEE_LANDLOCK ((uint64_t)1 << 5)    /* runs under a Landlock ruleset that allows no path */
#define EXESEAL_GUARANTEE_STABLE ((uint64_t)1 << 6)      /* the source could not change while it was read, as far as the evidence goes */

/*
 * Finds the bits of a comma-separated list of guarantee names, for example "sealed,own-pages". The empty string gives
 * 0.
 *
 * EINVAL: a name that is not known (exeseal_guarantee_name lists them), or NULL; *bits is left as it was.
 */
int exeseal_guarantee_parse(const char *text, uint64_t *bits);

/* Evidence: how it is known that the source did not change while it was read. The first two do not give STABLE. */
#define EXESEAL_EVIDENCE_NONE 0    /* a stream: there is nothing to compare */
#define EXESEAL_EVIDENCE_TIMES 1   /* size and times were the same before and after; a store through a mapping shows in neither */
#define EXESEAL_EVIDENCE_LEASE 2   /* a read lease on a local file system: nobody had the file open for writing; see below */
#define EXESEAL_EVIDENCE_SEALS 3   /* the source is sealed against writing */
#define EXESEAL_EVIDENCE_RUNNING 4 /* the running program on a local file system; Linux before 6.11, and 6.13 */
#define EXESEAL_EVIDENCE_MEMORY 5  /* the caller's memory, for the caller to keep still */
#define EXESEAL_EVIDENCE_SNAPSHOT 6 /* the file system cloned it in one moment (FICLONE), as it was then */
#define EXESEAL_EVIDENCE_VERITY 7  /* the source has fs-verity: nobody can write to it */

/*
 * What EVIDENCE_LEASE does not cover: the kernel grants a lease when no descriptor is open for writing and no writable
 * mapping exists. A process that pinned a page of the file earlier (io_uring's registered buffers on tmpfs, or direct
 * I/O that is under way) still stores into it, and so does whoever writes to the disk, loop image or other device below
 * the file system. A source that is a sealed memfd, or has fs-verity, has neither weakness.
 *
 * EVIDENCE_RUNNING is not used on Linux 6.11, 6.12 and from 6.14 on: there the file of a running program can be opened
 * for writing (since 6.14 with a fanotify(7) mark for pre-content events). An ordinary user gets no lease on a program
 * that belongs to somebody else, so that on these kernels its clone of itself has no STABLE.
 */

/*
 * The name of a mode, a strategy, a step, a kind of evidence, or of the guarantee with bit number `bit` (0 is
 * READ_ONLY): constant strings. NULL past the end, so that a loop from 0 lists them all. Async-signal-safe.
 */
const char *exeseal_mode_name(uint32_t mode);
const char *exeseal_strategy_name(uint32_t strategy);
const char *exeseal_step_name(uint32_t step);
const char *exeseal_guarantee_name(uint32_t bit);
const char *exeseal_evidence_name(uint32_t evidence);

/* What a step belongs to. */
#define EXESEAL_KIND_NONE 0      /* EXESEAL_STEP_DONE, or no step */
#define EXESEAL_KIND_ARGUMENT 1  /* the call itself is wrong */
#define EXESEAL_KIND_SOURCE 2    /* the source cannot be cloned, whatever the strategy */
#define EXESEAL_KIND_SEALING 3   /* a strategy failed to make a sealed executable */
#define EXESEAL_KIND_LAUNCH 4    /* what the program should be started with could not be set */
#define EXESEAL_KIND_EXECUTION 5 /* the kernel did not execute the program */
#define EXESEAL_KIND_CAUSE 6     /* why the kernel did not execute it */

/*
 * Returns the kind of a step, EXESEAL_KIND_*; EXESEAL_KIND_NONE for a number that is no step. Async-signal-safe.
 */
uint32_t exeseal_step_kind(uint32_t step);

/*
 * Returns the name of an errno value, for example "ENOENT" for 2, as a constant string; NULL if it has no name here. Unlike
 * strerror(3) it does not depend on the locale. Async-signal-safe.
 */
const char *exeseal_errno_name(int error);

/*
 * Returns what the user can do about a failure of this strategy (EXESEAL_STRATEGY_NONE: of none) at this step with this positive
 * errno value: a constant string of one or two English sentences without a newline, or NULL if there is no advice. A report's
 * attempt has all three. Async-signal-safe.
 */
const char *exeseal_advice(uint32_t strategy, uint32_t step, int error);

/* One try of one strategy in one place. */
struct exeseal_attempt {
    uint32_t strategy; /* EXESEAL_STRATEGY_* */
    uint32_t step;     /* EXESEAL_STEP_*: where it ended */
    int32_t error;     /* a positive errno value; 0: this one worked */
    char where[48];    /* the directory, the knob or the object that it concerns; "" if there is none; cut if longer */
};

#define EXESEAL_REPORT_ATTEMPTS 16

/* What fs-verity checks a file against: what fsverity(1) prints, and what a signature is made of. */
struct exeseal_digest {
    uint32_t algorithm; /* 1: SHA-256, 2: SHA-512; 0: there is no digest */
    uint32_t size;      /* how many bytes of value count */
    uint8_t value[64];
};

/* What was tried, in order, and the result. After a failure all fields but retries and the attempts are 0. */
struct exeseal_report {
    uint64_t guarantees; /* EXESEAL_GUARANTEE_* of the result */
    uint64_t bytes;      /* size of the result */
    uint64_t huge_bytes; /* how many of them strategy memfd put into huge pages, at least; of other strategies it is not known: 0 */
    uint32_t strategy;   /* the one that worked */
    uint32_t evidence;   /* EXESEAL_EVIDENCE_* */
    uint32_t retries;    /* copies made again, and waits for a holder of the writer, the mount or a page */
    uint32_t attempts;   /* how many there were; the first EXESEAL_REPORT_ATTEMPTS are recorded */
    struct exeseal_attempt attempt[EXESEAL_REPORT_ATTEMPTS];
    struct exeseal_digest digest; /* of what strategy verity gave */
};

/*
 * Writes the report as text for a person: a line for the outcome, then one for each failed attempt, with strategy,
 * step, errno, place and what can be done about it. Lines end in '\n'.
 *
 * Returns the length of the whole text without its NUL, as snprintf(3) does; buffer is cut to buffer_size and always
 * NUL-terminated unless buffer_size is 0. EINVAL: no report, or report_size is smaller than version 0.1's.
 */
int exeseal_report_format(const struct exeseal_report *report, size_t report_size, char *buffer, size_t buffer_size);

/* flags of struct exeseal_clone_options */
#define EXESEAL_CLONE_TMP_DIRFD ((uint64_t)1 << 0)       /* tmp_dirfd holds a directory */
#define EXESEAL_CLONE_DROP_PRIVILEGES ((uint64_t)1 << 1) /* accept that setuid and setgid bits and file capabilities are lost */
#define EXESEAL_CLONE_RECLAIMABLE ((uint64_t)1 << 2)     /* verity before memfd: its pages can be taken back */
#define EXESEAL_CLONE_SMALL_PAGES ((uint64_t)1 << 3)     /* put no byte of a copy into huge pages; not with HUGE_PAGES */
#define EXESEAL_CLONE_HUGE_PAGES ((uint64_t)1 << 4)      /* also beside other threads, and where free memory may be cold */

#define EXESEAL_CLONE_FALLBACKS 4

struct exeseal_clone_options {
    uint64_t flags;     /* EXESEAL_CLONE_* */
    uint64_t require;   /* EXESEAL_GUARANTEE_*: a strategy that cannot give all of them is passed over */
    uint64_t max_bytes; /* 0: a file's own size, 512 MiB for a stream; UINT64_MAX: no cap. More than that is EFBIG */
    uint32_t mode;      /* EXESEAL_MODE_* */
    int32_t tmp_dirfd;  /* with EXESEAL_CLONE_TMP_DIRFD: the directory that verity and tmpfile try first; O_PATH will do */
    char name[64];      /* the object's name, shown in /proc/PID/exe as "/memfd:NAME (deleted)"; "" is "exeseal" */
    uint32_t fallback[EXESEAL_CLONE_FALLBACKS]; /* EXESEAL_MODE_* to try in this order after mode; 0 ends the list */
};

/*
 * Makes a sealed executable of what source_fd holds, and returns its descriptor: read-only, close-on-exec, number >= 3.
 *
 * source_fd: a regular file, whole and from its beginning whatever its position, or a pipe, FIFO or stream socket, read to
 * its end. A file may be O_PATH. It may lack x bits and may be on a noexec mount, since a copy is a new file.
 *
 * By default the result is a memfd with exactly the seals SEAL, SHRINK, GROW and WRITE, and PEER_SEALED. Its mode is 0555. If the
 * source is a file, group and others have only those r and x bits that they have on the source (if the copy gets another group:
 * that both have there), so that a copy is never more readable. If the source has no x bit at all, the copy can be executed by
 * those who can read it. If the source has a POSIX ACL, or fgetxattr(2) does not tell, the mode is 0500: only the user who made
 * the copy can read or execute it. If X_SEALED is required, F_SEAL_EXEC is added, which peers that compare exactly refuse. If
 * there is no usable /proc, or a filter or a security module refuses to open the memfd again, the result is the memfd's own
 * descriptor: open for writing too, which its seals forbid.
 *
 * With EXESEAL_CLONE_RECLAIMABLE it is a file with fs-verity: a memfd's pages stay in memory or swap until it is closed, those of
 * a file can be read from its disk again. SEALED: no writer is let in, and what somebody changes on the disk itself cannot be
 * read (EIO, or SIGBUS in the program). Of a source that has fs-verity the automatic mode takes the source itself then; what is
 * copied becomes a file without a name in tmp_dirfd, /var/tmp or /tmp, the first of them on ext4 or f2fs with that feature, or
 * on btrfs from Linux 7.0 on (before, truncate(2) gets past it). Where there is none, what would have come out without this flag
 * does. runc and crun would copy it again.
 *
 * On btrfs and xfs a file in a directory of the source's own file system shares the source's blocks on the disk, and nothing is
 * copied; pages are its own all the same. That it comes out so is not known beforehand: for requiring STABLE it does not count.
 *
 * A memfd of a file or of memory of 4 to 256 MiB can get huge pages (MADV_COLLAPSE, Linux 6.1, 64 bits, page size 4096): a program
 * starts faster from it, and on some machines the copy is made faster (docs/performance.md). It takes no more memory, since what
 * follows the last whole 2 MiB is in small pages. Meanwhile up to 34 MiB of address space are mapped; a child that another thread
 * forks just then, and that neither executes nor ends, may keep the copy's memory. The kernel first waits for a worker on each
 * processor, and other threads of this process that map or unmap memory wait for that too: mostly less than 0.1 ms, sometimes more
 * than 1 ms, up to 1 s where a thread with a real-time policy occupies a processor. So it is done by itself only if the process has
 * one thread and no hypervisor takes free memory back (page_reporting), which can make huge pages slower than small ones.
 * EXESEAL_CLONE_HUGE_PAGES asks for it in any case. It is never done if kernel.sched_rt_runtime_us is -1, if processors are isolated
 * (isolcpus=), or if /proc and /sys do not tell. It ends for the rest of the copy at an error, and when 2 MiB cost more than 0.6 ms
 * of CPU time or one call more than 5 ms. A host with deadlines, or with real-time threads beside it, uses
 * EXESEAL_CLONE_SMALL_PAGES. A filter that kills instead of refusing must allow madvise(2).
 *
 * If the source is a script, only the script is sealed. PEER_SEALED and LANDLOCK are reported as for any other file, since its
 * bytes are not looked at, but they say nothing of the interpreter: the kernel executes that from its path. exeseal_inspect reads
 * the image and leaves both out.
 *
 * With EXESEAL_MODE_RO_SHARED_PAGE the result is a view of the source, made in less than 1 ms whatever its size: READ_ONLY, but it
 * shows every change of the source, and shares its pages. It requires a file that is executable for us, not on a noexec mount, and
 * for overlay one that its path still leads to. The source is not read: evidence is none. The program must not look for itself
 * by readlink("/proc/self/exe"): "/NAME" or "/" is all that it finds there, and another file may have that name. A source with
 * fs-verity cannot change: it is opened anew and is its own view, SEALED, with its digest in the report. That is the only view
 * for a caller that may not mount (EPERM at step mount otherwise): an ordinary user uses the automatic mode or
 * EXESEAL_MODE_INDEPENDENT_DATA_COPY instead.
 *
 * fallback makes a list of modes: if mode has no strategy that works here, the modes in fallback are tried in their order. mode and
 * each fallback must be explicit modes, each named once. A list is a preference, so it begins with reuse as the automatic mode does:
 * a source that is sealed already is shared. A single explicit mode is a demand, and shares nothing that somebody else sealed.
 *
 * name may hold any character but NUL. A memfd has it as it is; where it becomes the name of a file (tmpfs), each '/' in it is '_',
 * and so are "." and "..". If a name is given, a sealed source is copied so that the result has that name; the running program is
 * shared under the name it has.
 *
 * Blocks on a stream until its end; a signal does not end it. To read a file it takes a read lease on a description of its
 * own where it can: a process that opens the file for writing meanwhile waits until the copy is done.
 *
 * ESTALE      the source changed while it was read: may be tried again
 * EOPNOTSUPP  a required guarantee cannot be had here, or the mode has no strategy
 * EPERM       (step privileges) the source has setuid or setgid bits or file capabilities
 * EISDIR      a directory
 * ENODEV      a device or another special file, or a socket that is no stream
 * ENOEXEC     an empty source
 * EFBIG       more than max_bytes or RLIMIT_FSIZE; no SIGXFSZ is raised
 * EBADF       a bad or negative descriptor, one opened for writing only, or O_PATH for what is no file
 * EINVAL, E2BIG  the options
 * ETXTBSY     a child that another thread forked meanwhile still holds the writer of a tmpfile or a copy by verity, after 200 ms
 * EBUSY       (step read-only) such a child still holds the writer of a tmpfs or the mount of a view by bind
 * EBUSY       (step reopen) this process holds a write lease or record locks on the source, and would lose them by a view
 * EXDEV       (step locate) the mode allows views only, and the source's path does not lead to it: it is unlinked, replaced or
 *             unreachable. bind, from Linux 5.12 on, still works if the source is on a mount of this mount namespace
 *
 * Else the kernel's errno: of the failure that stopped the clone, or if no strategy is available here, of the first one.
 */
int exeseal_clone(int source_fd, const struct exeseal_clone_options *options, size_t options_size,
                  struct exeseal_report *report, size_t report_size);

/*
 * The same for the running program, found by /proc/thread-self/exe and never by its path: a path can name another file by
 * now. Every component of that path must be procfs's own, with nothing mounted over it. ENOENT: there is no usable /proc, and
 * none could be mounted (which requires CAP_SYS_ADMIN and Linux 5.2).
 */
int exeseal_clone_self(const struct exeseal_clone_options *options, size_t options_size, struct exeseal_report *report,
                       size_t report_size);

/*
 * The same for length bytes of memory, which the caller keeps still. ENOEXEC: length is 0. EFAULT: bytes is NULL, or a part
 * cannot be read (a mapping of a file that was cut short gives EFAULT too, not SIGBUS).
 */
int exeseal_clone_memory(const void *bytes, size_t length, const struct exeseal_clone_options *options,
                         size_t options_size, struct exeseal_report *report, size_t report_size);

/*
 * Tells whether a strategy works here, for this process, by doing it once and throwing the result away: with the running program
 * where it takes a file (overlay, bind), else with a few bytes (verity: as a copy). From Linux 6.14 on the kernel is asked too
 * whether its policies let the result be executed. The report has the guarantees, or the step, the errno and the place of the
 * failure.
 *
 * Returns 0, or the error that exeseal_clone would have given. EINVAL: there is no such strategy.
 */
int exeseal_probe(uint32_t strategy, struct exeseal_report *report, size_t report_size);

/* flags of struct exeseal_exec_options */
#define EXESEAL_EXEC_CHECK ((uint64_t)1 << 0)        /* only tell whether anything speaks against it */
#define EXESEAL_EXEC_SCRIPT ((uint64_t)1 << 1)       /* run "#!" scripts, and what binfmt_misc knows: the interpreter inherits fd */
#define EXESEAL_EXEC_NO_NEW_PRIVS ((uint64_t)1 << 2) /* set no_new_privs for this thread, see prctl(2) */
#define EXESEAL_EXEC_CLOSE_OTHERS ((uint64_t)1 << 3) /* close every descriptor but 0, 1, 2 and keep; Linux 5.11 */

#define EXESEAL_EXEC_CAPABILITIES ((uint64_t)1 << 4) /* drop_bounding, inheritable and ambient count */
#define EXESEAL_EXEC_DIRECTORY ((uint64_t)1 << 5)    /* directory holds the working directory's descriptor */
#define EXESEAL_EXEC_UMASK ((uint64_t)1 << 6)        /* umask counts */
#define EXESEAL_EXEC_DEATH_SIGNAL ((uint64_t)1 << 7) /* death_signal counts, see prctl(2), PR_SET_PDEATHSIG */
#define EXESEAL_EXEC_LANDLOCK ((uint64_t)1 << 8)     /* nothing else may be executed from here on: see below */
#define EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE ((uint64_t)1 << 9) /* the same, where there is Landlock */

#define EXESEAL_EXEC_KEEP 16

struct exeseal_exec_options {
    uint64_t flags;                  /* EXESEAL_EXEC_* */
    uint64_t drop_bounding;          /* 1 << CAP_*: what leaves the bounding set, which takes CAP_SETPCAP if it is there */
    uint64_t inheritable;            /* 1 << CAP_*: the inheritable set as it will be; one that the kernel lacks is EINVAL */
    uint64_t ambient;                /* 1 << CAP_*: the ambient set as it will be; all of it in inheritable */
    uint32_t keep_count;             /* how many of keep count; needs EXESEAL_EXEC_CLOSE_OTHERS */
    uint32_t umask;                  /* 0 to 0777 */
    int32_t directory;               /* may be O_PATH */
    int32_t death_signal;            /* the signal when the thread that is the parent ends; 0 for none */
    int32_t keep[EXESEAL_EXEC_KEEP]; /* descriptors that stay as they are, in any order */
};

/*
 * Executes fd in place of the calling process, as execve(2) does. argv needs at least one entry (CVE-2021-4034); envp may be
 * NULL for an empty environment. fd need not be sealed, may be O_PATH, and close-on-exec serves it best. Needs no /proc where
 * execveat(2) works; where that is missing or filtered, /proc/thread-self/fd/N is used after checking that it leads to the
 * same file.
 *
 * Returns only on failure, and then only _exit(2) is safe: what the options ask for may be done. Async-signal-safe, so it may be
 * called between fork(2) and here.
 *
 * EXESEAL_EXEC_CLOSE_OTHERS does not change envp. If that has LISTEN_FDS, the program is told of descriptors that it does not
 * have, and may treat its own as such: pass what exeseal_environment_filter makes of it.
 *
 * no_new_privs, capabilities, Landlock and the death signal are the calling thread's, and with it the program's: execve(2) ends
 * all other threads. Limits (setrlimit(2)) are left alone. A parent that has ended by then sends no death signal: after fork(2)
 * compare getppid(2). exeseal_spawn_fd does, and starts nothing for a parent that is gone.
 *
 * EXESEAL_EXEC_LANDLOCK (Linux 5.13; needs no_new_privs or CAP_SYS_ADMIN) forbids the program, and everything that it starts, to
 * execute any file but itself, the interpreter that its image names, and what is in a memfd. A program in a memfd needs no rule
 * and can execute itself by /proc/self/exe, which an allow-list of paths refuses. A dynamic program's interpreter loads whatever
 * it is told to: only a static one is confined to itself. The kernel refuses mount(2) and pivot_root(2) in such a domain too, so
 * no container can be started from within, runc's or runsc's; and rename(2) and link(2) from one directory to another are EXDEV
 * there. A script is EINVAL, an interpreter whose path has more than 254 bytes ENAMETOOLONG.
 *
 * With EXESEAL_EXEC_CHECK nothing is executed or changed, and 0 is returned if no obstacle was found. Each step is judged in the
 * order of its execution: descriptors to keep or map, the directory, capability sets, Landlock, permission bits, the mount, the
 * format, the interpreter, and from Linux 6.14 on the kernel's own check with its policies. Not foreseen are binfmt_misc (what
 * only that can run is ENOEXEC), an interpreter that may be executed but does not run (it is no program, or a script whose own
 * interpreter is missing), damage beyond an image's headers, limits that are reached meanwhile, and what a seccomp filter or a
 * security module answers to a system call that only the execution makes.
 *
 * The last attempt in the report names the cause where it can be told: script, interpreter, architecture, format, policy.
 *
 * ENOEXEC  not an executable image
 * ENOENT   the interpreter that it names is missing, or it is a script by a close-on-exec descriptor without EXESEAL_EXEC_SCRIPT
 * EACCES   no x bit, a noexec mount, or (step policy) a policy: IMA appraisal, Landlock, SELinux, AppArmor
 * ETXTBSY  somebody has it open for writing
 * EBADF    a bad or negative descriptor, also in keep
 * ENOTDIR  directory is none
 * EPERM    (step capabilities) this thread may not change the set that is named; (step landlock) neither no_new_privs nor
 *          CAP_SYS_ADMIN
 * ENOSYS, EOPNOTSUPP  (step landlock) this kernel has no Landlock, or it is not enabled
 * EINVAL   an empty argv, or the options
 *
 * Else the kernel's errno.
 */
int exeseal_exec_fd(int fd, char *const argv[], char *const envp[], const struct exeseal_exec_options *options,
                    size_t options_size, struct exeseal_report *report, size_t report_size);

/* flags of struct exeseal_spawn_options */
#define EXESEAL_SPAWN_DEFAULT_SIGNALS ((uint64_t)1 << 0) /* no signal is blocked or ignored in the program */
#define EXESEAL_SPAWN_NEW_GROUP ((uint64_t)1 << 1)       /* a process group of its own */
#define EXESEAL_SPAWN_NEW_SESSION ((uint64_t)1 << 2)     /* a session of its own, and so a group */

#define EXESEAL_SPAWN_MAP 16

struct exeseal_descriptor_map {
    int32_t from; /* a descriptor of the caller */
    int32_t to;   /* its number in the program */
};

struct exeseal_spawn_options {
    uint64_t flags;     /* EXESEAL_SPAWN_* */
    uint32_t map_count; /* how many of map count */
    uint32_t reserved;  /* 0 */
    struct exeseal_descriptor_map map[EXESEAL_SPAWN_MAP]; /* any of them may be in each other's way */
};

/*
 * Executes fd in a child, and returns its pidfd: for poll(2), pidfd_send_signal(2) and waitid(2) with P_PIDFD. It is
 * close-on-exec and, if another number is free, not 0, 1 or 2. The calling thread stands still, with all signals but SIGSYS
 * blocked, until the child has executed; other threads run on. Neither a handler of the host program runs in the child, nor is a
 * lock of the host taken there: safe in a program with threads.
 *
 * Descriptors that are mapped are open in the program whatever EXESEAL_EXEC_CLOSE_OTHERS says; keep means numbers as they are
 * before mapping. Of several with the same number the last counts. The program starts with the calling thread's signal mask and
 * with what it ignores, unless EXESEAL_SPAWN_DEFAULT_SIGNALS says otherwise. It is a child as any other: its end raises SIGCHLD,
 * and it has to be waited for.
 *
 * A failure leaves no child, raises no SIGCHLD, and is reported with its step as by exeseal_exec_fd: the options and errors are
 * the same. With EXESEAL_EXEC_CHECK there is no child, and 0 is returned if no obstacle was found. ECHILD: the child was killed
 * before it could execute.
 */
int exeseal_spawn_fd(int fd, char *const argv[], char *const envp[], const struct exeseal_exec_options *exec_options,
                     size_t exec_options_size, const struct exeseal_spawn_options *options, size_t options_size,
                     struct exeseal_report *report, size_t report_size);

/*
 * Executes a sealed copy of the running program in place of the calling process, unless it runs from one already: then it returns
 * 0, and so it does, called anew, in the copy. For the beginning of main, or before it: see exeseal-reexec.h. The program
 * begins once more, with argv (main's own, at least one entry) and envp; what execve(2) keeps is kept: process ID, descriptors
 * that are not close-on-exec, working directory, signal mask, ignored signals, limits. All other threads end.
 *
 * The program counts as sealed if it is in a memfd that nobody can change any more, whoever made that, or in an unlinked file
 * that is no memfd: there is nothing else to know a copy of strategy tmpfile by. The copy is held to the same rule before it is
 * executed, and what the rule looks at cannot be undone. A copy that does not find itself sealed nevertheless, because a filter
 * changes what the kernel answers, makes no other copy: it was started by descriptor RLIMIT_NOFILE - 1 (soft limit, at most 4095),
 * and a program that was is not copied (ELOOP). If that number is taken, or the limit is changed in between, nothing but the
 * rule prevents a loop. A program that was started by a descriptor with another number is copied once.
 *
 * options as for exeseal_clone, but of flags TMP_DIRFD, SMALL_PAGES and HUGE_PAGES alone, and no OWN_PAGES or STABLE in require:
 * they cannot be seen of a running program. With require an unlinked file is not enough. The mode is automatic or independent-data-copy,
 * and both mean the latter: memfd, then tmpfile; not tmpfs, since nothing tells its copies from other programs on a read-only
 * tmpfs. The name is that of the calling thread, and the copy's thread has it again: strategy tmpfile takes it from argv[0].
 *
 * What is different in the copy: /proc/PID/exe and what is derived from it ($ORIGIN, os.Executable), AT_EXECFN, and labels and
 * profiles that a security module attaches by path. docs/self-sealing.md has more.
 *
 * ENOENT      (step source) no usable /proc, without which nothing tells what is running
 * EACCES      (step source) the program may be executed, but not read
 * EOPNOTSUPP  (step source) started through its loader or an emulator, which is what /proc/PID/exe names then
 * EPERM       (step privileges) setuid or setgid bits, or file capabilities
 * ELOOP       (step verify) the copy does not look sealed here, as under a kernel that forgets seals; or this process is a copy,
 *             and finds as itself a program that is not sealed, or that lacks what require asks for
 *
 * Else the errors of exeseal_clone and exeseal_exec_fd.
 */
int exeseal_reexec_self(char *const argv[], char *const envp[], const struct exeseal_clone_options *options,
                        size_t options_size, struct exeseal_report *report, size_t report_size);

/*
 * Builds an environment that leaks nothing of the host into envp, which has room for envp_count entries, the NULL at the end
 * included: PATH with the system's directories, HOME, USER and LOGNAME (of root; of others the user's number and "/"), TMPDIR=/tmp
 * and XDG_RUNTIME_DIR. names, which ends in NULL and may be NULL, adds to it or takes the place of an entry: "NAME=VALUE" as it
 * stands, "NAME" as it is in from, if it is. 32 entries and 128 bytes do for the fixed ones.
 *
 * Entries point into names, from, buffer and the library: they must outlive envp. Returns their number. Async-signal-safe.
 *
 * E2BIG: envp or buffer is too small. EINVAL: an empty name, or envp or buffer is NULL.
 */
int exeseal_environment(const char *const names[], char *const from[], char *envp[], size_t envp_count, char *buffer,
                        size_t buffer_size);

/*
 * Copies the entries of an environment, without those of socket activation (sd_listen_fds(3)) that no longer hold once
 * descriptors are closed: LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES and LISTEN_PIDFDID. Pass the result to exeseal_exec_fd with
 * EXESEAL_EXEC_CLOSE_OTHERS: a program that believes a LISTEN_FDS without descriptors treats whatever it opens under these
 * numbers as sockets of its caller. runc hands such a descriptor of the host to the container (as in CVE-2024-21626).
 *
 * from        the environment, which ends in NULL; NULL for an empty one
 * keep        the descriptors that stay open, as the program will number them: keep of struct exeseal_exec_options, and each `to`
 *             of a map. If they include all of 3 to 2+LISTEN_FDS, every entry is copied. A LISTEN_FDS that is not a decimal
 *             number above 0 without leading zeros is never satisfied. Of several each counts
 * keep_count  how many; any number, 0 if keep is NULL
 * envp        receives the entries and a NULL at the end; may be from itself. The entries point to the strings of from
 * envp_count  how many pointers envp has room for, including the NULL
 *
 * Returns the number of entries, without the NULL.
 *
 * E2BIG   envp is too small; its content is then unspecified
 * EINVAL  envp is NULL, or keep is NULL and keep_count is not 0
 *
 * Async-signal-safe. May be called from any thread, while no other thread changes from.
 */
int exeseal_environment_filter(char *const from[], const int32_t *keep, uint32_t keep_count, char *envp[],
                               size_t envp_count);

/* flags of struct exeseal_resolve_options */
#define EXESEAL_RESOLVE_SCRIPT ((uint64_t)1 << 0) /* a script will do, and is what comes out: wrappers are not unwrapped */

struct exeseal_resolve_options {
    uint64_t flags; /* EXESEAL_RESOLVE_* */
};

/* flags of struct exeseal_resolution */
#define EXESEAL_RESOLUTION_WRAPPER ((uint64_t)1 << 0) /* a Nix wrapper stood in front; what it sets is not set */

struct exeseal_resolution {
    uint64_t flags;      /* EXESEAL_RESOLUTION_* */
    char path[2016];     /* the path at which the program was found, before links are followed: its name, for argv[0] */
    char resolved[2016]; /* the path of the file without symbolic links; behind a wrapper, of the wrapped program */
};

/*
 * Finds a program that may be trusted to run with the caller's privileges, and returns its descriptor, close-on-exec: the very
 * file that was judged, so that nothing can change between check and use. Open for reading, or O_PATH where it may be executed
 * but not read. The descriptor is the program; neither path is to be opened again.
 *
 * name: an absolute path, or a name without '/', looked for in /usr/local/sbin, /usr/local/bin, /usr/sbin,
 * /usr/bin, /sbin, /bin (where these two are no links to the former), /opt/NAME, then in `directories` (absolute, separated
 * by ':', may be NULL), then, unless the process is privileged, in `path`, which is PATH or NULL if that is not to be used.
 * Entries that are not absolute are passed over.
 *
 * The program must be a regular file, executable for us, neither setuid nor setgid, not writable by group or others, owned
 * by root or, unless the process is privileged, by the effective user. In /nix/store anyone else may own it if its owner
 * cannot write it and nobody can write its directory. Every directory on the way is held to the same, links included;
 * /nix/store itself may be writable by its group, if it is root's and sticky. Links of /proc are refused. User 65534, who
 * stands for everybody without a number here, owns nothing. A script must be one of Nix's wrappers: its last `exec` line runs
 * NAME, .NAME-wrapped or .NAME-wrapped_ with the wrapper's own name and arguments. The wrapped program is judged in turn. Any
 * other script is refused.
 *
 * A process is privileged if its effective user is root, if it has any effective or permitted capability, or if its
 * program is setuid, setgid or has file capabilities (AT_SECURE): whoever started it may lack these rights.
 *
 * why gets a line for each candidate that was there and refused, in the order tried, cut to why_size and NUL-terminated, also when
 * another is found; it may be NULL with why_size 0. What is not there is not refused, even in a directory that is not trusted.
 * A line is "PATH: REASON". In PATH a byte that is not printable ASCII is '?', and so is a blank behind a ':': the first ": " of
 * the line ends PATH.
 *
 * ENOENT  no such program
 * EPERM   it was found and refused: see why
 * EINVAL  the name is NULL, empty, ".", "..", longer than 255 bytes without being an absolute path, or has a '/' without being
 *         one; or the options
 * ENAMETOOLONG  an absolute path of 2016 bytes or more; a directory in which the program's path would be as long is passed over
 *
 * Else the kernel's errno: what says nothing of the candidate (EMFILE, ENOMEM, EIO) ends the search.
 */
int exeseal_resolve(const char *name, const char *directories, const char *path, const struct exeseal_resolve_options *options,
                    size_t options_size, struct exeseal_resolution *resolution, size_t resolution_size, char *why,
                    size_t why_size);

/* type of struct exeseal_info */
#define EXESEAL_TYPE_FILE 1      /* a regular file; a memfd that cannot be sealed looks like one */
#define EXESEAL_TYPE_MEMFD 2     /* a memfd that can be or is sealed */
#define EXESEAL_TYPE_DIRECTORY 3 /* a directory */
#define EXESEAL_TYPE_STREAM 4    /* a pipe, FIFO or socket */
#define EXESEAL_TYPE_OTHER 5     /* a device or another special file */

/* image of struct exeseal_info */
#define EXESEAL_IMAGE_NONE 0    /* not a program, or not to be read */
#define EXESEAL_IMAGE_STATIC 1  /* ELF without an interpreter */
#define EXESEAL_IMAGE_DYNAMIC 2 /* ELF that names an interpreter: it and its libraries are not sealed with it */
#define EXESEAL_IMAGE_SCRIPT 3  /* "#!" */

/* flags of struct exeseal_info */
#define EXESEAL_INFO_READ_ONLY ((uint32_t)1 << 0)       /* the descriptor is open for reading only */
#define EXESEAL_INFO_PATH ((uint32_t)1 << 1)            /* the descriptor is O_PATH */
#define EXESEAL_INFO_CLOSE_ON_EXEC ((uint32_t)1 << 2)   /* the descriptor is close-on-exec */
#define EXESEAL_INFO_READ_ONLY_MOUNT ((uint32_t)1 << 3) /* its mount or file system is read-only */
#define EXESEAL_INFO_NOEXEC_MOUNT ((uint32_t)1 << 4)    /* its mount is noexec */
#define EXESEAL_INFO_SETUID ((uint32_t)1 << 5)
#define EXESEAL_INFO_SETGID ((uint32_t)1 << 6)
#define EXESEAL_INFO_CAPABILITIES ((uint32_t)1 << 7)    /* it has file capabilities */
#define EXESEAL_INFO_UNREAD ((uint32_t)1 << 8)          /* it could not be read: capabilities, image and fs-verity are not known */
#define EXESEAL_INFO_FOREIGN ((uint32_t)1 << 9)         /* the image is for another architecture than this library */
#define EXESEAL_INFO_VERITY ((uint32_t)1 << 10)         /* it has fs-verity: see digest */

struct exeseal_info {
    uint64_t guarantees;   /* of READ_ONLY, SEALED, X_SEALED, PEER_SEALED, LANDLOCK; the others cannot be seen */
    uint64_t size;         /* bytes; 0 for a stream */
    uint32_t type;         /* EXESEAL_TYPE_* */
    uint32_t flags;        /* EXESEAL_INFO_* */
    uint32_t seals;        /* F_SEAL_* of a memfd, else 0 */
    uint32_t permissions;  /* st_mode & 07777 */
    uint32_t image;        /* EXESEAL_IMAGE_* */
    uint32_t machine;      /* the image's e_machine, see elf(5) */
    char interpreter[256]; /* of a dynamic image or a script; "" if there is none; cut if longer */
    struct exeseal_digest digest; /* of fs-verity, on file systems whose word counts: ext4, btrfs, f2fs, xfs and the like */
};

/*
 * Tells what can be seen of any descriptor, whoever made it. Seals are compared as masks: another tool may have added some. Of a
 * view by overlay or bind it sees EXESEAL_INFO_READ_ONLY_MOUNT and no guarantee: whether a mount can be made writable is not seen. A
 * memfd that nobody may execute has neither LANDLOCK nor PEER_SEALED, nor has a script. A file with fs-verity is READ_ONLY and
 * SEALED on ext4 and f2fs, and from Linux 7.0 on every local file system: before, truncate(2) gets past it on btrfs. What the file
 * itself holds, interpreter above all, may be hostile: show it with care.
 *
 * EBADF a bad or negative descriptor. EINVAL info is NULL or info_size is smaller than version 0.1's. E2BIG info_size is
 * above 4096.
 */
int exeseal_inspect(int fd, struct exeseal_info *info, size_t info_size);

/*
 * Tells the same of the running program, which it finds as exeseal_clone_self does. Whether it is sealed is bit
 * EXESEAL_GUARANTEE_SEALED of guarantees: it is not set for a program that runs from overlay, bind, tmpfs or tmpfile.
 * EXESEAL_INFO_READ_ONLY and EXESEAL_INFO_CLOSE_ON_EXEC are not set, since there is no descriptor.
 *
 * ENOENT as for exeseal_clone_self. EACCES the program may be executed, but not read. EINVAL and E2BIG as for exeseal_inspect.
 */
int exeseal_inspect_self(struct exeseal_info *info, size_t info_size);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
