/* SPDX-License-Identifier: MIT */
/* exeseal: turns an executable into a sealed file descriptor and runs it from there. */
/*
 *     int fd = exeseal_clone(source, NULL, 0, NULL, 0);
 *     exeseal_exec_fd(fd, argv, envp, NULL, 0, NULL, 0);
 *
 * The comments here are the contract in short. Each names its manual page; exeseal(7) has the rules
 * of the interface in full.
 *
 * - A function that can fail returns a value >= 0, or -errno. errno itself is left unchanged.
 * - A struct is passed with its size, as openat2(2) does it. It has neither pointers nor enums.
 *   Input: NULL with size 0 means the defaults. EINVAL: the size is smaller than version 0.1's, or
 *   a flag or bit is unknown. E2BIG: the size is above 4096, or a byte beyond those that this
 *   library knows is not zero.
 *   Output: the library fills the bytes that fit and zeroes the rest. NULL with size 0 means that
 *   the output is not wanted.
 * - A descriptor in a struct counts only if the flag that names it is set: 0 is a valid descriptor.
 * - The caller keeps ownership of its arguments, and owns and closes the descriptor it gets.
 * - Nothing is allocated on the heap, printed, or remembered between calls. Loading the library
 *   makes no system call.
 * - Every function may be called from any thread. Functions marked async-signal-safe may also be
 *   called in a signal handler, and between fork(2) and execve(2).
 * - Descriptors, record locks, signals, children, limits, umask and environment of the caller are
 *   not touched. exeseal(7) lists the five exceptions, and the stack that each function needs.
 *
 * Requires Linux 5.4 and glibc 2.31. Features that require more say so.
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

/*
 * Returns the version of the library that is loaded. See exeseal_version(3).
 *
 * Returns: major << 16 | minor << 8 | patch.
 * Errors: none.
 * Since: 0.1.
 * Safety: any thread; async-signal-safe.
 */
uint32_t exeseal_version(void);

/*
 * Modes: which strategies may make the clone. See exeseal(7).
 *
 * The names are those of the OCI annotation org.opencontainers.runc.clone-self-exe (runc pull
 * request 5290). Store and show the name; the number is for calls only.
 */
#define EXESEAL_MODE_AUTOMATIC 0             /* "": the first that works here */
#define EXESEAL_MODE_INDEPENDENT_DATA_COPY 1 /* "independent-data-copy": a copy, or an error */
#define EXESEAL_MODE_RO_SHARED_PAGE 2        /* "ro-shared-page": a read-only view, or an error */

/*
 * Finds the mode that has a name. See exeseal_mode_parse(3).
 *
 * text   the name; "" is the automatic mode
 * mode   receives EXESEAL_MODE_*; left unchanged on error
 *
 * Returns: 0, or -errno.
 * Errors:
 *   EINVAL   no mode has this name, or an argument is NULL
 * Since: 0.1.
 * Safety: any thread.
 */
int exeseal_mode_parse(const char *text, uint32_t *mode);

/* Strategies: the ways to make a clone. See exeseal(7). */
#define EXESEAL_STRATEGY_NONE 0    /* none: the call failed before any was tried */
#define EXESEAL_STRATEGY_REUSE 1   /* the source, which is sealed already, opened again */
#define EXESEAL_STRATEGY_MEMFD 2   /* a copy in a sealed memfd */
#define EXESEAL_STRATEGY_TMPFILE 3 /* a copy in an unnamed file, which its owner can change */
#define EXESEAL_STRATEGY_TMPFS 4   /* a copy in a read-only tmpfs; CAP_SYS_ADMIN */
#define EXESEAL_STRATEGY_OVERLAY 5 /* the source, by a read-only overlayfs; CAP_SYS_ADMIN */
#define EXESEAL_STRATEGY_BIND 6    /* the source, by a read-only mount; CAP_SYS_ADMIN */
#define EXESEAL_STRATEGY_VERITY 7  /* a copy with fs-verity, or a source that has it */

