// SPDX-License-Identifier: MIT
// Makes every system call of every strategy fail with every errno, and checks what is tried next.
// The expectations are written here, from the manual pages and the kernel's source, and not read
// from the library's table.
#include "inject.h"

#include "base/errno_name.h"
#include "base/names.h"
#include "seal/plan.h"
#include "system_calls.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <vector>

using namespace exeseal;

namespace {

constexpr uint32_t kReuse = EXESEAL_STRATEGY_REUSE, kMemfd = EXESEAL_STRATEGY_MEMFD, kTmpfs = EXESEAL_STRATEGY_TMPFS,
                   kTmpfile = EXESEAL_STRATEGY_TMPFILE, kOverlay = EXESEAL_STRATEGY_OVERLAY,
                   kBind = EXESEAL_STRATEGY_BIND;

// Follows the strategy that fails: does nothing, and shows that it was tried.
uint64_t offers_nothing(const Request &) {
    return 0;
}
Failure succeed(Request &, const Place &, Sealed &) {
    return {};
}
constexpr uint32_t kNextStrategy = EXESEAL_STRATEGY_NONE;
constexpr Strategy kFollower = {
    .id = kNextStrategy,
    .purpose = "",
    .writes_bytes = false,
    .keeps_evidence = true,
    .probe_source = ProbeSource::Sample,
    .offers = offers_nothing,
    .run = succeed,
};

using Arguments = const long *;

bool any_call(Arguments) {
    return true;
}
bool opens(Arguments arguments, const char *path) {
    return strcmp(reinterpret_cast<const char *>(arguments[1]), path) == 0;
}
bool opens_proc(Arguments arguments) {
    return opens(arguments, "/proc");
}
bool opens_by_proc(Arguments arguments) {
    return strncmp(reinterpret_cast<const char *>(arguments[1]), "thread-self/fd/", 15) == 0;
}
bool creates_file(Arguments arguments) {
    return (arguments[2] & O_CREAT) != 0 || (arguments[2] & O_TMPFILE) == O_TMPFILE;
}
bool creates_named(Arguments arguments) {
    return (arguments[2] & O_CREAT) != 0;
}
bool opens_directory(Arguments arguments) {
    return opens(arguments, "/tmp");
}
bool opens_source_directory(Arguments arguments) {
    return static_cast<int>(arguments[0]) == AT_FDCWD && !opens_proc(arguments) && (arguments[2] & O_PATH) != 0;
}
bool opens_for_reading(Arguments arguments) {
    return static_cast<int>(arguments[0]) != AT_FDCWD && !opens_by_proc(arguments) &&
           (arguments[2] & (O_ACCMODE | O_CREAT | O_PATH | O_DIRECTORY)) == O_RDONLY;
}
bool adds_seals(Arguments arguments) {
    return arguments[1] == F_ADD_SEALS;
}
bool creates_superblock(Arguments arguments) {
    return arguments[1] == 6; // FSCONFIG_CMD_CREATE
}
bool reconfigures(Arguments arguments) {
    return arguments[1] == 7; // FSCONFIG_CMD_RECONFIGURE
}

// The consequences of an errno.
enum class Then {
    Stops,     // the errno is the result
    Directory, // the next directory is tried
    Strategy,  // the next strategy is tried
};

struct Point {
    uint32_t strategy;
    const char *call;
    long number;
    bool (*is_meant)(Arguments);
    uint32_t step;
    Then then;
    std::vector<int> errors; // the errnos with this consequence
    // errnos after which the strategy has another way, such as a second attempt after EINTR; all
    // others stop
    std::vector<int> absorbed = {};
    inject::Lacks lacks = {};
};

const Point kPoints[] = {
    {kReuse,
     "open /proc",
     SYS_openat,
     opens_proc,
     EXESEAL_STEP_REOPEN,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EBUSY},
     {ENOENT, ENOTDIR, ELOOP}},
    {kReuse,
     "open by /proc",
     SYS_openat,
     opens_by_proc,
     EXESEAL_STEP_REOPEN,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EBUSY},
     {ENOENT, ENOTDIR, ELOOP}},
    {kReuse, "faccessat2", SYS_faccessat2, any_call, EXESEAL_STEP_VERIFY, Then::Strategy, {EACCES}, {ENOSYS, EPERM}},

    {kMemfd,
     "memfd_create",
     SYS_memfd_create,
     any_call,
     EXESEAL_STEP_CREATE,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EOPNOTSUPP},
     {EINVAL}},
    {kMemfd,
     "sendfile",
     SYS_sendfile,
     any_call,
     EXESEAL_STEP_COPY,
     Then::Strategy,
     {ENOSPC},
     {EINVAL, ENOSYS, EOPNOTSUPP, ESPIPE, EPERM, EACCES}},
    {kMemfd,
     "preadv",
     SYS_preadv,
     any_call,
     EXESEAL_STEP_COPY,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, ENOSPC},
     {},
     {.sendfile = true}},
    {kMemfd,
     "pwritev",
     SYS_pwritev,
     any_call,
     EXESEAL_STEP_COPY,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, ENOSPC},
     {},
     {.sendfile = true}},
    {kMemfd, "prlimit64", SYS_prlimit64, any_call, EXESEAL_STEP_LIMIT, Then::Strategy, {EPERM, EACCES, ENOSYS}},
    {kMemfd, "fchmod", SYS_fchmod, any_call, EXESEAL_STEP_PERMISSIONS, Then::Strategy, {EPERM, EACCES, ENOSYS}},
    {kMemfd,
     "add seals",
     SYS_fcntl,
     adds_seals,
     EXESEAL_STEP_SEAL,
     Then::Strategy,
     {EPERM, EACCES, EINVAL, ENOSYS},
     {EBUSY}},
    {kMemfd,
     "open by /proc",
     SYS_openat,
     opens_by_proc,
     EXESEAL_STEP_REOPEN,
     Then::Strategy,
     {},
     {EPERM, EACCES, ENOSYS, ENOENT, ENOTDIR, ELOOP}},

    {kTmpfs,
     "fsopen",
     SYS_fsopen,
     any_call,
     EXESEAL_STEP_MOUNT,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EINVAL, ENODEV, EOPNOTSUPP, ENOSPC}},
    {kTmpfs,
     "create the tmpfs",
     SYS_fsconfig,
     creates_superblock,
     EXESEAL_STEP_MOUNT,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EINVAL, ENODEV, EOPNOTSUPP, ENOSPC}},
    {kTmpfs,
     "fsmount",
     SYS_fsmount,
     any_call,
     EXESEAL_STEP_MOUNT,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EINVAL, ENODEV, EOPNOTSUPP, ENOSPC}},
    {kTmpfs,
     "create",
     SYS_openat,
     creates_file,
     EXESEAL_STEP_CREATE,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EOVERFLOW, ENOSPC}},
    {kTmpfs,
     "pwritev",
     SYS_pwritev,
     any_call,
     EXESEAL_STEP_COPY,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, ENOSPC},
     {},
     {.sendfile = true}},
    {kTmpfs, "fchmod", SYS_fchmod, any_call, EXESEAL_STEP_PERMISSIONS, Then::Strategy, {EPERM, EACCES, ENOSYS}},
    {kTmpfs, "open", SYS_openat, opens_for_reading, EXESEAL_STEP_REOPEN, Then::Strategy, {EPERM, EACCES, ENOSYS}},
    {kTmpfs,
     "reconfigure",
     SYS_fsconfig,
     reconfigures,
     EXESEAL_STEP_READ_ONLY,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EINVAL, EBUSY}},

    {kTmpfile,
     "open the directory",
     SYS_openat,
     opens_directory,
     EXESEAL_STEP_CREATE,
     Then::Directory,
     {ENOENT, ENOTDIR, ELOOP, EPERM, EACCES, EROFS, ENOSYS, EINVAL, ENODEV, EOPNOTSUPP, EOVERFLOW, ENOKEY, ENOSPC,
      EDQUOT}},
    {kTmpfile,
     "create",
     SYS_openat,
     creates_file,
     EXESEAL_STEP_CREATE,
     Then::Directory,
     {ENOENT, ENOTDIR, ELOOP, EPERM, EACCES, EROFS, ENOSYS, ENODEV, EOVERFLOW, ENOKEY, ENOSPC, EDQUOT},
     {EINVAL, EOPNOTSUPP, EISDIR}},
    {kTmpfile,
     "create by name",
     SYS_openat,
     creates_named,
     EXESEAL_STEP_CREATE,
     Then::Directory,
     {ENOENT, ENOTDIR, ELOOP, EPERM, EACCES, EROFS, ENOSYS, ENODEV, EOVERFLOW, ENOKEY, ENOSPC, EDQUOT, EINVAL,
      EOPNOTSUPP},
     {EEXIST},
     {.tmpfile = true}},
    {kTmpfile,
     "getrandom",
     SYS_getrandom,
     any_call,
     EXESEAL_STEP_CREATE,
     Then::Directory,
     {ENOENT, ENOTDIR, ELOOP, EPERM, EACCES, EROFS, ENOSYS, ENODEV, EOVERFLOW, ENOKEY, ENOSPC, EDQUOT, EINVAL,
      EOPNOTSUPP},
     {},
     {.tmpfile = true}},
    {kTmpfile,
     "sendfile",
     SYS_sendfile,
     any_call,
     EXESEAL_STEP_COPY,
     Then::Directory,
     {ENOSPC, EDQUOT, EROFS},
     {EINVAL, ENOSYS, EOPNOTSUPP, ESPIPE, EPERM, EACCES}},
    {kTmpfile,
     "pwritev",
     SYS_pwritev,
     any_call,
     EXESEAL_STEP_COPY,
     Then::Directory,
     {EPERM, EACCES, ENOSYS, ENOSPC, EDQUOT, EROFS},
     {},
     {.sendfile = true}},
    {kTmpfile, "prlimit64", SYS_prlimit64, any_call, EXESEAL_STEP_LIMIT, Then::Strategy, {EPERM, EACCES, ENOSYS}},
    {kTmpfile,
     "fchmod",
     SYS_fchmod,
     any_call,
     EXESEAL_STEP_PERMISSIONS,
     Then::Directory,
     {EPERM, EACCES, ENOSYS, ENOENT, EROFS, EOPNOTSUPP}},
    {kTmpfile,
     "fremovexattr",
     SYS_fremovexattr,
     any_call,
     EXESEAL_STEP_PERMISSIONS,
     Then::Directory,
     {EPERM, EACCES, ENOSYS, ENOENT, EROFS},
     {ENODATA, EOPNOTSUPP}},
    {kTmpfile,
     "open by /proc",
     SYS_openat,
     opens_by_proc,
     EXESEAL_STEP_REOPEN,
     Then::Directory,
     {EPERM, EACCES, ENOSYS},
     {ENOENT, ENOTDIR, ELOOP}},

    {kOverlay,
     "readlinkat",
     SYS_readlinkat,
     any_call,
     EXESEAL_STEP_LOCATE,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EINVAL, EOPNOTSUPP, EXDEV, ENAMETOOLONG},
     {ENOENT, ENOTDIR, ELOOP}},
    {kOverlay,
     "open the directory",
     SYS_openat,
     opens_source_directory,
     EXESEAL_STEP_LOCATE,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EINVAL, EOPNOTSUPP, EXDEV, ENAMETOOLONG},
     {ENOENT, ENOTDIR, ELOOP}}, // reported as EXDEV
    {kOverlay,
     "fsopen",
     SYS_fsopen,
     any_call,
     EXESEAL_STEP_MOUNT,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, ENODEV, EOPNOTSUPP, ENOSPC, ENOENT, ELOOP, EBUSY},
     {EINVAL}},
    {kOverlay,
     "create the overlay",
     SYS_fsconfig,
     creates_superblock,
     EXESEAL_STEP_MOUNT,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, ENODEV, EOPNOTSUPP, ENOSPC, ENOENT, ELOOP, EBUSY},
     {EINVAL}},
    {kOverlay,
     "open",
     SYS_openat,
     opens_for_reading,
     EXESEAL_STEP_REOPEN,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, ENOENT, ELOOP, EBUSY}},

    {kBind,
     "open_tree",
     SYS_open_tree,
     any_call,
     EXESEAL_STEP_MOUNT,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, ENODEV, EOPNOTSUPP, ENOSPC},
     {EINVAL}},
    {kBind,
     "mount_setattr",
     SYS_mount_setattr,
     any_call,
     EXESEAL_STEP_READ_ONLY,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EINVAL, EBUSY}},
    {kBind,
     "open by /proc",
     SYS_openat,
     opens_by_proc,
     EXESEAL_STEP_REOPEN,
     Then::Strategy,
     {EPERM, EACCES, ENOSYS, EBUSY},
     {ENOENT, ENOTDIR, ELOOP}},
    {kBind, "faccessat2", SYS_faccessat2, any_call, EXESEAL_STEP_VERIFY, Then::Strategy, {EACCES}, {ENOSYS, EPERM}},
};

