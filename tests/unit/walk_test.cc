// SPDX-License-Identifier: MIT
#include "find/walk.h"

#include "helpers.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

using namespace exeseal;
using namespace exeseal::test;

namespace {

constexpr char kWritable[] = "a parent directory is writable by group or others";
constexpr char kForeign[] = "a parent directory belongs to another user";

struct Outcome {
    int error;
    std::string reason, path;
    bool operator==(const Outcome &) const = default;
};

void PrintTo(const Outcome &outcome, std::ostream *out) {
    *out << outcome.error << " '" << outcome.reason << "' " << outcome.path.substr(0, 200);
}

Outcome found(std::string path) {
    return {0, "", std::move(path)};
}

Outcome failed(int error) {
    return {-error, "", ""};
}

Outcome refused(const char *reason) {
    return {-EPERM, reason, ""};
}

// In a mount namespace of its own, /mnt is an empty tmpfs of root for each test.
class Walk : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        has_mounts_ =
            geteuid() == 0 && unshare(CLONE_NEWNS) == 0 && mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) == 0;
    }
    void SetUp() override {
        if (!has_mounts_)
            GTEST_SKIP() << "needs root and a mount namespace of its own";
        umask(0);
        cover("/mnt", "mode=0755");
    }
    void TearDown() override {
        if (has_mounts_) {
            umount2("/mnt", MNT_DETACH);
        }
    }

    static void cover(const std::string &path, const char *options) {
        ASSERT_EQ(mount("tmpfs", path.c_str(), "tmpfs", 0, options), 0) << strerror(errno);
    }
    static void make_directory(const std::string &path, mode_t mode = 0755) {
        ASSERT_EQ(mkdir(path.c_str(), mode), 0) << path << ": " << strerror(errno);
        ASSERT_EQ(chmod(path.c_str(), mode), 0);
    }
    static void make_file(const std::string &path, mode_t mode = 0755) {
        UniqueFd fd(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode));
        ASSERT_TRUE(fd) << path << ": " << strerror(errno);
    }
    static void make_link(const std::string &path, const std::string &target) {
        ASSERT_EQ(symlink(target.c_str(), path.c_str()), 0) << path << ": " << strerror(errno);
    }
    // /mnt/a/b/file
    static void make_tree() {
        make_directory("/mnt/a");
        make_directory("/mnt/a/b");
        make_file("/mnt/a/b/file");
    }
    static Outcome go(const std::string &path) {
        Found found;
        int before = count_descriptors();
        Failure failure = walk(path, trusted_user(), found);
        EXPECT_EQ(bool(found.fd), !failure);
        EXPECT_EQ(bool(found.directory), !failure);
        EXPECT_EQ(count_descriptors(), before + (failure ? 0 : 2));
        return {-failure.error, failure.where, failure ? "" : found.path};
    }
    static std::string parent_of_refusal(const std::string &path) {
        Found found;
        walk(path, trusted_user(), found);
        return found.parent;
    }

  private:
    static inline bool has_mounts_ = false;
};

} // namespace

TEST_F(Walk, FindsTheVeryFile) {
    make_tree();
    Found found;
    ASSERT_FALSE(walk("/mnt/a/b/file", trusted_user(), found));
    EXPECT_STREQ(found.path, "/mnt/a/b/file");
    EXPECT_EQ(fcntl(found.fd.get(), F_GETFL) & O_PATH, O_PATH);
    EXPECT_EQ(fcntl(found.fd.get(), F_GETFD), FD_CLOEXEC);
    struct stat wanted, got;
    ASSERT_EQ(stat("/mnt/a/b/file", &wanted), 0);
    ASSERT_EQ(fstat(found.fd.get(), &got), 0);
    EXPECT_EQ(got.st_ino, wanted.st_ino);
    EXPECT_EQ(found.file.stx_ino, wanted.st_ino);
}

TEST_F(Walk, DotsAndSlashes) {
    make_tree();
    for (const char *path : {"/mnt/a/b/file", "//mnt///a//b/file", "/./mnt/./a/./b/./file", "/mnt/a/../a/b/../b/file",
                             "/../../mnt/a/b/file", "/mnt/../mnt/a/b/../../a/b/file", "/mnt/a/b/../../../mnt/a/b/file",
                             "/mnt/a/b/..//.././a/b/file"})
        EXPECT_EQ(go(path), found("/mnt/a/b/file")) << path;
}

