// SPDX-License-Identifier: MIT
#include "base/reopen.h"

#include "helpers.h"
#include "seal/source.h"
#include "system_calls.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <thread>

using namespace exeseal;
using namespace exeseal::test;

namespace {

constexpr long kWrongFile = 1000000;

struct statx stat_of(int fd) {
    struct statx file = {};
    EXPECT_EQ(sys::statx(fd, "", AT_EMPTY_PATH, file), 0);
    return file;
}

// Returns 0, -errno, or what was wrong with the result.
long reopen(int fd) {
    struct statx file = stat_of(fd);
    const Identity wanted(file);
    Procfs procfs;
    UniqueFd opened;
    int error = procfs.reopen(fd, file, opened);
    if (error != 0)
        return opened ? kWrongFile : error;
    bool is_right = Identity(stat_of(opened.get())) == wanted && Identity(file) == wanted && opened.get() != fd;
    int flags = fcntl(opened.get(), F_GETFL);
    return is_right && (flags & O_ACCMODE) == O_RDONLY && fcntl(opened.get(), F_GETFD) == FD_CLOEXEC ? 0 : kWrongFile;
}

// Must be called before /proc is changed.
struct statx running_program() {
    UniqueFd fd(open("/proc/self/exe", O_PATH | O_CLOEXEC));
    return stat_of(fd.get());
}

long open_running(const struct statx &wanted) {
    Procfs procfs;
    UniqueFd opened;
    if (int error = procfs.open_running(opened); error != 0)
        return opened ? kWrongFile : error;
    return Identity(stat_of(opened.get())) == Identity(wanted) ? 0 : kWrongFile;
}

// From here on mounts affect the child only.
bool has_own_mounts() {
    return unshare(CLONE_NEWNS) == 0 && mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool has_unmounted_proc() {
    return has_own_mounts() && umount2("/proc", MNT_DETACH) == 0 && access("/proc/self", F_OK) != 0;
}

bool has_fake_proc() {
    if (!has_own_mounts() || mount("fake", "/proc", "tmpfs", 0, "") != 0)
        return false;
    mkdir("/proc/self", 0755);
    mkdir("/proc/self/fd", 0755);
    symlink("self", "/proc/thread-self");
    for (int fd = 3; fd < 64; fd++)
        close(open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_CREAT | O_WRONLY, 0755));
    close(open("/proc/self/exe", O_CREAT | O_WRONLY, 0755));
    return true;
}

// As procfs has it: a link, which leads to another program.
bool has_fake_proc_with_a_link() {
    return has_fake_proc() && unlink("/proc/self/exe") == 0 && symlink("/bin/sh", "/proc/self/exe") == 0;
}

// Mounts `file` over `target` itself and not over its target, if it is a symbolic link.
bool covers(const char *file, const char *target) {
    constexpr unsigned kClone = 1, kEmptyPath = 4, kNoFollow = AT_SYMLINK_NOFOLLOW;
    auto tree = static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, file, kClone | kNoFollow | O_CLOEXEC));
    bool is_covered = tree >= 0 && syscall(SYS_move_mount, tree, "", AT_FDCWD, target, kEmptyPath) == 0;
    close(tree);
    return is_covered;
}

// Makes this thread's descriptors look like those of the process that forked it.
bool shows_another_process(pid_t other) {
    std::string from = "/proc/" + std::to_string(other), to = "/proc/thread-self";
    char self[64] = "";
    return readlink(to.c_str(), self, sizeof self - 1) > 0 &&
           mount(from.c_str(), (std::string("/proc/") + self).c_str(), "", MS_BIND, nullptr) == 0;
}

// Gives the child another file under this number than its parent has, while /proc shows the
// parent's.
bool is_fooled(const TempFile &childs, int fd) {
    UniqueFd mine = childs.open(O_RDONLY);
    dup2(mine.get(), fd);
    return has_own_mounts() && shows_another_process(getppid());
}

bool drop_sys_admin() {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    if (syscall(SYS_capget, &header, data) != 0)
        return false;
    data[CAP_SYS_ADMIN / 32].effective &= ~(1U << CAP_SYS_ADMIN % 32);
    return syscall(SYS_capset, &header, data) == 0;
}