/* Steps: what was being done when an attempt failed. See exeseal(7). */
#define EXESEAL_STEP_DONE 0          /* nothing: the attempt succeeded */
#define EXESEAL_STEP_ARGUMENT 1      /* checking the arguments of the call */
#define EXESEAL_STEP_SOURCE 2        /* opening the source, or checking that it can be cloned */
#define EXESEAL_STEP_PRIVILEGES 3    /* setuid or setgid bits or file capabilities would be lost */
#define EXESEAL_STEP_LIMIT 4         /* max_bytes or RLIMIT_FSIZE */
#define EXESEAL_STEP_REQUIRE 5       /* the strategy cannot give a required guarantee */
#define EXESEAL_STEP_STABILITY 6     /* proving that the source did not change while it was read */
#define EXESEAL_STEP_NOEXEC 7        /* the mount is noexec: the result could not be executed */
#define EXESEAL_STEP_CREATE 8        /* creating the new file */
#define EXESEAL_STEP_COPY 9          /* copying the bytes */
#define EXESEAL_STEP_PERMISSIONS 10  /* setting the copy's permission bits */
#define EXESEAL_STEP_SEAL 11         /* adding the seals, or enabling fs-verity */
#define EXESEAL_STEP_REOPEN 12       /* opening the result read-only */
#define EXESEAL_STEP_VERIFY 13       /* checking the result: seals, digest, size, permission bits */
#define EXESEAL_STEP_NO_NEW_PRIVS 14 /* prctl(PR_SET_NO_NEW_PRIVS) */
#define EXESEAL_STEP_CLOSE_OTHERS 15 /* marking all other descriptors close-on-exec */
#define EXESEAL_STEP_EXECVEAT 16     /* execveat(fd, "", AT_EMPTY_PATH) */
#define EXESEAL_STEP_PROC_EXEC 17    /* execve("/proc/thread-self/fd/N") */
#define EXESEAL_STEP_SCRIPT 18       /* cause: a script whose interpreter cannot open it */
#define EXESEAL_STEP_INTERPRETER 19  /* cause: the interpreter that the image names is missing */
#define EXESEAL_STEP_ARCHITECTURE 20 /* cause: the image is for another architecture */
#define EXESEAL_STEP_FORMAT 21       /* cause: not an executable image */
#define EXESEAL_STEP_LOCATE 22       /* finding the source by its path, for a view */
#define EXESEAL_STEP_MOUNT 23        /* fsopen(2), fsconfig(2), fsmount(2), open_tree(2) */
#define EXESEAL_STEP_READ_ONLY 24    /* making the file system or the mount read-only */
#define EXESEAL_STEP_CAPABILITIES 25 /* setting the capability set that `where` names */
#define EXESEAL_STEP_DIRECTORY 26    /* changing the working directory */
#define EXESEAL_STEP_DEATH_SIGNAL 27 /* prctl(PR_SET_PDEATHSIG) */
#define EXESEAL_STEP_LANDLOCK 28     /* restricting what may be executed */
#define EXESEAL_STEP_SPAWN 29        /* creating the child, its descriptors, session or group */
#define EXESEAL_STEP_POLICY 30       /* cause: a policy; permission bits and mount allow it */

/* Guarantees: what a clone promises. See exeseal(7). */
#define EXESEAL_GUARANTEE_READ_ONLY ((uint64_t)1 << 0)   /* cannot be written to through it */
#define EXESEAL_GUARANTEE_SEALED ((uint64_t)1 << 1)      /* nobody can change it, root included */
#define EXESEAL_GUARANTEE_X_SEALED ((uint64_t)1 << 2)    /* SEALED, and the x bits are frozen */
#define EXESEAL_GUARANTEE_OWN_PAGES ((uint64_t)1 << 3)   /* shares no page with the source */
#define EXESEAL_GUARANTEE_PEER_SEALED ((uint64_t)1 << 4) /* runc, crun, LXC and youki accept it */
#define EXESEAL_GUARANTEE_LANDLOCK ((uint64_t)1 << 5)    /* runs where Landlock allows no path */
#define EXESEAL_GUARANTEE_STABLE ((uint64_t)1 << 6)      /* the source was stable while read */

/*
 * Finds the bits of a comma-separated list of guarantee names. See exeseal_mode_parse(3).
 *
 * text   for example "sealed,own-pages"; "" gives 0
 * bits   receives EXESEAL_GUARANTEE_*; left unchanged on error
 *
 * Returns: 0, or -errno.
 * Errors:
 *   EINVAL   a name is unknown, or an argument is NULL
 * Since: 0.1.
 * Safety: any thread.
 */
int exeseal_guarantee_parse(const char *text, uint64_t *bits);

