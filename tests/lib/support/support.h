/* SPDX-License-Identifier: MIT */
/* Shared by the C tests: children, users, descriptors, files, and one way to skip. */
#ifndef SUPPORT_H
#define SUPPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <exeseal.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Some libcs do not declare these. */
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* Exactly the seals that peers compare with. */
#define PEER_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* --- running and skipping --- */

/* Runs a program's tests, or those whose names match $TEST_FILTER. Returns 1 if one fails or
 * none matches, and 77 if all were skipped. */
#define run_all(tests) run_group(tests, COUNT(tests))
int run_group(const struct CMUnitTest *tests, size_t count);

/* The one way to skip. */
#define skip_because(reason) skip_test(__func__, reason)
void skip_test(const char *name, const char *reason);

void skip_unless_root_named(const char *name);
#define skip_unless_root() skip_unless_root_named(__func__)

/* --- children: cmocka's assertions belong to the parent --- */

typedef void (*child_function)(void *argument);

/* Ends the calling process after ten minutes, since it hangs then. No test takes that long, even
 * on a busy machine or under emulation. */
void limit_hanging(void);

/* Runs the function in a forked child, under that limit. Returns the child's exit status, or 128
 * + the signal that ended it. */
int in_child(child_function function, void *argument);

/* Checks that the child exits with 0. If the child calls child_skip, the test is skipped. */
#define assert_child(function, argument) assert_child_named(__func__, __FILE__, __LINE__, function, argument)
void assert_child_named(const char *name, const char *file, int line, child_function function, void *argument);

/* For a test with a table of strategies: fails and names the first strategy without a row. */
void assert_every_strategy(bool (*has_row)(uint32_t strategy));

/* In a child. */
#define check(condition) check_that((condition) != 0, #condition, __FILE__, __LINE__)
#define check_equal(a, b) check_same((long long)(a), (long long)(b), #a, #b, __FILE__, __LINE__)
void check_that(bool holds, const char *text, const char *file, int line);
void check_same(long long a, long long b, const char *a_text, const char *b_text, const char *file, int line);
_Noreturn void child_skip(const char *reason);

/* In a child: becomes an ordinary user without groups or capabilities. */
void become_ordinary_user(void);
#define ORDINARY_USER 65534

/* --- descriptors --- */

/* Returns the number of open descriptors. Requires /proc. */
int open_descriptors(void);

/* Returns the number of this process's mappings. Requires /proc. Allocates nothing, since that
 * could add mappings. */
size_t count_mappings(void);

/* Returns whether fd has the flag, FD_CLOEXEC for example. */
bool is_close_on_exec(int fd);
int access_mode(int fd);
int seals_of(int fd);
mode_t permissions_of(int fd);
bool is_same_file(int a, int b);

/* Returns "/proc/self/fd/N", in a buffer of its own for each of up to four calls. */
const char *proc_path(int fd);

/* --- files --- */

struct bytes {
    unsigned char *data;
    size_t size;
};

/* Returns the whole file. The caller frees data. */
struct bytes read_all(int fd);
struct bytes read_path(const char *path);
bool holds_bytes(int fd, const void *data, size_t size);

/* Makes a new directory below $TMPDIR or /tmp that other users can read. remove_temp_directory
 * removes it and the files in it. */
struct temp_directory {
    char path[128];
};
struct temp_directory make_temp_directory(void);
struct temp_directory make_temp_directory_in(const char *base);
void remove_temp_directory(const struct temp_directory *directory);

/* Writes a file with these bytes and permissions, whatever the umask. The returned path is below
 * the directory, in one of four static buffers used in turn. */
const char *make_file(const struct temp_directory *directory, const char *name, const void *data, size_t size,
                      mode_t mode);

/* Returns an unlinked file with these bytes and permissions, open for reading. */
int unlinked_file(const void *data, size_t size, mode_t mode);

/* Returns a memfd with these bytes, permissions and seals. */
int make_memfd(const void *data, size_t size, mode_t mode, int seals);

/* Returns size bytes of more than one value. */
unsigned char *make_pattern(size_t size);

/* --- programs --- */

/* Returns the path of the file that the build put at tests/NAME, relative to the running test. */
const char *built_program(const char *name);

/* lib/support/payload, a static program; see payload.c for what it can do. */
int open_payload(void);

/* --- the library --- */

/* Calls exeseal_clone with default options. */
int clone_of(int source);
int clone_requiring(int source, uint64_t require, struct exeseal_report *report);
struct exeseal_attempt last_attempt(const struct exeseal_report *report);
/* Returns the report as text, in a static buffer. */
const char *report_text(const struct exeseal_report *report);

#endif