// Affects this process from here on.
bool refuse_openat2(int error) {
    constexpr uint32_t kOpenat2 = 437;
    sock_filter filter[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kOpenat2},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error)},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    sock_fprog program = {std::size(filter), filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// A symbolic link in the temporary directory.
class TempLink {
  public:
    explicit TempLink(const std::string &to) {
        TempFile file;
        path_ = std::string(file.path()) + ".link";
        EXPECT_EQ(symlink(to.c_str(), path_.c_str()), 0);
    }
    ~TempLink() { unlink(path_.c_str()); }
    const char *path() const { return path_.c_str(); }

  private:
    std::string path_;
};

constexpr char kNeedsMounts[] = "changing mounts is not permitted here: it requires CAP_SYS_ADMIN";

} // namespace

TEST(Reopen, OpensTheSameFileForReading) {
    TempFile file;
    for (int flags : {O_RDONLY, O_RDWR, O_WRONLY, O_PATH})
        EXPECT_EQ(reopen(file.open(flags).get()), 0) << flags;
    EXPECT_EQ(reopen(memfd("bytes").get()), 0);
}

TEST(Reopen, UpdatesTheStat) {
    TempFile file;
    UniqueFd fd = file.open(O_RDWR);
    struct statx stat = stat_of(fd.get());
    ASSERT_EQ(ftruncate(fd.get(), 3), 0);
    Procfs procfs;
    UniqueFd opened;
    ASSERT_EQ(procfs.reopen(fd.get(), stat, opened), 0);
    EXPECT_EQ(stat.stx_size, 3u);
}

TEST(Reopen, RefusesAnotherFile) {
    TempFile file, other;
    UniqueFd fd = file.open(O_RDONLY), other_fd = other.open(O_RDONLY);
    Procfs procfs;
    UniqueFd opened;
    const struct statx wanted = stat_of(other_fd.get());
    struct statx stat = wanted;
    EXPECT_EQ(procfs.reopen(fd.get(), stat, opened), -ENOENT);
    EXPECT_FALSE(opened);
    EXPECT_EQ(Identity(stat), Identity(wanted)) << "of what was refused";
}

TEST(Reopen, RejectsABadDescriptor) {
    struct statx stat = {};
    Procfs procfs;
    UniqueFd opened;
    EXPECT_EQ(procfs.reopen(INT_MAX, stat, opened), -ENOENT);
    EXPECT_FALSE(opened);
}

TEST(Reopen, LeavesNoDescriptor) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    int before = count_descriptors();
    EXPECT_EQ(reopen(fd.get()), 0);
    EXPECT_EQ(open_running(running_program()), 0);
    EXPECT_EQ(count_descriptors(), before);
}

// /proc/self belongs to the thread group leader, which has another descriptor table.
TEST(Reopen, InAThreadWithATableOfItsOwn) {
    TempFile here, there;
    UniqueFd leaders = there.open(O_RDONLY);
    long answer = kNotPermitted;
    std::thread([&] {
        if (unshare(CLONE_FILES) != 0)
            return;
        UniqueFd mine = here.open(O_RDONLY);
        int number = leaders.get();
        dup2(mine.get(), number);
        answer = reopen(number);
        FdPath path;
        if (answer == 0)
            answer = check_proc_path(number, path);
    }).join();
    if (answer == kNotPermitted)
        GTEST_SKIP() << "unshare(CLONE_FILES) is not permitted here";
    EXPECT_EQ(answer, 0);
}

TEST(OpenRunning, IsThisProgram) {
    EXPECT_EQ(open_running(running_program()), 0);
}

TEST(CheckProcPath, NamesTheFile) {
    TempFile file;
    UniqueFd fd = file.open(O_PATH);
    FdPath path;
    ASSERT_EQ(check_proc_path(fd.get(), path), 0);
    EXPECT_EQ(std::string(path.text), "/proc/thread-self/fd/" + std::to_string(fd.get()));
    EXPECT_LT(check_proc_path(INT_MAX, path), 0);
}