/* Evidence that the source was stable. The first two do not give STABLE. See exeseal(7). */
#define EXESEAL_EVIDENCE_NONE 0     /* a stream or a view: nothing to compare */
#define EXESEAL_EVIDENCE_TIMES 1    /* size and times were equal before and after the copy */
#define EXESEAL_EVIDENCE_LEASE 2    /* a read lease: no descriptor was open for writing */
#define EXESEAL_EVIDENCE_SEALS 3    /* the source is sealed against writing */
#define EXESEAL_EVIDENCE_RUNNING 4  /* the running program; Linux before 6.11, and 6.13 */
#define EXESEAL_EVIDENCE_MEMORY 5   /* memory, which the caller must not change meanwhile */
#define EXESEAL_EVIDENCE_SNAPSHOT 6 /* a snapshot by the file system (FICLONE) */
#define EXESEAL_EVIDENCE_VERITY 7   /* the source has fs-verity: nobody can write to it */

/*
 * Return the name of a number, for loops and messages. See exeseal_mode_parse(3).
 *
 * mode, strategy, step, evidence   EXESEAL_MODE_*, and so on
 * bit                              the bit number of a guarantee: 0 is READ_ONLY
 *
 * Returns: a constant string; NULL past the last number, so that a loop from 0 lists all names.
 * Errors: none.
 * Since: 0.1.
 * Safety: any thread; async-signal-safe.
 */
const char *exeseal_mode_name(uint32_t mode);
const char *exeseal_strategy_name(uint32_t strategy);
const char *exeseal_step_name(uint32_t step);
const char *exeseal_guarantee_name(uint32_t bit);
const char *exeseal_evidence_name(uint32_t evidence);

/* Kinds of steps */
#define EXESEAL_KIND_NONE 0      /* EXESEAL_STEP_DONE, or not a step */
#define EXESEAL_KIND_ARGUMENT 1  /* an argument of the call is wrong */
#define EXESEAL_KIND_SOURCE 2    /* the source cannot be cloned, whatever the strategy */
#define EXESEAL_KIND_SEALING 3   /* a strategy failed to make a clone */
#define EXESEAL_KIND_LAUNCH 4    /* a setting for the program could not be applied */
#define EXESEAL_KIND_EXECUTION 5 /* the kernel did not execute the program */
#define EXESEAL_KIND_CAUSE 6     /* the reason why the kernel did not execute it */

/*
 * Returns the kind of a step. See exeseal_advice(3).
 *
 * step   EXESEAL_STEP_*
 *
 * Returns: EXESEAL_KIND_*; EXESEAL_KIND_NONE for a number that is not a step.
 * Errors: none.
 * Since: 0.1.
 * Safety: any thread; async-signal-safe.
 */
uint32_t exeseal_step_kind(uint32_t step);

/*
 * Returns the name of an errno value, whatever the locale is. See exeseal_advice(3).
 *
 * error   a positive errno value
 *
 * Returns: a constant string, for example "ENOENT" for 2; NULL if the value has no name here.
 * Errors: none.
 * Since: 0.1.
 * Safety: any thread; async-signal-safe.
 */
const char *exeseal_errno_name(int error);

/*
 * Returns what the user can do about a failed attempt. See exeseal_advice(3).
 *
 * strategy, step, error   as in struct exeseal_attempt; error is positive
 *
 * Returns: a constant string of one or two English sentences, without a newline; NULL if there is
 *   no advice.
 * Errors: none.
 * Since: 0.1.
 * Safety: any thread; async-signal-safe.
 */
const char *exeseal_advice(uint32_t strategy, uint32_t step, int error);

/* One attempt of one strategy in one place. See exeseal(7). */
struct exeseal_attempt {
    uint32_t strategy; /* EXESEAL_STRATEGY_* */
    uint32_t step;     /* EXESEAL_STEP_*: where the attempt ended */
    int32_t error;     /* a positive errno value; 0: the attempt succeeded */
    char where[48];    /* the directory, setting or object concerned; "": none; cut if longer */
};

#define EXESEAL_REPORT_ATTEMPTS 16

/* The fs-verity digest of a file, as fsverity(1) prints it. */
struct exeseal_digest {
    uint32_t algorithm; /* 1: SHA-256, 2: SHA-512; 0: there is no digest */
    uint32_t size;      /* how many bytes of value count */
    uint8_t value[64];
};

/*
 * The attempts in their order, and the result. After a failure all fields but retries, attempts and
 * attempt are 0. See exeseal(7).
 */