TEST_F(Walk, OtherFileTypes) {
    make_tree();
    for (const char *path : {"/", "//", "/.", "/..", "/mnt", "/mnt/a/", "/mnt/a/.", "/mnt/a/b/.."})
        EXPECT_EQ(go(path), failed(EISDIR)) << path;
    for (const char *path :
         {"/mnt/a/b/file/", "/mnt/a/b/file//", "/mnt/a/b/file/.", "/mnt/a/b/file/..", "/mnt/a/b/file/x"})
        EXPECT_EQ(go(path), failed(ENOTDIR)) << path;
    for (const char *path : {"/mnt/a/x", "/mnt/x/b/file", "/mnt/x/../a/b/file"})
        EXPECT_EQ(go(path), failed(ENOENT)) << path;
    for (const char *path : {"", "mnt/a/b/file", "./file", "file"})
        EXPECT_EQ(go(path), failed(EINVAL)) << path;
}

TEST_F(Walk, Links) {
    make_tree();
    make_link("/mnt/absolute", "/mnt/a/b/file");
    make_link("/mnt/relative", "a/b/file");
    make_link("/mnt/a/up", "../a/b/file");
    make_link("/mnt/a/b/root", "../../../../../mnt/a/b/file");
    make_link("/mnt/directory", "a/b");
    make_link("/mnt/slash", "a/b/");
    make_link("/mnt/dot", ".");
    make_link("/mnt/a/b/dots", "..");
    for (const char *path :
         {"/mnt/absolute", "/mnt/relative", "/mnt/a/up", "/mnt/a/b/root", "/mnt/directory/file", "/mnt/slash/file",
          "/mnt/slash//file", "/mnt/dot/dot/dot/a/b/file", "/mnt/a/b/dots/b/file", "/mnt/directory/../b/file"})
        EXPECT_EQ(go(path), found("/mnt/a/b/file")) << path;
    EXPECT_EQ(go("/mnt/absolute/"), refused("a dangling symbolic link"));
    EXPECT_EQ(go("/mnt/directory"), failed(EISDIR));
    EXPECT_EQ(go("/mnt/directory/"), failed(EISDIR));
}

TEST_F(Walk, ALinkToAFileWithASlash) {
    make_tree();
    make_link("/mnt/link", "a/b/file/");
    EXPECT_EQ(go("/mnt/link").error, -EPERM) << "dangling, as for the kernel";
    EXPECT_EQ(open("/mnt/link", O_RDONLY), -1);
}

TEST_F(Walk, FollowsFortyLinks) {
    make_tree();
    make_link("/mnt/link1", "a/b/file");
    for (int i = 2; i <= 41; i++)
        make_link("/mnt/link" + std::to_string(i), (i % 2 != 0 ? "/mnt/link" : "link") + std::to_string(i - 1));
    EXPECT_EQ(go("/mnt/link40"), found("/mnt/a/b/file"));
    EXPECT_EQ(go("/mnt/link41"), failed(ELOOP));
    EXPECT_TRUE(UniqueFd(open("/mnt/link40", O_RDONLY))) << "as the kernel";
    EXPECT_EQ(open("/mnt/link41", O_RDONLY), -1);
}

TEST_F(Walk, Loops) {
    make_link("/mnt/self", "self");
    make_link("/mnt/one", "two");
    make_link("/mnt/two", "/mnt/one");
    make_link("/mnt/longer", "longer/longer");
    for (const char *path : {"/mnt/self", "/mnt/one", "/mnt/two/x", "/mnt/longer"})
        EXPECT_EQ(go(path), failed(ELOOP)) << path;
}

TEST_F(Walk, DanglingLinks) {
    make_tree();
    make_link("/mnt/last", "a/nothing");
    make_link("/mnt/chain", "last");
    make_link("/mnt/through", "a/b/file/x");
    make_link("/mnt/middle", "nothing");
    for (const char *path : {"/mnt/last", "/mnt/chain", "/mnt/through"})
        EXPECT_EQ(go(path), refused("a dangling symbolic link")) << path;
    EXPECT_EQ(go("/mnt/middle/file"), failed(ENOENT));
}

