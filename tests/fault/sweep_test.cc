// SPDX-License-Identifier: MIT
// Makes every system call of a clone fail with every errno, once and always. The result must be the
// right program or a clean error, and nothing may be left behind.
#include "inject.h"

#include "exeseal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <string>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kErrors[] = {EPERM,  ENOENT, EINTR,  EIO,   ENXIO,  EBADF,   EAGAIN, ENOMEM,     EACCES,
                           EFAULT, EBUSY,  EEXIST, EXDEV, ENODEV, ENOTDIR, EISDIR, EINVAL,     ENFILE,
                           EMFILE, EFBIG,  ENOSPC, EROFS, ESPIPE, ENOSYS,  ELOOP,  EOPNOTSUPP, EDQUOT};

int count_entries(const char *directory, const char *prefix = "") {
    DIR *list = opendir(directory);
    int count = 0;
    while (const dirent *entry = list != nullptr ? readdir(list) : nullptr)
        count += std::string_view(entry->d_name).starts_with(prefix);
    if (list != nullptr)
        closedir(list);
    return count;
}

// the library's prefix for files that it unlinks at once
constexpr const char *kTemporary = ".exeseal.";

int count_lines(const char *path) {
    std::ifstream file(path);
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
}

void remove_temporaries() {
    for (std::string directory : {"/tmp/", "/dev/shm/"}) {
        DIR *list = opendir(directory.c_str());
        while (const dirent *entry = list != nullptr ? readdir(list) : nullptr)
            if (std::string_view(entry->d_name).starts_with(kTemporary))
                unlink((directory + entry->d_name).c_str());
        if (list != nullptr)
            closedir(list);
    }
}

std::string blocked_signals() {
    sigset_t mask;
    sigprocmask(SIG_BLOCK, nullptr, &mask);
    std::string names;
    for (int number = 1; number < NSIG; number++)
        if (sigismember(&mask, number) == 1)
            names += std::to_string(number) + " ";
    return names;
}

// A sanitizer's heap maps memory at any time.
int count_mappings() {
#ifdef __SANITIZE_ADDRESS__
    return 0;
#else
    return count_lines("/proc/self/maps");
#endif
}

bool has_child() {
    return waitpid(-1, nullptr, WNOHANG | __WALL) >= 0;
}

// The resources that a clone could leave behind.
struct Traces {
    int descriptors = count_entries("/proc/self/fd"),
        temporaries = count_entries("/tmp", kTemporary) + count_entries("/dev/shm", kTemporary),
        mounts = count_lines("/proc/self/mounts"), mappings = count_mappings();
    std::string blocked = blocked_signals();
};