struct exeseal_report {
    uint64_t guarantees; /* EXESEAL_GUARANTEE_* of the result */
    uint64_t bytes;      /* size of the result */
    uint64_t huge_bytes; /* at least so many are in huge pages; strategies other than memfd: 0 */
    uint32_t strategy;   /* EXESEAL_STRATEGY_*: the one that succeeded */
    uint32_t evidence;   /* EXESEAL_EVIDENCE_* */
    uint32_t retries;    /* copies made again, and waits for another holder of the result */
    uint32_t attempts;   /* how many; the first EXESEAL_REPORT_ATTEMPTS are recorded */
    struct exeseal_attempt attempt[EXESEAL_REPORT_ATTEMPTS];
    struct exeseal_digest digest; /* of a result of strategy verity */
};

/*
 * Writes a report as text, one line for the result and one for each failed attempt. See
 * exeseal_report_format(3).
 *
 * report, report_size   the report
 * buffer, buffer_size   receives the text, cut to buffer_size and NUL-terminated unless that is 0
 *
 * Returns: the length of the whole text without its NUL, as snprintf(3) does, or -errno.
 * Errors:
 *   EINVAL      report is NULL, report_size is smaller than version 0.1's, or buffer is NULL and
 *               buffer_size is not 0
 *   EOVERFLOW   the length does not fit into an int
 * Since: 0.1.
 * Safety: any thread.
 */
int exeseal_report_format(const struct exeseal_report *report, size_t report_size, char *buffer,
                          size_t buffer_size);

/* flags of struct exeseal_clone_options */
#define EXESEAL_CLONE_TMP_DIRFD ((uint64_t)1 << 0)       /* tmp_dirfd counts */
#define EXESEAL_CLONE_DROP_PRIVILEGES ((uint64_t)1 << 1) /* accept losing file privileges */
#define EXESEAL_CLONE_RECLAIMABLE ((uint64_t)1 << 2)     /* try verity before memfd */
#define EXESEAL_CLONE_SMALL_PAGES ((uint64_t)1 << 3)     /* no huge pages; not with HUGE_PAGES */
#define EXESEAL_CLONE_HUGE_PAGES ((uint64_t)1 << 4)      /* huge pages also beside other threads */

#define EXESEAL_CLONE_FALLBACKS 4

/* See exeseal_clone(3). */
struct exeseal_clone_options {
    uint64_t flags;     /* EXESEAL_CLONE_* */
    uint64_t require;   /* EXESEAL_GUARANTEE_*: skip strategies that cannot give all of them */
    uint64_t max_bytes; /* of a copy; 0: a file's own size, 512 MiB of a stream; UINT64_MAX: any */
    uint32_t mode;      /* EXESEAL_MODE_* */
    int32_t tmp_dirfd;  /* the directory that verity and tmpfile try first; may be O_PATH */
    char name[64];      /* name of the result, as in /proc/PID/exe; "": "exeseal" */
    uint32_t fallback[EXESEAL_CLONE_FALLBACKS]; /* modes to try after mode; 0 ends the list */
};

/*
 * Clones a file or a stream. See exeseal_clone(3).
 *
 * source_fd   a regular file, which is read from its beginning and may be O_PATH; or a pipe, FIFO
 *             or stream socket, which is read to its end
 * options     by default: a memfd of mode 0555 or less, with the seals SEAL, SHRINK, GROW and WRITE
 * report      receives what was tried
 *
 * Returns: a read-only, close-on-exec descriptor >= 3, or -errno. Without a usable /proc the
 *   descriptor of a memfd is open for writing too, which its seals forbid.
 * Errors:
 *   EINVAL, E2BIG  the options or the report's size
 *   EBADF       source_fd is not open, write-only, or a stream as O_PATH; tmp_dirfd is not open
 *   ENOTDIR     tmp_dirfd is not a directory
 *   EISDIR      source_fd is a directory
 *   ENODEV      source_fd is a device, or a socket that is not a stream
 *   ENOEXEC     the source is empty
 *   EPERM       (step privileges) the source has setuid or setgid bits or file capabilities
 *   EFBIG       a copy would be larger than max_bytes or RLIMIT_FSIZE; SIGXFSZ is not raised
 *   ESTALE      the source changed while it was read: try again
 *   EOPNOTSUPP  a required guarantee is not available here, or the mode has no strategy
 *   ETXTBSY     after 200 ms, a child that another thread forked still holds the copy's writer
 *   EBUSY       (step read-only) the same, for a writer on tmpfs or the mount of a view by bind
 *   EBUSY       (step reopen) a view would cost this process its write lease or record locks
 *   EXDEV       (step locate) the source's path does not lead to the source
 *   If a failure stopped the clone, its errno. If no strategy was available, the errno of the first
 *   that failed otherwise than at step require.
 * Since: 0.1; Linux 5.4. exeseal(7) has what each strategy requires.
 * Safety: any thread. Blocks until the end of a stream; signals do not interrupt it.
 */
