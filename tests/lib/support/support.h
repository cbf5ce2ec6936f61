/* SPDX-License-Identifier: MIT */
/* What the C tests share: children, users, descriptors, files, and one way to skip. */
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

/* Not in every libc's headers. */
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* The seals of the interop contract, exactly. */
#define PEER_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* --- running and skipping --- */

/* Runs the tests of a program, or those whose names match $TEST_FILTER. Returns 1 if one fails or none matches, and 77
 * if all were skipped. */
#define run_all(tests) run_group(tests, COUNT(tests))
int run_group(const struct CMUnitTest *tests, size_t count);

/* The one way to skip. */
#define skip_because(reason) skip_test(__func__, reason)
void skip_test(const char *name, const char *reason);

void skip_unless_root_named(const char *name);
#define skip_unless_root() skip_unless_root_named(__func__)

/* --- children: cmocka's assertions belong to the parent --- */

typedef void (*child_function)(void *argument);

/* Ends the calling process after ten minutes: it hangs. No test ends by it on a busy machine, or under emulation. */
void limit_hanging(void);

/* Runs the function in a forked child, under that limit. Its exit status, or 128 + the signal that ended it. */
int in_child(child_function function, void *argument);

/* The child has to come out with 0; what it could not do (child_skip) skips the test. */
#define assert_child(function, argument) assert_child_named(__func__, __FILE__, __LINE__, function, argument)
void assert_child_named(const char *name, const char *file, int line, child_function function, void *argument);

/* For a test that has a table of strategies: fails, and names the first one that there is and that has no row. */
void assert_every_strategy(bool (*has_row)(uint32_t strategy));

/* In a child. */
#define check(condition) check_that((condition) != 0, #condition, __FILE__, __LINE__)
#define check_equal(a, b) check_same((long long)(a), (long long)(b), #a, #b, __FILE__, __LINE__)
void check_that(bool holds, const char *text, const char *file, int line);
void check_same(long long a, long long b, const char *a_text, const char *b_text, const char *file, int line);
_Noreturn void child_skip(const char *reason);

/* In a child: an ordinary user without groups or capabilities. */
void become_ordinary_user(void);
#define ORDINARY_USER 65534

/* --- descriptors --- */

/* How many are open. Needs /proc. */
int open_descriptors(void);

/* How many mappings this process has. Needs /proc; without the heap, which would make mappings of its own. */
size_t count_mappings(void);

/* Whether fd is `flag`: FD_CLOEXEC. */
bool is_close_on_exec(int fd);
int access_mode(int fd);
int seals_of(int fd);
mode_t permissions_of(int fd);
bool is_same_file(int a, int b);

/* "/proc/self/fd/N" in a buffer of its own for each call, up to four. */
const char *proc_path(int fd);

/* --- files --- */

struct bytes {
    unsigned char *data;
    size_t size;
};

/* The whole file; the caller frees data. */
struct bytes read_all(int fd);
struct bytes read_path(const char *path);
bool holds_bytes(int fd, const void *data, size_t size);

/* A directory of its own below $TMPDIR or /tmp, that others can look into; remove_temp_directory takes it away with
 * the files in it. */
struct temp_directory {
    char path[128];
};
struct temp_directory make_temp_directory(void);
struct temp_directory make_temp_directory_in(const char *base);
void remove_temp_directory(const struct temp_directory *directory);

/* Writes a file with these bytes and permissions, whatever the umask. The path is below the directory; static, four of
 * them in turn. */
const char *make_file(const struct temp_directory *directory, const char *name, const void *data, size_t size,
                      mode_t mode);

/* An unlinked file with these bytes and permissions, open for reading. */
int unlinked_file(const void *data, size_t size, mode_t mode);

/* A memfd with these bytes, permissions and seals. */
int make_memfd(const void *data, size_t size, mode_t mode, int seals);

/* size bytes that are not all the same. */
unsigned char *make_pattern(size_t size);

/* --- programs --- */

/* What the build put at tests/NAME, found from the running test. */
const char *built_program(const char *name);

/* lib/support/payload, a static program; see payload.c for what it can do. */
int open_payload(void);

/* --- the library --- */

/* exeseal_clone with default options. */
int clone_of(int source);
int clone_requiring(int source, uint64_t require, struct exeseal_report *report);
struct exeseal_attempt last_attempt(const struct exeseal_report *report);
/* The report as text, in a static buffer. */
const char *report_text(const struct exeseal_report *report);

#endif