class Sweep : public testing::Test {
  protected:
    // Excludes files of other programs from the count.
    static void SetUpTestSuite() {
        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) < 0)
            return;
        ASSERT_EQ(mount("tmpfs", "/dev/shm", "tmpfs", 0, nullptr), 0);
        ASSERT_NE(mkdtemp(own_tmp.data()), nullptr);
        ASSERT_EQ(chmod(own_tmp.c_str(), 01777), 0);
        has_own_tmp = mount(own_tmp.c_str(), "/tmp", nullptr, MS_BIND, nullptr) == 0;
        ASSERT_TRUE(has_own_tmp);
    }

    static void TearDownTestSuite() {
        if (!has_own_tmp)
            return;
        EXPECT_EQ(umount2("/tmp", MNT_DETACH), 0);
        EXPECT_EQ(rmdir(own_tmp.c_str()), 0);
    }

    void SetUp() override {
        make_content(100'000);
        path = testing::TempDir() + "sweep.XXXXXX";
        source = mkstemp(path.data());
        ASSERT_GE(source, 0);
        ASSERT_EQ(fchmod(source, 0755), 0);
        close(source);
        write_source();
    }

    void make_content(size_t size) {
        content = std::string("\x7f"
                              "ELF",
                              4);
        for (int i = 0; content.size() < size; i++)
            content += std::to_string(i);
    }

    void write_source() {
        int writer = open(path.c_str(), O_WRONLY | O_CLOEXEC);
        ASSERT_EQ(write(writer, content.data(), content.size()), static_cast<ssize_t>(content.size()));
        close(writer);
        source = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        ASSERT_GE(source, 0);
    }

    void TearDown() override {
        inject::pretend({});
        inject::instead_of_execution(nullptr);
        close(source);
        unlink(path.c_str());
    }

    // Does not use the heap, whose mappings would be counted.
    bool has_content(int fd) const {
        char part[1 << 16];
        size_t done = 0;
        ssize_t got;
        while ((got = pread(fd, part, sizeof part, static_cast<off_t>(done))) > 0) {
            if (content.compare(done, static_cast<size_t>(got), part, static_cast<size_t>(got)) != 0)
                return false;
            done += static_cast<size_t>(got);
        }
        return got == 0 && done == content.size();
    }

    void expect_source_without_lease() const {
        int writer = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        EXPECT_GE(writer, 0) << "a lease is left on the source";
        close(writer);
    }

    void expect_right_result(int fd, const exeseal_report &report) const {
        EXPECT_TRUE(has_content(fd));
        EXPECT_GE(fd, 3);
        EXPECT_EQ(report.bytes, content.size());
        EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
        int seals = fcntl(fd, F_GET_SEALS);
        bool is_sealed = (report.guarantees & EXESEAL_GUARANTEE_SEALED) != 0;
        bool is_verity = report.strategy == EXESEAL_STRATEGY_VERITY;
        EXPECT_EQ(is_sealed, is_verity || (seals >= 0 && (seals & 0xf) == 0xf));
        EXPECT_EQ(is_sealed,
                  is_verity || report.strategy == EXESEAL_STRATEGY_MEMFD || report.strategy == EXESEAL_STRATEGY_REUSE);
        if (is_verity)
            expect_verity(fd, report);
        bool is_read_only = (report.guarantees & EXESEAL_GUARANTEE_READ_ONLY) != 0;
        EXPECT_EQ(is_read_only, report.strategy != EXESEAL_STRATEGY_TMPFILE);
        if (is_read_only && !is_sealed)
            expect_read_only(fd);
    }

    // The write bit that the copy has while it is sealed must be gone, too.
    static void expect_verity(int fd, const exeseal_report &report) {
        struct stat file;
        EXPECT_EQ(fstat(fd, &file), 0);
        EXPECT_EQ(file.st_mode & 07777, 0555u);
        EXPECT_EQ(truncate(("/proc/self/fd/" + std::to_string(fd)).c_str(), 1), -1);
        EXPECT_TRUE(report.digest.algorithm != 0);
    }

    static void expect_read_only(int fd) {
        int writer = open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_WRONLY | O_CLOEXEC);
        EXPECT_TRUE(writer < 0 && (errno == EROFS || errno == EACCES)) << strerror(errno);
        close(writer);
        struct statfs fs;
        EXPECT_EQ(fstatfs(fd, &fs), 0);
        EXPECT_TRUE((fs.f_flags & ST_RDONLY) != 0);
    }

    static void expect_told(int result, const exeseal_report &report) {
        ASSERT_GT(report.attempts, 0u);
        EXPECT_EQ(report.strategy, 0u);
        uint32_t recorded = std::min<uint32_t>(report.attempts, EXESEAL_REPORT_ATTEMPTS);
        EXPECT_TRUE(std::any_of(report.attempt, report.attempt + recorded,
                                [&](const exeseal_attempt &attempt) { return attempt.error == -result; }));
    }

    using Call = std::function<int(exeseal_report &)>;

    // The result that a call without a fault must have, and a call with a fault may have.
    std::function<void(int)> check_unhindered = [](int fd) { EXPECT_GE(fd, 0); };
    std::function<void(int, const exeseal_report &)> check_result = [this](int result, const exeseal_report &report) {
        if (result >= 0)
            expect_right_result(result, report);
        else
            expect_told(result, report);
    };

    static int reexec(exeseal_report &report) {
        char name[] = "sweep";
        char *const arguments[] = {name, nullptr};
        return exeseal_reexec_self(arguments, environ, nullptr, 0, &report, sizeof report);
    }

    static std::string link_of(int fd) {
        char link[256] = "";
        return readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), link, sizeof link - 1) < 0 ? "" : link;
    }

    // The program that is executed is a copy that would not copy itself again, and it is executed
    // at most once.
    void look_at_executions() {
        std::ifstream file("/proc/self/exe", std::ios::binary);
        content.assign(std::istreambuf_iterator<char>(file), {});
        inject::instead_of_execution([this](int fd) {
            executed++;
            struct stat copy;
            EXPECT_TRUE(has_content(fd));
            EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
            EXPECT_TRUE(fstat(fd, &copy) == 0 && copy.st_nlink == 0);
            bool is_memfd = link_of(fd).starts_with("/memfd:");
            EXPECT_TRUE(!is_memfd || fcntl(fd, F_GET_SEALS) == 0xf);
        });
    }

    int sweep_reexec(bool lacks_memfd) {
        inject::pretend({.memfd = lacks_memfd});
        look_at_executions();
        check_unhindered = [this](int result) {
            EXPECT_EQ(result, -ECANCELED);
            EXPECT_EQ(executed, 1);
        };
        check_result = [this](int result, const exeseal_report &report) {
            EXPECT_LT(result, 0) << "says that it is sealed";
            EXPECT_LE(executed, 1);
            expect_told(result, report);
        };
        return sweep(reexec, [this] { executed = 0; });
    }

    int executed = 0;

    using Numbers = std::vector<long>; // numbers of system calls

    Numbers calls_of(const Call &call) {
        exeseal_report report;
        inject::record();
        int fd = call(report);
        inject::disarm();
        check_unhindered(fd);
        close(fd);
        return inject::calls();
    }

    // Runs every fault point; `before` prepares what a call consumes.
    int sweep(
        const Call &call, const std::function<void()> &before = [] {}) {
        before();
        return sweep_between(call, before, 0, static_cast<int>(calls_of(call).size()));
    }

    int sweep_between(const Call &call, const std::function<void()> &before, int first, int end) {
        int points = 0;
        for (int index = first; index < end; index++)
            for (int error : kErrors)
                for (inject::Times times : {inject::Times::Once, inject::Times::Always})
                    points += try_point(call, before, index, error, times);
        return points;
    }

  private:
    int try_point(const Call &call, const std::function<void()> &before, int index, int error, inject::Times times) {
        before();
        Traces traces;
        exeseal_report report;
        inject::arm(index, error, times);
        int result = call(report);
        bool has_fired = inject::disarm();
        SCOPED_TRACE("call " + std::to_string(index) + " (number " +
                     std::to_string(inject::calls()[static_cast<size_t>(index)]) + ") with errno " +
                     std::to_string(error) + (times == inject::Times::Once ? " once" : " always"));
        EXPECT_TRUE(has_fired);
        check_result(result, report);
        if (result > 0)
            close(result);
        if (inject::calls()[static_cast<size_t>(index)] == SYS_unlinkat)
            // a file whose unlink failed stays, which is not the library's mistake
            remove_temporaries();
        Traces now;
        EXPECT_EQ(now.descriptors, traces.descriptors);
        EXPECT_EQ(now.temporaries, traces.temporaries);
        EXPECT_EQ(now.mounts, traces.mounts);
        EXPECT_EQ(now.mappings, traces.mappings);
        EXPECT_EQ(now.blocked, traces.blocked);
        EXPECT_FALSE(has_child());
        expect_source_without_lease();
        return 1;
    }

  protected:
    void sweep_tmpfile() {
        int directory = open("/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
        exeseal_clone_options options = {};
        options.flags = EXESEAL_CLONE_TMP_DIRFD;
        options.tmp_dirfd = directory;
        int points = sweep([&](exeseal_report &report) {
            return exeseal_clone(source, &options, sizeof options, &report, sizeof report);
        });
        RecordProperty("points", points);
        EXPECT_GT(points, 1000);
        close(directory);
    }

    static exeseal_clone_options options_for(uint32_t strategy) {
        exeseal_clone_options options = {};
        if (strategy != EXESEAL_STRATEGY_TMPFS)
            options.mode = EXESEAL_MODE_RO_SHARED_PAGE;
        return options;
    }

    void sweep_mounts(uint32_t strategy, int least) {
        exeseal_clone_options options = options_for(strategy);
        exeseal_report report;
        if (exeseal_probe(strategy, &report, sizeof report) == -EPERM)
            GTEST_SKIP() << "mounting is not permitted here";
        inject::pretend({.memfd = strategy == EXESEAL_STRATEGY_TMPFS, .fsopen = strategy == EXESEAL_STRATEGY_BIND});
        inject::record();
        close(exeseal_clone(source, &options, sizeof options, &report, sizeof report));
        inject::disarm();
        ASSERT_EQ(report.strategy, strategy);
        int points = sweep([&](exeseal_report &swept) {
            return exeseal_clone(source, &options, sizeof options, &swept, sizeof swept);
        });
        RecordProperty("points", points);
        EXPECT_GT(points, least);
    }

    // A source that grows once, just before one call of the clone, for each call in turn.
    struct Growing {
        std::function<int()> open;
        std::function<bool(int)> grow; // whether it has grown
    };

    // The result is the source before it grew, or after it, or ESTALE. Returns how often each
    // evidence occurred.
    std::vector<int> grow_anywhere(const Growing &growing) {
        std::vector<int> evidences(EXESEAL_EVIDENCE_MEMORY + 1);
        exeseal_report report;
        bool is_over = false;
        for (int index = 0; !is_over; index++) {
            SCOPED_TRACE(index);
            int growing_fd = growing.open();
            bool has_grown = false, was_read = false;
            inject::interrupt(index, [&] {
                auto &made = inject::calls();
                was_read = std::find(made.begin(), made.end(), SYS_sendfile) != made.end();
                has_grown = growing.grow(growing_fd);
            });
            int fd = exeseal_clone(growing_fd, nullptr, 0, &report, sizeof report);
            is_over = !inject::disarm();
            if (fd >= 0) {
                expect_one_of_both(fd, report, has_grown, was_read);
                evidences[report.evidence]++;
            } else {
                EXPECT_EQ(fd, -ESTALE);
            }
            close(fd);
            close(growing_fd);
        }
        return evidences;
    }

    static constexpr char kGrowth[] = "and more";

    void expect_one_of_both(int fd, const exeseal_report &report, bool has_grown, bool was_read) const {
        std::string grown = content + kGrowth, found(grown.size() + 1, '\0');
        ssize_t size = pread(fd, found.data(), found.size(), 0);
        ASSERT_GE(size, 0);
        found.resize(static_cast<size_t>(size));
        EXPECT_EQ(report.bytes, found.size());
        EXPECT_TRUE(found == content || (has_grown && found == grown)) << found.size();
        bool is_proven = (report.guarantees & EXESEAL_GUARANTEE_STABLE) != 0;
        EXPECT_FALSE(is_proven && has_grown && !was_read && found == content)
            << "the copy is truncated, and the report says stable";
    }

    static inline std::string own_tmp = "/tmp/exeseal-sweep-XXXXXX";
    static inline bool has_own_tmp = false;
    std::string content;
    std::string path;
    int source = -1;
};