int exeseal_clone(int source_fd, const struct exeseal_clone_options *options, size_t options_size,
                  struct exeseal_report *report, size_t report_size);

/*
 * Clones the running program. See exeseal_clone(3).
 *
 * options, report   as for exeseal_clone()
 *
 * Returns: as exeseal_clone().
 * Errors: as exeseal_clone(), and
 *   ENOENT   there is no usable /proc, and none could be mounted (CAP_SYS_ADMIN)
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
int exeseal_clone_self(const struct exeseal_clone_options *options, size_t options_size,
                       struct exeseal_report *report, size_t report_size);

/*
 * Clones memory. See exeseal_clone(3).
 *
 * bytes, length     the memory, which must not change during the call
 * options, report   as for exeseal_clone()
 *
 * Returns: as exeseal_clone().
 * Errors: as exeseal_clone(), and
 *   ENOEXEC   length is 0
 *   EFAULT    bytes is NULL, or a part of it cannot be read; SIGBUS is not raised
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
int exeseal_clone_memory(const void *bytes, size_t length,
                         const struct exeseal_clone_options *options, size_t options_size,
                         struct exeseal_report *report, size_t report_size);

/*
 * Reports whether a strategy works for this process, by doing it once. See exeseal_probe(3).
 *
 * strategy   EXESEAL_STRATEGY_*, not NONE
 * report     receives the guarantees, or step, errno and place of the failure
 *
 * Returns: 0, or the error that exeseal_clone() would have returned.
 * Errors: as exeseal_clone(), and
 *   EINVAL   there is no such strategy
 * Since: 0.1; Linux 5.4. From 6.14 on, the kernel's execution policies are checked too.
 * Safety: any thread.
 */
int exeseal_probe(uint32_t strategy, struct exeseal_report *report, size_t report_size);

/* flags of struct exeseal_exec_options */
#define EXESEAL_EXEC_CHECK ((uint64_t)1 << 0)        /* execute nothing: report an obstacle */
#define EXESEAL_EXEC_SCRIPT ((uint64_t)1 << 1)       /* run scripts: the interpreter inherits fd */
#define EXESEAL_EXEC_NO_NEW_PRIVS ((uint64_t)1 << 2) /* prctl(PR_SET_NO_NEW_PRIVS) */
#define EXESEAL_EXEC_CLOSE_OTHERS ((uint64_t)1 << 3) /* keep only 0, 1, 2 and keep; Linux 5.11 */

#define EXESEAL_EXEC_CAPABILITIES ((uint64_t)1 << 4) /* the three sets count */
#define EXESEAL_EXEC_DIRECTORY ((uint64_t)1 << 5)    /* directory counts */
#define EXESEAL_EXEC_UMASK ((uint64_t)1 << 6)        /* umask counts */
#define EXESEAL_EXEC_DEATH_SIGNAL ((uint64_t)1 << 7) /* death_signal counts */
#define EXESEAL_EXEC_LANDLOCK ((uint64_t)1 << 8)     /* execute nothing else; Linux 5.13 */

/* LANDLOCK, but no error if the kernel has no Landlock */
#define EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE ((uint64_t)1 << 9)

#define EXESEAL_EXEC_KEEP 16

/* See exeseal_exec_fd(3). */
struct exeseal_exec_options {
    uint64_t flags;                  /* EXESEAL_EXEC_* */
    uint64_t drop_bounding;          /* 1 << CAP_*: drop from the bounding set; CAP_SETPCAP */
    uint64_t inheritable;            /* 1 << CAP_*: the new inheritable set */
    uint64_t ambient;                /* 1 << CAP_*: the new ambient set, a subset of inheritable */
    uint32_t keep_count;             /* entries of keep; requires EXESEAL_EXEC_CLOSE_OTHERS */
    uint32_t umask;                  /* 0 to 0777 */
    int32_t directory;               /* descriptor of the working directory; may be O_PATH */
    int32_t death_signal;            /* sent when the parent thread ends; 0: none */
    int32_t keep[EXESEAL_EXEC_KEEP]; /* descriptors that stay open, in any order */
};

