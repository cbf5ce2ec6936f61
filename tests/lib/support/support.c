/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <dirent.h>
#include <fnmatch.h>
#include <grp.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { SKIPPED = 77, BROKEN = 99, HANGING_SECONDS = 600 };

static size_t skipped_tests;

/* cmocka_set_test_filter is not used: it hides whether the filter matched any test. */
static size_t choose(const struct CMUnitTest *tests, size_t count, const char *filter, struct CMUnitTest *chosen) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (filter == NULL || fnmatch(filter, tests[i].name, 0) == 0)
            chosen[found++] = tests[i];
    }
    return found;
}

int run_group(const struct CMUnitTest *tests, size_t count) {
    const char *filter = getenv("TEST_FILTER");
    struct CMUnitTest chosen[count];
    count = choose(tests, count, filter, chosen);
    if (count == 0) {
        fprintf(stderr, "TEST_FILTER=%s matches no test\n", filter);
        return 1;
    }
    if (_cmocka_run_group_tests("tests", chosen, count, NULL, NULL) != 0)
        return 1;
    return skipped_tests == count ? SKIPPED : 0;
}

void skip_test(const char *name, const char *reason) {
    print_message("skip %s: %s\n", name, reason);
    skipped_tests++;
    skip();
}

void skip_unless_root_named(const char *name) {
    if (geteuid() != 0)
        skip_test(name, "needs root");
}

static char *child_reason; /* in memory shared with the children */
enum { REASON = 256 };

void limit_hanging(void) {
    alarm(HANGING_SECONDS);
}

int in_child(child_function function, void *argument) {
    if (child_reason == NULL) {
        child_reason = mmap(NULL, REASON, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(child_reason, MAP_FAILED);
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        limit_hanging();
        function(argument);
        _exit(0);
    }
    assert_true(child > 0);
    int status;
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void assert_child_named(const char *name, const char *file, int line, child_function function, void *argument) {
    int status = in_child(function, argument);
    if (status == SKIPPED)
        skip_test(name, child_reason);
    if (status != 0)
        print_error("%s:%d: the child ended with %d\n", file, line, status);
    _assert_int_equal((LargestIntegralType)status, 0, file, line);
}

void check_that(bool holds, const char *text, const char *file, int line) {
    if (holds)
        return;
    dprintf(STDERR_FILENO, "%s:%d: not so: %s (errno %d)\n", file, line, text, errno);
    _exit(BROKEN);
}

void check_same(long long a, long long b, const char *a_text, const char *b_text, const char *file, int line) {
    if (a == b)
        return;
    dprintf(STDERR_FILENO, "%s:%d: %s is %lld, %s is %lld\n", file, line, a_text, a, b_text, b);
    _exit(BROKEN);
}

_Noreturn void child_skip(const char *reason) {
    if (child_reason != NULL)
        snprintf(child_reason, REASON, "%s", reason);
    _exit(SKIPPED);
}

void become_ordinary_user(void) {
    if (geteuid() == 0) {
        check(setgroups(0, NULL) == 0);
        check(setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) == 0);
        check(setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) == 0);
        check(prctl(PR_SET_DUMPABLE, 1) == 0); /* like a program that this user started */
    }
}

int open_descriptors(void) {
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return -1;
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count - 1; /* the directory's own entries */
}