// The name of each test has the strategy's name.
TEST_F(Sweep, CoversEveryStrategy) {
    const testing::TestSuite *suite = testing::UnitTest::GetInstance()->current_test_suite();
    std::string names;
    for (int i = 0; i < suite->total_test_count(); i++)
        names += suite->GetTestInfo(i)->name() + std::string(" ");
    for (uint32_t id = EXESEAL_STRATEGY_REUSE; exeseal_strategy_name(id) != nullptr; id++) {
        std::string name = exeseal_strategy_name(id);
        name[0] = static_cast<char>(toupper(name[0]));
        EXPECT_NE(names.find(name), names.npos) << name << " is swept by none of " << names;
    }
}

TEST_F(Sweep, FileToMemfd) {
    int points =
        sweep([&](exeseal_report &report) { return exeseal_clone(source, nullptr, 0, &report, sizeof report); });
    RecordProperty("points", points);
    EXPECT_GT(points, 1000);
}

// A larger file has additional calls that prepare it, from memfd_create to the first that copies
// bytes.
TEST_F(Sweep, FileToMemfdInHugePages) {
    close(source);
    make_content((4 << 20) + 1);
    write_source();
    exeseal_clone_options options = {};
    options.flags = EXESEAL_CLONE_HUGE_PAGES;
    Call clone = [&](exeseal_report &report) {
        return exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    };
    Numbers numbers = calls_of(clone);
    auto index_of = [&](long number) { return static_cast<int>(std::ranges::find(numbers, number) - numbers.begin()); };
    if (index_of(SYS_madvise) > index_of(SYS_sendfile))
        GTEST_SKIP() << "processors are isolated, or real-time threads may occupy one for ever";
    int points = sweep_between(
        clone, [] {}, index_of(SYS_memfd_create), index_of(SYS_sendfile));
    RecordProperty("points", points);
    EXPECT_GT(points, 1000);
}