/*
 * Executes a descriptor in place of the calling process, as execve(2) does. See exeseal_exec_fd(3).
 *
 * fd        sealed or not; may be O_PATH. It should be close-on-exec, so that the program does not
 *           inherit it
 * argv      at least one entry
 * envp      NULL: an empty environment
 * options   by default: nothing is changed
 * report    receives what was tried; the last attempt names the cause if it is known
 *
 * Returns: -errno, or does not return. With EXESEAL_EXEC_CHECK nothing is executed or changed: 0 if
 *   no obstacle was found, else the error that execution would return.
 * Errors:
 *   EINVAL, E2BIG  the options, the report's size, or argv is empty
 *   EBADF     fd, or a descriptor in the options, is not open
 *   ENOTDIR   directory is not a directory
 *   ENOEXEC   not an executable image
 *   ENOENT    the image's interpreter is missing; or a script by a close-on-exec descriptor,
 *             without EXESEAL_EXEC_SCRIPT
 *   EACCES    no x bit, or the mount is noexec; (step policy) IMA, Landlock, SELinux or AppArmor
 *   ETXTBSY   the file is open for writing
 *   EPERM     (step capabilities) this thread may not change the set; (step landlock) neither
 *             no_new_privs nor CAP_SYS_ADMIN
 *   ENOSYS, EOPNOTSUPP  (step landlock) the kernel has no Landlock, or it is not enabled
 *   EINVAL    (step landlock) a script
 *   ENAMETOOLONG  (step landlock) the interpreter's path is longer than 254 bytes
 *   Other errors are the kernel's.
 * Since: 0.1; Linux 5.4. CLOSE_OTHERS requires 5.11, LANDLOCK 5.13.
 * Safety: any thread; async-signal-safe. After a failure some settings may be in effect, so that
 *   the caller must call _exit(2).
 */
int exeseal_exec_fd(int fd, char *const argv[], char *const envp[],
                    const struct exeseal_exec_options *options, size_t options_size,
                    struct exeseal_report *report, size_t report_size);

/* flags of struct exeseal_spawn_options */
#define EXESEAL_SPAWN_DEFAULT_SIGNALS ((uint64_t)1 << 0) /* block and ignore no signal */
#define EXESEAL_SPAWN_NEW_GROUP ((uint64_t)1 << 1)       /* start a process group */
#define EXESEAL_SPAWN_NEW_SESSION ((uint64_t)1 << 2)     /* start a session, and so a group */

#define EXESEAL_SPAWN_MAP 16

/* See exeseal_spawn_fd(3). */
struct exeseal_descriptor_map {
    int32_t from; /* a descriptor of the caller */
    int32_t to;   /* its number in the program */
};

/* See exeseal_spawn_fd(3). */
struct exeseal_spawn_options {
    uint64_t flags;     /* EXESEAL_SPAWN_* */
    uint32_t map_count; /* entries of map */
    uint32_t reserved;  /* 0 */
    struct exeseal_descriptor_map map[EXESEAL_SPAWN_MAP];
};

/*
 * Executes a descriptor in a child, and returns the child's pidfd. See exeseal_spawn_fd(3).
 *
 * fd, argv, envp, exec_options, report   as for exeseal_exec_fd()
 * options   by default: the calling thread's signal mask and ignored signals, and no mapping
 *
 * Returns: a close-on-exec pidfd, or -errno. The pidfd is not 0, 1 or 2 if another number is free.
 *   A failure leaves no child and raises no SIGCHLD. With EXESEAL_EXEC_CHECK no child is created: 0
 *   if no obstacle was found.
 * Errors: as exeseal_exec_fd(), and
 *   ECHILD   the child was killed before it could execute
 *   ESRCH    (step death-signal) the parent ended before the child could set its death signal
 *   EAGAIN, EMFILE, ENOMEM  (step spawn) too many processes or descriptors, or too little memory
 * Since: 0.1; Linux 5.4.
 * Safety: any thread; safe in a program with threads. The calling thread waits until the child has
 *   executed, with all signals but SIGSYS blocked. No handler of the caller runs in the child, and
 *   no lock is taken there.
 */
int exeseal_spawn_fd(int fd, char *const argv[], char *const envp[],
                     const struct exeseal_exec_options *exec_options, size_t exec_options_size,
                     const struct exeseal_spawn_options *options, size_t options_size,
                     struct exeseal_report *report, size_t report_size);

