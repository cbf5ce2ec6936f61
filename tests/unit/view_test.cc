// SPDX-License-Identifier: MIT
#include "seal/strategies/view.h"

#include "base/mount.h"
#include "helpers.h"

#include <cstdio>
#include <filesystem>
#include <sys/stat.h>

using namespace exeseal;
using namespace exeseal::test;

namespace {

// A directory that is removed with its content.
class TempDirectory {
  public:
    TempDirectory() : path_(testing::TempDir() + "exeseal-view-XXXXXX") { EXPECT_NE(mkdtemp(path_.data()), nullptr); }
    ~TempDirectory() { std::filesystem::remove_all(path_); }
    TempDirectory(const TempDirectory &) = delete;
    TempDirectory &operator=(const TempDirectory &) = delete;

    std::string below(const std::string &name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

UniqueFd make(const std::string &path, std::string_view bytes = "bytes") {
    UniqueFd writer(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
    EXPECT_TRUE(writer) << path << ": " << strerror(errno);
    write_to(writer.get(), bytes);
    return UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

// A source, and the operations under test.
struct Sought {
    exeseal_clone_options options = {};
    exeseal_report report = {};
    Procfs procfs;
    Source source;
    Request request = {options, source, procfs, report};
    Location location;
    Directory directory;

    explicit Sought(int fd) {
        EXPECT_FALSE(source.use_descriptor(fd, procfs));
        EXPECT_FALSE(source.stat_file());
    }

    std::string locate_it() { return text_of(locate(request, location)); }
    std::string open_it() { return text_of(open_directory(location, source, directory)); }

    static std::string text_of(const Failure &failure) {
        return failure ? std::to_string(failure.step) + " " + std::to_string(failure.error) + " " + failure.where : "";
    }
};

const std::string kMoved = Sought::text_of({EXESEAL_STEP_LOCATE, EXDEV, "the source's path"});

} // namespace

TEST(Locate, SplitsThePath) {
    TempDirectory directory;
    for (std::string name : {"runc", "a", "with space", "with:colon", "with\\backslash", "with,comma", "with\nnewline",
                             "with\ttab", "with\"quote", "ends (deleted)", "...", ".hidden", "\xff\xfe"}) {
        UniqueFd file = make(directory.below(name));
        Sought sought(file.get());
        EXPECT_EQ(sought.locate_it(), "") << name;
        EXPECT_EQ(sought.location.name, name);
        EXPECT_EQ(std::string(sought.location.directory) + "/", directory.below(""));
        EXPECT_EQ(sought.open_it(), "") << name;
        struct stat wanted, found;
        EXPECT_EQ(fstat(file.get(), &wanted), 0);
        EXPECT_EQ(fstatat(sought.directory.fd.get(), sought.location.name, &found, 0), 0);
        EXPECT_EQ(found.st_ino, wanted.st_ino) << name;
    }
}

TEST(Locate, KnowsTheRootDirectory) {
    if (access("/", W_OK) < 0)
        GTEST_SKIP() << "no file can be created in /";
    char path[] = "/exeseal-view-XXXXXX";
    UniqueFd writer(mkstemp(path));
    write_to(writer.get(), "bytes");
    Sought sought(writer.get());
    EXPECT_EQ(sought.locate_it(), "");
    EXPECT_STREQ(sought.location.directory, "/");
    EXPECT_STREQ(sought.location.name, path + 1);
    EXPECT_EQ(sought.open_it(), "");
    unlink(path);
}

TEST(Locate, TakesTheLongestName) {
    TempDirectory directory;
    std::string name(NAME_MAX, 'n');
    UniqueFd file = make(directory.below(name));
    Sought sought(file.get());
    EXPECT_EQ(sought.locate_it(), "");
    EXPECT_EQ(sought.location.name, name);
    EXPECT_EQ(sought.open_it(), "");
}

// Deeper than PATH_MAX, so no path leads to it.
TEST(Locate, ReportsAPathThatIsTooLong) {
    TempDirectory directory;
    std::string name(200, 'd');
    UniqueFd here(open(directory.below("").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (int depth = 0; depth < 25; depth++) {
        ASSERT_EQ(mkdirat(here.get(), name.c_str(), 0755), 0);
        here.reset(openat(here.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    UniqueFd file(openat(here.get(), "file", O_RDWR | O_CREAT | O_CLOEXEC, 0755));
    write_to(file.get(), "bytes");
    Sought sought(file.get());
    EXPECT_EQ(sought.locate_it(), Sought::text_of({EXESEAL_STEP_LOCATE, ENAMETOOLONG, "the source's path"}));
}

TEST(Locate, ReportsSourcesWithoutAPath) {
    TempDirectory directory;
    UniqueFd file = make(directory.below("file"));
    unlink(directory.below("file").c_str());
    std::string unlinked = Sought::text_of({EXESEAL_STEP_LOCATE, EXDEV, "the source is unlinked"});
    EXPECT_EQ(Sought(file.get()).locate_it(), unlinked);
    UniqueFd anonymous = memfd("bytes");
    EXPECT_EQ(Sought(anonymous.get()).locate_it(), unlinked);

    Sought memory(anonymous.get());
    memory.source.kind = Source::Kind::Memory;
    EXPECT_EQ(memory.locate_it(), Sought::text_of({EXESEAL_STEP_LOCATE, EOPNOTSUPP, "the source is not a file"}));
}

// Its link reads "/file", like a path of this mount namespace, where another file may lie.
TEST(Locate, DoesNotResolveAPathOfADetachedMount) {
    Filesystem filesystem;
    UniqueFd root;
    if (filesystem.open("tmpfs") < 0)
        GTEST_SKIP() << "requires CAP_SYS_ADMIN";
    ASSERT_EQ(filesystem.create(), 0);
    ASSERT_EQ(filesystem.mount(0, root), 0);
    ASSERT_EQ(mkdirat(root.get(), "bin", 0755), 0);
    // the decoy exists in any case
    UniqueFd file(openat(root.get(), "bin/sh", O_RDWR | O_CREAT | O_CLOEXEC, 0755));
    write_to(file.get(), "bytes");
    Sought sought(file.get());
    std::string located = sought.locate_it();
    EXPECT_TRUE(located != "" || sought.open_it() == kMoved) << sought.location.directory << " " << located;
}

TEST(OpenDirectory, ReportsAFileThatIsGone) {
    auto after = [](auto change) {
        TempDirectory directory;
        std::filesystem::create_directory(directory.below("bin"));
        UniqueFd file = make(directory.below("bin/file"));
        Sought sought(file.get());
        EXPECT_EQ(sought.locate_it(), "");
        change(directory);
        return sought.open_it();
    };
    using std::filesystem::rename;
    EXPECT_EQ(after([](auto &in) { rename(in.below("bin/file"), in.below("bin/other")); }), kMoved);
    EXPECT_EQ(after([](auto &in) { rename(in.below("bin"), in.below("sbin")); }), kMoved);
    EXPECT_EQ(after([](auto &in) { std::filesystem::remove_all(in.below("bin")); }), kMoved);
    EXPECT_EQ(after([](auto &in) {
                  make(in.below("decoy"));
                  rename(in.below("decoy"), in.below("bin/file"));
              }),
              kMoved);
    // the right file, but through a link that may lead elsewhere a moment later
    EXPECT_EQ(after([](auto &in) {
                  rename(in.below("bin/file"), in.below("file"));
                  std::filesystem::create_symlink("../file", in.below("bin/file"));
              }),
              kMoved);
    EXPECT_EQ(after([](auto &in) { // the directory was replaced by a file
                  std::filesystem::remove_all(in.below("bin"));
                  make(in.below("bin"));
              }),
              kMoved);
    EXPECT_EQ(after([](auto &) {}), "") << "control";
}

TEST(OpenDirectory, ReportsAnUnsearchableDirectory) {
    if (geteuid() != 0)
        GTEST_SKIP() << "needs root, to become another user";
    TempDirectory directory; // its mode is 0700
    UniqueFd file = make(directory.below("file"));
    EXPECT_EQ(in_child([&]() -> long {
                  EXPECT_EQ(setresuid(65534, 65534, 65534), 0);
                  Sought sought(file.get());
                  Failure located = locate(sought.request, sought.location);
                  return located ? -1 : open_directory(sought.location, sought.source, sought.directory).error;
              }),
              EACCES);
}

TEST(Noexec, IsOfTheSourcesMount) {
    UniqueFd file = memfd("bytes");
    Sought sought(file.get());
    sought.source.file.mount_flags = 0;
    EXPECT_FALSE(check_noexec(sought.source));
    sought.source.file.mount_flags = sys::kNoexecMount | sys::kReadOnlyMount;
    Failure failure = check_noexec(sought.source);
    EXPECT_EQ(failure.step, uint32_t{EXESEAL_STEP_NOEXEC});
    EXPECT_EQ(failure.error, EACCES);
}

TEST(Noexec, IsAssumedIfTheKernelDoesNotSay) {
    UniqueFd file = memfd("bytes");
    Sought sought(file.get());
    for (int error : {EIO, EPERM, ENOSYS}) {
        sought.source.file.mount_error = -error;
        Failure failure = check_noexec(sought.source);
        EXPECT_EQ(failure.step, uint32_t{EXESEAL_STEP_SOURCE});
        EXPECT_EQ(failure.error, error);
        EXPECT_STREQ(failure.where, "fstatfs(2)");
    }
}

namespace {

std::string verify(Sought &sought, int view) {
    Sealed sealed;
    sealed.fd.reset(fcntl(view, F_DUPFD_CLOEXEC, 3));
    return Sought::text_of(check_view(sought.source, sealed));
}

std::string verify_failed(int error, const char *where = "view") {
    return Sought::text_of({EXESEAL_STEP_VERIFY, error, where});
}

} // namespace

TEST(CheckView, RejectsOtherAndWritableFiles) {
    TempDirectory directory;
    UniqueFd file = make(directory.below("file")), other = make(directory.below("other"));
    UniqueFd link(open(directory.below("file").c_str(), O_RDONLY | O_CLOEXEC));
    Sought sought(file.get());
    EXPECT_EQ(verify(sought, other.get()), verify_failed(EXDEV));
    EXPECT_EQ(verify(sought, link.get()), verify_failed(EIO, "read-only")) << "the same file, but writable";
}

TEST(CheckView, AcceptsAReadOnlyMountOfTheExecutableFile) {
    TempDirectory directory;
    UniqueFd file = make(directory.below("file"));
    UniqueFd mount(sys::open_tree_clone(file.get()));
    if (!mount)
        GTEST_SKIP() << "requires CAP_SYS_ADMIN";
    if (sys::mount_setattr(mount.get(), sys::kMountReadOnly) < 0)
        GTEST_SKIP() << "requires Linux 5.12";
    UniqueFd view(open(("/proc/self/fd/" + std::to_string(mount.get())).c_str(), O_RDONLY | O_CLOEXEC));
    Sought sought(file.get());
    EXPECT_EQ(verify(sought, view.get()), "");
    EXPECT_EQ(chmod(directory.below("file").c_str(), 0644), 0);
    EXPECT_EQ(verify(sought, view.get()), verify_failed(EACCES, "x bits"));
}