TEST_F(Walk, LinksOfProcAreNotBelieved) {
    make_tree();
    make_link("/mnt/through", "/proc/self/root/mnt/a/b/file");
    UniqueFd fd(open("/mnt/a/b/file", O_RDONLY | O_CLOEXEC));
    const std::string process = "/proc/" + std::to_string(getpid());
    for (const std::string &path : {std::string("/mnt/through"), std::string("/proc/self/exe"), process + "/exe",
                                    process + "/root/mnt/a/b/file", process + "/fd/" + std::to_string(fd.get())})
        EXPECT_EQ(go(path), refused("a symbolic link in /proc, whose text may name another file")) << path;
}

TEST_F(Walk, EveryDirectoryIsJudged) {
    make_tree();
    for (const char *directory : {"/mnt", "/mnt/a", "/mnt/a/b"}) {
        for (mode_t mode : {0775, 0757, 0777, 01777, 02775}) {
            chmod(directory, mode);
            EXPECT_EQ(go("/mnt/a/b/file"), refused(kWritable)) << directory << " " << std::oct << mode;
            EXPECT_EQ(parent_of_refusal("/mnt/a/b/file"), directory);
        }
        chmod(directory, 0755);
        ASSERT_EQ(chown(directory, 4711, 0), 0);
        EXPECT_EQ(go("/mnt/a/b/file"), refused(kForeign)) << directory;
        ASSERT_EQ(chown(directory, 0, 4711), 0);
        EXPECT_EQ(go("/mnt/a/b/file"), found("/mnt/a/b/file")) << "of another group, which cannot write";
    }
}

TEST_F(Walk, DirectoriesOfLinksAreJudged) {
    make_tree();
    make_directory("/mnt/open", 0777);
    make_link("/mnt/open/back", "/mnt/a/b/file");
    make_file("/mnt/open/file");
    make_link("/mnt/there", "/mnt/open/file");
    make_link("/mnt/and_back", "open/../a/b/file");
    make_link("/mnt/by_link", "open/back");
    for (const char *path : {"/mnt/open/back", "/mnt/there", "/mnt/and_back", "/mnt/by_link", "/mnt/open/../a/b/file",
                             "/mnt/open/.", "/mnt/open/"})
        EXPECT_EQ(go(path), refused(kWritable)) << path;
}

TEST_F(Walk, TheFirstReasonCounts) {
    make_directory("/mnt/open", 0777);
    make_directory("/mnt/open/foreign");
    make_file("/mnt/open/foreign/file", 0777);
    ASSERT_EQ(chown("/mnt/open/foreign", 4711, 0), 0);
    EXPECT_EQ(go("/mnt/open/foreign/file"), refused(kWritable));
    EXPECT_EQ(parent_of_refusal("/mnt/open/foreign/../foreign/file"), "/mnt/open");
}

TEST_F(Walk, AMissingFileIsNotRefused) {
    make_directory("/mnt/open", 0777);
    make_directory("/mnt/open/inner");
    make_file("/mnt/open/file");
    for (const char *path : {"/mnt/open/x", "/mnt/open/inner/x", "/mnt/open/x/y"})
        EXPECT_EQ(go(path), failed(ENOENT)) << path;
    EXPECT_EQ(go("/mnt/open/file/x"), failed(ENOTDIR));
    make_link("/mnt/open/link", "nothing");
    make_link("/mnt/open/loop", "loop");
    for (const char *path : {"/mnt/open/link", "/mnt/open/loop", "/mnt/open/loop/x"})
        EXPECT_EQ(go(path), refused(kWritable)) << "no link of theirs is followed: " << path;
}

TEST_F(Walk, ADirectoryThatMayNotBeSearched) {
    make_tree();
    make_directory("/mnt/open", 0777);
    make_directory("/mnt/open/closed", 0700);
    chmod("/mnt/a", 0700);
    long errors = in_child([&] {
        if (setresuid(4711, 4711, 4711) != 0)
            return kNotPermitted;
        bool is_denied = go("/mnt/a/b/file") == failed(EACCES);
        bool is_refused = go("/mnt/open/closed/file") == refused(kWritable);
        return (is_denied ? 0L : 1L) + (is_refused ? 0L : 2L);
    });
    EXPECT_EQ(errors, 0);
}

TEST_F(Walk, EverythingIsOpenedWithOPath) {
    ASSERT_EQ(mkfifo("/mnt/fifo", 0755), 0);
    ASSERT_EQ(mknod("/mnt/device", S_IFCHR | 0755, makedev(1, 3)), 0);
    for (const char *path : {"/mnt/fifo", "/mnt/device"})
        EXPECT_EQ(go(path), refused("not a regular file")) << path;
    EXPECT_EQ(go("/mnt/fifo/x"), failed(ENOTDIR));
}