/*
 * Executes a sealed copy of the running program, unless it runs from one already. See
 * exeseal_reexec_self(3); exeseal-reexec.h does this before main.
 *
 * argv      main's own, at least one entry
 * envp      the environment of the copy
 * options   of exeseal_clone(): flags TMP_DIRFD, SMALL_PAGES and HUGE_PAGES only; mode automatic
 *           or independent-data-copy; neither OWN_PAGES nor STABLE in require
 * report    receives what was tried
 *
 * Returns: 0 if the program runs from a sealed copy, or -errno. Otherwise it does not return: the
 *   copy starts, and gets 0 when it calls this function.
 * Errors: as exeseal_clone() and exeseal_exec_fd(), and
 *   ENOENT      (step source) there is no usable /proc
 *   EACCES      (step source) the program may be executed, but not read
 *   EOPNOTSUPP  (step source) the program was started through its loader or an emulator
 *   EPERM       (step privileges) setuid or setgid bits, or file capabilities
 *   ELOOP       (step verify) the copy does not look sealed here; or this process is a copy, and
 *               finds itself not sealed, or without a required guarantee
 * Since: 0.1; Linux 5.4.
 * Safety: any thread; all other threads end. To be called at the beginning of main.
 */
int exeseal_reexec_self(char *const argv[], char *const envp[],
                        const struct exeseal_clone_options *options, size_t options_size,
                        struct exeseal_report *report, size_t report_size);

/*
 * Builds an environment that has nothing of the host's. See exeseal_environment(3).
 *
 * names    "NAME=VALUE" is added, "NAME" is copied from `from` if it is set there; each replaces an
 *          entry with that name. Ends in NULL; may be NULL
 * from     the environment that names refers to
 * envp     receives PATH, HOME, USER, LOGNAME, TMPDIR, XDG_RUNTIME_DIR, then names, and a NULL
 * buffer   receives the text of the fixed entries. 32 entries and 128 bytes are enough for them
 *
 * Returns: the number of entries, or -errno. They point into names, from, buffer and the library.
 * Errors:
 *   E2BIG    envp or buffer is too small
 *   EINVAL   a name is empty, or envp or buffer is NULL
 * Since: 0.1.
 * Safety: any thread; async-signal-safe.
 */
int exeseal_environment(const char *const names[], char *const from[], char *envp[],
                        size_t envp_count, char *buffer, size_t buffer_size);

/*
 * Copies an environment without LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES and LISTEN_PIDFDID, unless
 * every descriptor that LISTEN_FDS promises stays open. See exeseal_environment(3).
 *
 * from               the environment; NULL: an empty one
 * keep, keep_count   the descriptors that stay open, as the program numbers them
 * envp, envp_count   receives the entries and a NULL; may be from
 *
 * Returns: the number of entries, or -errno. They point to the strings of from.
 * Errors:
 *   E2BIG    envp is too small; its content is unspecified
 *   EINVAL   envp is NULL, or keep is NULL and keep_count is not 0
 * Since: 0.1.
 * Safety: any thread, while no other changes from; async-signal-safe.
 */
int exeseal_environment_filter(char *const from[], const int32_t *keep, uint32_t keep_count,
                               char *envp[], size_t envp_count);

/* flags of struct exeseal_resolve_options */
#define EXESEAL_RESOLVE_SCRIPT ((uint64_t)1 << 0) /* accept scripts; do not unwrap Nix wrappers */

/* See exeseal_resolve(3). */
struct exeseal_resolve_options {
    uint64_t flags; /* EXESEAL_RESOLVE_* */
};

/* flags of struct exeseal_resolution */
#define EXESEAL_RESOLUTION_WRAPPER ((uint64_t)1 << 0) /* a Nix wrapper was skipped */

/* See exeseal_resolve(3). */
struct exeseal_resolution {
    uint64_t flags;      /* EXESEAL_RESOLUTION_* */
    char path[2016];     /* where the program was found, before links are followed: for argv[0] */
    char resolved[2016]; /* the file's path without symbolic links; the wrapped program's */
};