TEST_F(Sweep, FileToTmpfile) {
    inject::pretend({.memfd = true, .fsopen = true});
    sweep_tmpfile();
}

TEST_F(Sweep, FileToNamedTmpfile) {
    inject::pretend({.memfd = true, .fsopen = true, .tmpfile = true});
    sweep_tmpfile();
}

TEST_F(Sweep, FileToVerity) {
    exeseal_clone_options options = {};
    options.flags = EXESEAL_CLONE_RECLAIMABLE | EXESEAL_CLONE_TMP_DIRFD;
    for (const char *disk : {"/mnt/ext4", "/mnt/btrfs", "/tmp"})
        if ((options.tmp_dirfd = open(disk, O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0)
            break;
    int points = sweep([&](exeseal_report &report) {
        return exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    });
    // without fs-verity the result is a memfd, and the way to it is swept
    RecordProperty("points", points);
    EXPECT_GT(points, 1000);
    close(options.tmp_dirfd);
}

TEST_F(Sweep, FileToTmpfs) {
    sweep_mounts(EXESEAL_STRATEGY_TMPFS, 1000);
}

TEST_F(Sweep, FileThroughOverlay) {
    sweep_mounts(EXESEAL_STRATEGY_OVERLAY, 1000);
}

TEST_F(Sweep, FileThroughBind) {
    sweep_mounts(EXESEAL_STRATEGY_BIND, 500);
}

TEST_F(Sweep, Memory) {
    int points = sweep([&](exeseal_report &report) {
        return exeseal_clone_memory(content.data(), content.size(), nullptr, 0, &report, sizeof report);
    });
    RecordProperty("points", points);
    EXPECT_GT(points, 500);
}

TEST_F(Sweep, Stream) {
    int ends[2] = {-1, -1};
    auto fill_pipe = [&] {
        close(ends[0]);
        ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
        ASSERT_GE(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20), 0);
        ASSERT_EQ(write(ends[1], content.data(), content.size()), static_cast<ssize_t>(content.size()));
        close(ends[1]);
    };
    int points = sweep(
        [&](exeseal_report &report) { return exeseal_clone(ends[0], nullptr, 0, &report, sizeof report); }, fill_pipe);
    close(ends[0]);
    RecordProperty("points", points);
    EXPECT_GT(points, 500);
}

TEST_F(Sweep, Reuse) {
    int sealed = exeseal_clone(source, nullptr, 0, nullptr, 0);
    ASSERT_GE(sealed, 0);
    int points =
        sweep([&](exeseal_report &report) { return exeseal_clone(sealed, nullptr, 0, &report, sizeof report); });
    RecordProperty("points", points);
    EXPECT_GT(points, 300);
    close(sealed);
}

TEST_F(Sweep, RunningProgram) {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(file), {});
    int points = sweep([](exeseal_report &report) { return exeseal_clone_self(nullptr, 0, &report, sizeof report); });
    RecordProperty("points", points);
    EXPECT_GT(points, 1000);
}