TEST_F(Walk, LongNames) {
    const std::string name(255, 'n');
    make_directory("/mnt/" + name);
    make_file("/mnt/" + name + "/" + name);
    EXPECT_EQ(go("/mnt/" + name + "/" + name), found("/mnt/" + name + "/" + name));
    EXPECT_EQ(go("/mnt/" + name + "n"), failed(ENAMETOOLONG));
    EXPECT_EQ(go("/mnt/x" + name + "/.."), failed(ENAMETOOLONG));
}

// Nested directories with names of 255 bytes.
TEST_F(Walk, LongPaths) {
    std::string path = "/mnt";
    UniqueFd at(open("/mnt", O_PATH | O_CLOEXEC));
    const std::string name(255, 'n');
    while (path.size() + 256 + 100 < kPathSize) {
        ASSERT_EQ(mkdirat(at.get(), name.c_str(), 0755), 0);
        at.reset(openat(at.get(), name.c_str(), O_PATH | O_CLOEXEC));
        path += "/" + name;
    }
    const size_t left = kPathSize - 1 - path.size() - 1 - 100;
    const std::string last(left, 'd'), fits(99, 'f'), too_long(100, 'f');
    ASSERT_EQ(mkdirat(at.get(), last.c_str(), 0755), 0);
    at.reset(openat(at.get(), last.c_str(), O_PATH | O_CLOEXEC));
    path += "/" + last;
    for (const std::string &file : {fits, too_long})
        UniqueFd(openat(at.get(), file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
    ASSERT_EQ((path + "/" + fits).size(), kPathSize - 1);
    EXPECT_EQ(go(path + "/" + fits), found(path + "/" + fits));
    EXPECT_EQ(go(path + "/" + too_long), failed(ENAMETOOLONG));
    make_link("/mnt/short", path);
    EXPECT_EQ(go("/mnt/short/" + fits), found(path + "/" + fits));
    EXPECT_EQ(go("/mnt/short/" + too_long), failed(ENAMETOOLONG)) << "where it lies does not fit";
    EXPECT_EQ(go("/mnt/short/" + std::string(200, '/') + fits), failed(ENAMETOOLONG)) << "nor does the way";
}

TEST_F(Walk, LongWaysToAShortPath) {
    make_tree();
    std::string path = "/mnt/a/b/file";
    while (path.size() + 2 < kPathSize)
        path = "/." + path;
    EXPECT_EQ(go(path), found("/mnt/a/b/file"));
    EXPECT_EQ(go("/./" + path), failed(ENAMETOOLONG));
    EXPECT_EQ(go(std::string(100000, '/') + "mnt"), failed(ENAMETOOLONG));
}

TEST_F(Walk, MountPoints) {
    make_tree();
    cover("/mnt/a/b", "mode=0755");
    make_file("/mnt/a/b/inside");
    EXPECT_EQ(go("/mnt/a/b/inside"), found("/mnt/a/b/inside"));
    EXPECT_EQ(go("/mnt/a/b/../b/inside"), found("/mnt/a/b/inside"));
    EXPECT_EQ(go("/mnt/a/b/file"), failed(ENOENT)) << "what it covers";
    chmod("/mnt/a/b", 0777);
    EXPECT_EQ(go("/mnt/a/b/inside"), refused(kWritable)) << "what is mounted is judged, not what it covers";
    chmod("/mnt/a/b", 0755);
    UniqueFd(open("/mnt/over", O_CREAT | O_WRONLY | O_CLOEXEC, 0777));
    ASSERT_EQ(mount("/mnt/a/b/inside", "/mnt/over", "", MS_BIND, nullptr), 0);
    EXPECT_EQ(go("/mnt/over"), found("/mnt/over"));
}

TEST_F(Walk, WithoutDescriptors) {
    make_tree();
    for (unsigned more = 0; more < 2; more++) {
        long error = in_child([&] {
            rlimit limit = {};
            UniqueFd next(dup(0));
            limit.rlim_cur = limit.rlim_max = static_cast<rlim_t>(next.get()) + more;
            next.reset();
            setrlimit(RLIMIT_NOFILE, &limit);
            Found found;
            return static_cast<long>(-walk("/mnt/a/b/file", trusted_user(), found).error);
        });
        EXPECT_EQ(error, -EMFILE) << more;
    }
}