class Rules : public testing::Test {
  protected:
    void SetUp() override {
        path_ = testing::TempDir() + "rules.XXXXXX";
        int writer = mkstemp(path_.data());
        ASSERT_GE(writer, 0);
        std::string content(10'000, 'x');
        ASSERT_EQ(write(writer, content.data(), content.size()), static_cast<ssize_t>(content.size()));
        ASSERT_EQ(fchmod(writer, 0755), 0);
        close(writer);
        file_.reset(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        sealed_.reset(::memfd_create("rules", MFD_ALLOW_SEALING | MFD_CLOEXEC));
        ASSERT_EQ(write(sealed_.get(), "x", 1), 1);
        ASSERT_EQ(fcntl(sealed_.get(), F_ADD_SEALS, 0xf), 0);
    }

    void TearDown() override {
        inject::pretend({});
        unlink(path_.c_str());
    }

    // Runs a plan of the strategy and the follower. Returns 0 or -errno; `is_hit`: the failure was
    // injected.
    int attempt(const Point &point, int error, exeseal_report &report, bool &is_hit) {
        const Strategy *const plan[] = {plan_of_one(point.strategy)[0], &kFollower};
        exeseal_clone_options options = {};
        Procfs procfs;
        Source source;
        report = {};
        if (source.use_descriptor(point.strategy == kReuse ? sealed_.get() : file_.get(), procfs) || source.secure())
            return -ECANCELED;
        Procfs fresh; // so that /proc is opened again
        Request request = {options, source, fresh, report};
        Sealed sealed;
        inject::pretend(point.lacks);
        if (error != 0)
            inject::refuse(point.number, point.is_meant, error);
        int result = run_plan(plan, request, sealed);
        is_hit = inject::disarm();
        inject::pretend({});
        return result;
    }

    bool works_unhindered(uint32_t strategy) {
        exeseal_report report;
        bool is_hit;
        inject::disarm();
        return attempt({strategy, "", 0, any_call, 0, Then::Stops, {}}, 0, report, is_hit) == 0 &&
               report.strategy == strategy;
    }

    void expect_stop(const exeseal_report &report, int result, int error) {
        EXPECT_EQ(result, -error);
        EXPECT_EQ(report.attempts, 1u);
    }

    void expect_next(const Point &point, const exeseal_report &report, int result) {
        EXPECT_EQ(result, 0);
        ASSERT_EQ(report.attempts, 2u);
        EXPECT_EQ(report.attempt[1].error, 0);
        EXPECT_EQ(report.attempt[1].strategy, point.then == Then::Directory ? point.strategy : kNextStrategy);
        EXPECT_TRUE(point.then != Then::Directory || strcmp(report.attempt[1].where, "/dev/shm") == 0);
    }

    void expect_what_follows(const Point &point, int error) {
        auto is_in = [&](const std::vector<int> &list) {
            return std::find(list.begin(), list.end(), error) != list.end();
        };
        const char *name = errno_name(error);
        SCOPED_TRACE(std::string(strategy_name(point.strategy)) + ": " + point.call + ": " +
                     (name != nullptr ? name : std::to_string(error)));
        exeseal_report report;
        bool is_hit = false;
        int result = attempt(point, error, report, is_hit);
        ASSERT_TRUE(is_hit);
        if (error == EINTR || is_in(point.absorbed)) {
            EXPECT_EQ(result, 0);
            return;
        }
        EXPECT_EQ(report.attempt[0].strategy, point.strategy);
        EXPECT_EQ(report.attempt[0].error, error);
        EXPECT_EQ(report.attempt[0].step,
                  error == EFBIG && point.step == EXESEAL_STEP_COPY ? EXESEAL_STEP_LIMIT : point.step);
        if (is_in(point.errors))
            expect_next(point, report, result);
        else
            expect_stop(report, result, error);
    }

    void expect_of(std::vector<uint32_t> strategies) {
        for (uint32_t strategy : strategies) {
            if (!works_unhindered(strategy)) {
                skipped_ += std::string(" ") + strategy_name(strategy);
                continue;
            }
            for (const Point &point : kPoints)
                for (int error = 1; point.strategy == strategy && error < 134; error++)
                    expect_what_follows(point, error);
        }
    }

    std::string path_, skipped_;
    UniqueFd file_, sealed_;
};

} // namespace

// The points of fs-verity are in fault/verity_test.c, since not every machine has it.
TEST_F(Rules, CoverEveryStrategy) {
    for (uint32_t id = EXESEAL_STRATEGY_REUSE; strategy_name(id) != nullptr; id++) {
        bool has_points = std::any_of(std::begin(kPoints), std::end(kPoints),
                                      [&](const Point &point) { return point.strategy == id; });
        EXPECT_TRUE(has_points || id == EXESEAL_STRATEGY_VERITY) << strategy_name(id);
    }
}

TEST_F(Rules, HoldForUnprivilegedStrategies) {
    expect_of({kReuse, kMemfd, kTmpfile});
    EXPECT_EQ(skipped_, "");
}

TEST_F(Rules, HoldForStrategiesThatMount) {
    expect_of({kTmpfs, kOverlay, kBind});
    if (!skipped_.empty())
        GTEST_SKIP() << "strategies that do not work here:" << skipped_;
}

TEST_F(Rules, HoldForAnOrdinaryUser) {
    if (geteuid() != 0)
        GTEST_SKIP() << "the tests already run as an ordinary user";
    constexpr id_t kNobody = 65534;
    ASSERT_EQ(fchown(file_.get(), kNobody, kNobody), 0);
    ASSERT_TRUE(setegid(kNobody) == 0 && seteuid(kNobody) == 0);
    expect_of({kMemfd, kTmpfile});
    EXPECT_TRUE(seteuid(0) == 0 && setegid(0) == 0);
    EXPECT_EQ(skipped_, "");
}