size_t count_mappings(void) {
    static char text[65536];
    size_t count = 0;
    ssize_t got;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    while ((got = read(fd, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < got; i++)
            count += text[i] == '\n';
    close(fd);
    return count;
}

bool is_close_on_exec(int fd) {
    return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

int access_mode(int fd) {
    return fcntl(fd, F_GETFL) & O_ACCMODE;
}

int seals_of(int fd) {
    return fcntl(fd, F_GET_SEALS);
}

mode_t permissions_of(int fd) {
    struct stat file;
    return fstat(fd, &file) == 0 ? file.st_mode & 07777 : (mode_t)-1;
}

bool is_same_file(int a, int b) {
    struct stat first, second;
    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

const char *proc_path(int fd) {
    static char paths[4][32];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "/proc/self/fd/%d", fd);
    return path;
}

struct bytes read_all(int fd) {
    struct bytes bytes = {NULL, 0};
    size_t room = 0;
    for (;;) {
        if (bytes.size == room) {
            room = room == 0 ? 1 << 16 : room * 2;
            bytes.data = realloc(bytes.data, room);
            if (bytes.data == NULL)
                abort();
        }
        ssize_t got = pread(fd, bytes.data + bytes.size, room - bytes.size, (off_t)bytes.size);
        if (got <= 0)
            return bytes;
        bytes.size += (size_t)got;
    }
}

struct bytes read_path(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct bytes bytes = read_all(fd);
    close(fd);
    return bytes;
}

/* Allocates nothing, since a test may leave no room for a copy of the file. */
bool holds_bytes(int fd, const void *data, size_t size) {
    unsigned char buffer[1 << 16];
    size_t done = 0;
    for (;;) {
        ssize_t got = pread(fd, buffer, sizeof buffer, (off_t)done);
        if (got <= 0)
            return got == 0 && done == size;
        if ((size_t)got > size - done || memcmp(buffer, (const unsigned char *)data + done, (size_t)got) != 0)
            return false;
        done += (size_t)got;
    }
}

struct temp_directory make_temp_directory(void) {
    const char *base = getenv("TMPDIR");
    return make_temp_directory_in(base != NULL ? base : "/tmp");
}

struct temp_directory make_temp_directory_in(const char *base) {
    struct temp_directory directory;
    snprintf(directory.path, sizeof directory.path, "%s/exeseal-test-XXXXXX", base);
    if (mkdtemp(directory.path) == NULL || chmod(directory.path, 0755) < 0) {
        perror(directory.path);
        abort();
    }
    return directory;
}

void remove_temp_directory(const struct temp_directory *directory) {
    DIR *entries = opendir(directory->path);
    if (entries == NULL)
        return;
    struct dirent *entry;
    while ((entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
    rmdir(directory->path);
}

static void write_all(int fd, const void *data, size_t size) {
    const char *from = data;
    while (size > 0) {
        ssize_t written = write(fd, from, size);
        if (written <= 0) {
            perror("write");
            abort();
        }
        from += written;
        size -= (size_t)written;
    }
}

const char *make_file(const struct temp_directory *directory, const char *name, const void *data, size_t size,
                      mode_t mode) {
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", directory->path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        perror(path);
        abort();
    }
    write_all(fd, data, size);
    if (fchmod(fd, mode) < 0) {
        perror(path);
        abort();
    }
    close(fd);
    return path;
}

int unlinked_file(const void *data, size_t size, mode_t mode) {
    struct temp_directory directory = make_temp_directory();
    const char *path = make_file(&directory, "file", data, size, 0600);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || chmod(path, mode) < 0)
        abort();
    remove_temp_directory(&directory);
    return fd;
}

int make_memfd(const void *data, size_t size, mode_t mode, int seals) {
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return fd;
    write_all(fd, data, size);
    if (fchmod(fd, mode) < 0 || (seals != 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

unsigned char *make_pattern(size_t size) {
    unsigned char *data = malloc(size);
    if (data == NULL)
        abort();
    for (size_t i = 0; i < size; i++)
        data[i] = (unsigned char)(i * 31 + (i >> 8) * 7 + 1);
    return data;
}

const char *built_program(const char *name) {
    static char path[PATH_MAX + 64];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length < 0)
        return "";
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return "";
    snprintf(slash, sizeof path - (size_t)(slash - path), "/%s", name);
    return path;
}

int open_payload(void) {
    int fd = open(built_program("lib/support/payload"), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        perror("lib/support/payload");
        abort();
    }
    return fd;
}

int clone_of(int source) {
    return exeseal_clone(source, NULL, 0, NULL, 0);
}

int clone_requiring(int source, uint64_t require, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.require = require};
    return exeseal_clone(source, &options, sizeof options, report, report == NULL ? 0 : sizeof *report);
}

struct exeseal_attempt last_attempt(const struct exeseal_report *report) {
    struct exeseal_attempt none = {.error = -1};
    if (report->attempts == 0 || report->attempts > EXESEAL_REPORT_ATTEMPTS)
        return none;
    return report->attempt[report->attempts - 1];
}

const char *report_text(const struct exeseal_report *report) {
    static char text[8192];
    if (exeseal_report_format(report, sizeof *report, text, sizeof text) < 0)
        return "";
    return text;
}

void assert_every_strategy(bool (*has_row)(uint32_t strategy)) {
    for (uint32_t id = EXESEAL_STRATEGY_REUSE; exeseal_strategy_name(id) != NULL; id++)
        if (!has_row(id))
            fail_msg("strategy %s has no row", exeseal_strategy_name(id));
}