/*
 * Finds a program that may be trusted with the caller's privileges. See exeseal_resolve(3).
 *
 * name          an absolute path, or a name without '/'
 * directories   searched after the system's and /opt/NAME; absolute, separated by ':'; may be NULL
 * path          PATH, searched last and not by a privileged process; may be NULL
 * options       by default: no scripts other than Nix wrappers
 * resolution    receives the paths: for messages and argv[0], not to be opened again
 * why           receives a line "PATH: REASON" for each candidate that was refused, cut to why_size
 *               and NUL-terminated; may be NULL with why_size 0
 *
 * Returns: a close-on-exec descriptor of the very file that was judged, open for reading, or O_PATH
 *   if it may be executed but not read; or -errno.
 * Errors:
 *   ENOENT   no such program
 *   EPERM    it was found and refused: see why
 *   EINVAL   name is NULL, empty, ".", "..", too long, or has a '/' and is not absolute; or the
 *            options, or why is NULL and why_size is not 0
 *   E2BIG    the options, or the size of resolution
 *   ENAMETOOLONG  an absolute path of 2016 bytes or more
 *   Errors that do not concern a candidate (EMFILE, ENOMEM, EIO) end the search.
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
int exeseal_resolve(const char *name, const char *directories, const char *path,
                    const struct exeseal_resolve_options *options, size_t options_size,
                    struct exeseal_resolution *resolution, size_t resolution_size, char *why,
                    size_t why_size);

/* type of struct exeseal_info */
#define EXESEAL_TYPE_FILE 1      /* a regular file; a memfd that cannot be sealed looks like one */
#define EXESEAL_TYPE_MEMFD 2     /* a memfd that is sealed or can be */
#define EXESEAL_TYPE_DIRECTORY 3 /* a directory */
#define EXESEAL_TYPE_STREAM 4    /* a pipe, FIFO or socket */
#define EXESEAL_TYPE_OTHER 5     /* a device or another special file */

/* image of struct exeseal_info */
#define EXESEAL_IMAGE_NONE 0    /* not a program, or not readable */
#define EXESEAL_IMAGE_STATIC 1  /* ELF without an interpreter */
#define EXESEAL_IMAGE_DYNAMIC 2 /* ELF with an interpreter, which is not sealed with it */
#define EXESEAL_IMAGE_SCRIPT 3  /* "#!" */

/* flags of struct exeseal_info */
#define EXESEAL_INFO_READ_ONLY ((uint32_t)1 << 0)       /* the descriptor is read-only */
#define EXESEAL_INFO_PATH ((uint32_t)1 << 1)            /* the descriptor is O_PATH */
#define EXESEAL_INFO_CLOSE_ON_EXEC ((uint32_t)1 << 2)   /* the descriptor is close-on-exec */
#define EXESEAL_INFO_READ_ONLY_MOUNT ((uint32_t)1 << 3) /* mount or file system is read-only */
#define EXESEAL_INFO_NOEXEC_MOUNT ((uint32_t)1 << 4)    /* the mount is noexec */
#define EXESEAL_INFO_SETUID ((uint32_t)1 << 5)
#define EXESEAL_INFO_SETGID ((uint32_t)1 << 6)
#define EXESEAL_INFO_CAPABILITIES ((uint32_t)1 << 7) /* the file has capabilities */
#define EXESEAL_INFO_UNREAD ((uint32_t)1 << 8)       /* nothing is known of the file's content */
#define EXESEAL_INFO_FOREIGN ((uint32_t)1 << 9)      /* the image is for another architecture */
#define EXESEAL_INFO_VERITY ((uint32_t)1 << 10)      /* the file has fs-verity: see digest */

/* See exeseal_inspect(3). */
struct exeseal_info {
    uint64_t guarantees;          /* those that can be seen: not OWN_PAGES, not STABLE */
    uint64_t size;                /* bytes; 0 for a stream */
    uint32_t type;                /* EXESEAL_TYPE_* */
    uint32_t flags;               /* EXESEAL_INFO_* */
    uint32_t seals;               /* F_SEAL_* of a memfd, else 0 */
    uint32_t permissions;         /* st_mode & 07777 */
    uint32_t image;               /* EXESEAL_IMAGE_* */
    uint32_t machine;             /* the image's e_machine, see elf(5) */
    char interpreter[256];        /* of a dynamic image or a script; "": none; cut if longer */
    struct exeseal_digest digest; /* of fs-verity, on ext4, btrfs, f2fs, xfs and the like */
};

/*
 * Reports what can be seen of a descriptor of any origin. See exeseal_inspect(3).
 *
 * fd     any descriptor
 * info   receives it. What the file itself holds, such as interpreter, may be hostile
 *
 * Returns: 0, or -errno.
 * Errors:
 *   EBADF    fd is not open
 *   EINVAL   info is NULL, or info_size is smaller than version 0.1's
 *   E2BIG    info_size is above 4096
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
int exeseal_inspect(int fd, struct exeseal_info *info, size_t info_size);

/*
 * Reports the same of the running program. See exeseal_inspect(3).
 *
 * info   receives it. guarantees has EXESEAL_GUARANTEE_SEALED if the program is sealed
 *
 * Returns: 0, or -errno.
 * Errors: as exeseal_inspect(), and
 *   ENOENT   there is no usable /proc, and none could be mounted
 *   EACCES   the program may be executed, but not read
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
int exeseal_inspect_self(struct exeseal_info *info, size_t info_size);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