TEST_F(Sweep, Reexec) {
    int points = sweep_reexec(false);
    RecordProperty("points", points);
    EXPECT_GT(points, 1000);
}

TEST_F(Sweep, ReexecByTmpfile) {
    int points = sweep_reexec(true);
    RecordProperty("points", points);
    EXPECT_GT(points, 1000);
}

// Serves the next test, which starts this program from a sealed copy.
TEST_F(Sweep, DISABLED_StartedSealed) {
    look_at_executions();
    check_unhindered = [this](int result) {
        EXPECT_EQ(result, 0);
        EXPECT_EQ(executed, 0);
        EXPECT_EQ(std::ranges::count(inject::calls(), SYS_memfd_create), 0);
    };
    check_result = [this](int result, const exeseal_report &report) {
        if (result == 0) {
            EXPECT_EQ(executed, 0);
            EXPECT_TRUE((report.guarantees & EXESEAL_GUARANTEE_SEALED) != 0);
            EXPECT_EQ(report.bytes, content.size());
            return;
        }
        EXPECT_LT(result, 0);
        EXPECT_LE(executed, 1);
        expect_told(result, report);
    };
    EXPECT_GT(sweep(reexec, [this] { executed = 0; }), 300);
}

TEST_F(Sweep, ReexecOfSealed) {
    int sealed = exeseal_clone_self(nullptr, 0, nullptr, 0);
    ASSERT_GE(sealed, 3);
    std::vector<std::string> words = {"sweep", "--gtest_also_run_disabled_tests", "--gtest_filter=*StartedSealed"};
    std::vector<char *> arguments;
    for (std::string &word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = fork();
    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO); // standard output is read by the test runner
        exeseal_exec_fd(sealed, arguments.data(), environ, nullptr, 0, nullptr, 0);
        _exit(99);
    }
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    close(sealed);
}