TEST(FdPath, HoldsTheLargestNumber) {
    EXPECT_STREQ(FdPath("/proc/thread-self/fd/", INT_MAX).text, "/proc/thread-self/fd/2147483647");
}

// Ways to have no trustworthy /proc. Each test runs with and without the privilege to mount a new
// one.
struct BadProc {
    const char *name;
    bool (*make)();
};

void PrintTo(const BadProc &bad, std::ostream *out) {
    *out << bad.name;
}

class WithoutProc : public testing::TestWithParam<BadProc> {};

TEST_P(WithoutProc, RootUsesAPrivateOne) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    const struct statx running = running_program();
    long reopened = in_child([&] { return GetParam().make() ? reopen(fd.get()) : kNotPermitted; });
    if (reopened == kNotPermitted)
        GTEST_SKIP() << kNeedsMounts;
    EXPECT_EQ(reopened, 0);
    EXPECT_EQ(in_child([&] { return GetParam().make() ? open_running(running) : kNotPermitted; }), 0);
}

TEST_P(WithoutProc, OthersGetAnError) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    const struct statx running = running_program();
    long reopened = in_child([&] { return GetParam().make() && drop_sys_admin() ? reopen(fd.get()) : kNotPermitted; });
    if (reopened == kNotPermitted)
        GTEST_SKIP() << kNeedsMounts;
    EXPECT_EQ(reopened, -ENOENT);
    EXPECT_EQ(in_child([&] { return GetParam().make() && drop_sys_admin() ? open_running(running) : kNotPermitted; }),
              -ENOENT);
}

TEST_P(WithoutProc, NoPathIsReturned) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    long error = in_child([&] {
        FdPath path;
        return GetParam().make() ? static_cast<long>(check_proc_path(fd.get(), path)) : kNotPermitted;
    });
    if (error == kNotPermitted)
        GTEST_SKIP() << kNeedsMounts;
    EXPECT_EQ(error, -ENOENT);
}

INSTANTIATE_TEST_SUITE_P(Each, WithoutProc,
                         testing::Values(BadProc{"Unmounted", has_unmounted_proc}, BadProc{"Fake", has_fake_proc},
                                         BadProc{"FakeWithALink", has_fake_proc_with_a_link}),
                         [](const auto &info) { return std::string(info.param.name); });

// Mounts over components of the path to the running program, as a process that joins a container
// may find them. Each leads to another program than the running one; those of the same procfs
// differ from the real ones in their mount only.
const BadProc kCovers[] = {
    {"ExeUnderAFile", [] { return covers(TempFile().path(), "/proc/thread-self/exe"); }},
    {"ExeUnderAnotherLinkOfProc", [] { return covers("/proc/thread-self/cwd", "/proc/thread-self/exe"); }},
    {"ThreadUnderALink", [] { return covers(TempLink(std::to_string(getppid())).path(), "/proc/thread-self"); }},
    {"ThreadUnderALinkThatLeadsToItself", [] { return covers(TempLink("self").path(), "/proc/thread-self"); }},
    {"ThreadUnderAnotherLinkOfProc", [] { return covers("/proc/self", "/proc/thread-self"); }},
    {"ProcessUnderAnother", [] { return shows_another_process(getppid()); }},
};

enum class Openat2 { Works, IsMissing, IsForbidden };

bool leave(Openat2 wanted) {
    switch (wanted) {
    case Openat2::IsMissing:
        return refuse_openat2(ENOSYS);
    case Openat2::IsForbidden:
        return refuse_openat2(EPERM);
    default:
        return true;
    }
}

class CoveredRunning : public testing::TestWithParam<std::tuple<BadProc, Openat2>> {
  protected:
    static bool prepare() {
        auto [cover, openat2] = GetParam();
        return has_own_mounts() && cover.make() && leave(openat2);
    }
};

TEST_P(CoveredRunning, IsNotOpened) {
    const struct statx running = running_program();
    long error = in_child([&] { return prepare() && drop_sys_admin() ? open_running(running) : kNotPermitted; });
    if (error == kNotPermitted)
        GTEST_SKIP() << kNeedsMounts;
    EXPECT_EQ(error, -ENOENT);
    EXPECT_EQ(in_child([&] { return prepare() ? open_running(running) : kNotPermitted; }), 0)
        << "root has a new procfs";
}