TEST_F(Sweep, FileThatGrows) {
    std::vector<int> evidences = grow_anywhere({
        [&] {
            EXPECT_EQ(truncate(path.c_str(), static_cast<off_t>(content.size())), 0);
            return open(path.c_str(), O_RDONLY | O_CLOEXEC);
        },
        [&](int) {
            int writer =
                // fails if a lease is held
                open(path.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
            bool has_grown = writer >= 0 && write(writer, kGrowth, strlen(kGrowth)) > 0;
            close(writer);
            return has_grown;
        },
    });
    EXPECT_GT(evidences[EXESEAL_EVIDENCE_LEASE] + evidences[EXESEAL_EVIDENCE_TIMES], 5);
}

TEST_F(Sweep, MemfdThatGrowsAndIsSealed) {
    std::vector<int> evidences = grow_anywhere({
        [&] {
            int fd = memfd_create("growing", MFD_CLOEXEC | MFD_ALLOW_SEALING);
            EXPECT_EQ(write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
            EXPECT_EQ(fchmod(fd, 0755), 0);
            return fd;
        },
        [&](int fd) {
            constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
            return write(fd, kGrowth, strlen(kGrowth)) > 0 && fcntl(fd, F_ADD_SEALS, kSeals) == 0;
        },
    });
    EXPECT_GT(evidences[EXESEAL_EVIDENCE_SEALS], 5); // it was sealed before the library examined it
    EXPECT_GT(evidences[EXESEAL_EVIDENCE_TIMES], 5);
}

// Short results of the calls that move bytes: one byte, a few, none.
TEST_F(Sweep, ShortMoves) {
    exeseal_report report;
    inject::record();
    close(exeseal_clone(source, nullptr, 0, &report, sizeof report));
    inject::disarm();
    std::vector<long> numbers = inject::calls();
    int index = static_cast<int>(std::find(numbers.begin(), numbers.end(), SYS_sendfile) - numbers.begin());
    for (long most : {1L, 4095L, 99'999L}) {
        inject::cut(index, most);
        int fd = exeseal_clone(source, nullptr, 0, &report, sizeof report);
        EXPECT_TRUE(inject::disarm());
        ASSERT_GE(fd, 0);
        EXPECT_TRUE(has_content(fd));
        close(fd);
    }
    inject::cut(index, 0);
    EXPECT_EQ(exeseal_clone(source, nullptr, 0, &report, sizeof report), -ESTALE);
    EXPECT_TRUE(inject::disarm());
}

} // namespace