TEST_P(CoveredRunning, GivesNoLinkOfADescriptor) {
    auto answer = [] {
        char text[64];
        return static_cast<long>(Procfs().read_fd_link(0, text, sizeof text));
    };
    long error = in_child([&] { return prepare() && drop_sys_admin() ? answer() : kNotPermitted; });
    if (error == kNotPermitted)
        GTEST_SKIP() << kNeedsMounts;
    bool is_exe_alone = std::string_view(std::get<0>(GetParam()).name).starts_with("Exe");
    EXPECT_EQ(error, is_exe_alone ? 0 : -ENOENT);
}

std::string name_of(const testing::TestParamInfo<std::tuple<BadProc, Openat2>> &info) {
    constexpr const char *kNames[] = {"", "WithoutOpenat2", "WithOpenat2Forbidden"};
    return std::string(std::get<0>(info.param).name) + kNames[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Each, CoveredRunning,
                         testing::Combine(testing::ValuesIn(kCovers),
                                          testing::Values(Openat2::Works, Openat2::IsMissing, Openat2::IsForbidden)),
                         name_of);

TEST(OpenRunning, NeedsNoOpenat2) {
    const struct statx running = running_program();
    for (int error : {ENOSYS, EPERM, EACCES})
        EXPECT_EQ(in_child([&] { return refuse_openat2(error) && drop_sys_admin() ? open_running(running) : -1L; }), 0);
}

TEST(CoveredProc, ADescriptorUnderAnotherFileIsRejected) {
    TempFile file, other;
    UniqueFd fd = file.open(O_RDONLY);
    long error = in_child([&] {
        FdPath entry("/proc/thread-self/fd/", fd.get());
        bool is_covered = has_own_mounts() && covers(other.path(), entry.text);
        return is_covered && drop_sys_admin() ? reopen(fd.get()) : kNotPermitted;
    });
    if (error == kNotPermitted)
        GTEST_SKIP() << "the kernel forbids mounting over /proc/PID/fd/N (Linux 6.12), or " << kNeedsMounts;
    EXPECT_EQ(error, -ENOENT);
}

TEST(CoveredProc, TheDescriptorsOfAnotherProcessAreRejected) {
    TempFile parents("parent"), childs("child's, and longer");
    UniqueFd fd = parents.open(O_RDONLY);
    auto without_root = [&] { return is_fooled(childs, fd.get()) && drop_sys_admin(); };
    long error = in_child([&] { return without_root() ? reopen(fd.get()) : kNotPermitted; });
    if (error == kNotPermitted)
        GTEST_SKIP() << kNeedsMounts;
    EXPECT_EQ(error, -ENOENT);
    EXPECT_EQ(in_child([&] {
                  FdPath path;
                  return is_fooled(childs, fd.get()) ? static_cast<long>(check_proc_path(fd.get(), path))
                                                     : kNotPermitted;
              }),
              -ENOENT);
    EXPECT_EQ(in_child([&] { return is_fooled(childs, fd.get()) ? reopen(fd.get()) : kNotPermitted; }), 0)
        << "root has a new procfs";
}

// The caller's descriptor is read as the last resort; facts about the other file are discarded.
TEST(CoveredProc, TheFileOfAnotherProcessLeavesNoTrace) {
    TempFile parents("parent"), childs("child's, and longer");
    UniqueFd fd = parents.open(O_RDONLY);
    for (bool is_root : {true, false}) {
        long size = in_child([&] {
            if (!is_fooled(childs, fd.get()) || (!is_root && !drop_sys_admin()))
                return kNotPermitted;
            Procfs procfs;
            Source source;
            Failure failure = source.use_descriptor(fd.get(), procfs);
            return failure ? long{-failure.error} : static_cast<long>(source.size);
        });
        if (size == kNotPermitted)
            GTEST_SKIP() << kNeedsMounts;
        EXPECT_EQ(size, 19) << (is_root ? "as root" : "without CAP_SYS_ADMIN");
    }
}
