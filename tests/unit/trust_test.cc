// SPDX-License-Identifier: MIT
#include "find/trust.h"

#include "helpers.h"

#include <fstream>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

using namespace exeseal;
using namespace exeseal::test;

namespace {

constexpr unsigned kOther = 4711, kUser = 1000, kUnmapped = 65534;
constexpr char kProgram[] = "/usr/bin/runc", kArtifact[] = "/nix/store/x-runc/bin/runc";

struct statx of(mode_t mode, unsigned owner = 0) {
    struct statx file = {};
    file.stx_mode = static_cast<decltype(file.stx_mode)>(mode);
    file.stx_uid = owner;
    return file;
}

struct statx directory(mode_t mode, unsigned owner = 0) {
    return of(S_IFDIR | mode, owner);
}

// The reason that an unprivileged user gets.
std::string directory_reason(const struct statx &file, std::string_view path = "/usr/bin") {
    return distrust_directory(file, path, kUser).where;
}

std::string file_reason(const struct statx &file, std::string_view path = kProgram,
                        const struct statx &parent = directory(0755)) {
    return distrust_file(file, parent, path, kUser).where;
}

constexpr char kWritableDirectory[] = "a parent directory is writable by group or others";
constexpr char kForeignDirectory[] = "a parent directory belongs to another user";
constexpr char kNoFile[] = "not a regular file";
constexpr char kSetuid[] = "setuid or setgid, which a sealed copy would lose";
constexpr char kWritable[] = "writable by group or others";
constexpr char kForeign[] = "belongs to another user";

constexpr char kNobodys[] = "belongs to user 65534, which this user namespace shows for every user without a mapping: "
                            "if you trust the program, run it by its path";

} // namespace

TEST(TrustInDirectory, OfRootAndOfUs) {
    for (mode_t mode : {0755, 0555, 0700, 0711, 0, 02755, 01755})
        EXPECT_EQ(directory_reason(directory(mode)), "") << std::oct << mode;
    EXPECT_EQ(directory_reason(directory(0755, kUser)), "");
    EXPECT_STREQ(distrust_directory(directory(0755, kUser), "/usr/bin", 0).where, kForeignDirectory) << "to root";
}

TEST(TrustInDirectory, NotWhereOthersWrite) {
    for (mode_t mode : {0775, 0757, 0777, 0720, 0702, 01777, 02775})
        EXPECT_EQ(directory_reason(directory(mode)), kWritableDirectory) << std::oct << mode;
}

TEST(TrustInDirectory, NotOfAnother) {
    for (mode_t mode : {0755, 0555, 0})
        EXPECT_EQ(directory_reason(directory(mode, kOther)), kForeignDirectory) << std::oct << mode;
}

TEST(TrustInDirectory, TheStoreMayBeWrittenByItsBuilders) {
    EXPECT_EQ(directory_reason(directory(01775), "/nix/store"), "");
    EXPECT_EQ(directory_reason(directory(0755), "/nix/store"), "");
    EXPECT_EQ(directory_reason(directory(0775), "/nix/store"), kWritableDirectory) << "not sticky";
    EXPECT_EQ(directory_reason(directory(01777), "/nix/store"), kWritableDirectory) << "by all";
    EXPECT_EQ(directory_reason(directory(01775, kOther), "/nix/store"), kWritableDirectory) << "not root's";
    for (const char *path : {"", "/", "/nix", "/nix/store/x", "/nix/stored", "/x/nix/store", "nix/store"})
        EXPECT_EQ(directory_reason(directory(01775), path), kWritableDirectory) << path;
}

TEST(TrustInDirectory, InTheStoreOfAnyoneWhoCannotWriteIt) {
    EXPECT_EQ(directory_reason(directory(0555, kOther), "/nix/store/x"), "");
    EXPECT_EQ(directory_reason(directory(0555, kOther), "/nix/store/x/bin"), "");
    EXPECT_EQ(directory_reason(directory(0755, kOther), "/nix/store/x"), kForeignDirectory);
    for (const char *path : {"/nix/store", "/nix", "/nix/stored/x", "/nix/store-x", "/home/nix/store/x"})
        EXPECT_EQ(directory_reason(directory(0555, kOther), path), kForeignDirectory) << path;
}

TEST(TrustInFile, OfRootAndOfUs) {
    for (mode_t mode : {0755, 0555, 0700, 0111, 0644, 0, 01755})
        EXPECT_EQ(file_reason(of(S_IFREG | mode)), "") << std::oct << mode;
    EXPECT_EQ(file_reason(of(S_IFREG | 0755, kUser)), "");
    EXPECT_STREQ(distrust_file(of(S_IFREG | 0755, kUser), directory(0755), kProgram, 0).where, kForeign) << "to root";
}

TEST(TrustInFile, NotWhereOthersWrite) {
    for (mode_t mode : {0775, 0757, 0777, 0720, 0702, 01777})
        EXPECT_EQ(file_reason(of(S_IFREG | mode)), kWritable) << std::oct << mode;
}

TEST(TrustInFile, NotOfAnother) {
    for (mode_t mode : {0755, 0555})
        EXPECT_EQ(file_reason(of(S_IFREG | mode, kOther)), kForeign) << std::oct << mode;
}

TEST(TrustInFile, NotWithPrivileges) {
    for (mode_t mode : {04755, 02755, 06755, 04000, 02000})
        EXPECT_EQ(file_reason(of(S_IFREG | mode)), kSetuid) << std::oct << mode;
}

TEST(TrustInFile, NotInWhatIsNoFile) {
    for (mode_t type : {S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK, S_IFLNK, S_IFDIR})
        EXPECT_EQ(file_reason(of(type | 0755)), kNoFile) << std::oct << type;
}

TEST(TrustInFile, InTheStoreOfAnyoneWhoCannotWriteIt) {
    const struct statx artifact = of(S_IFREG | 0555, kOther);
    EXPECT_EQ(file_reason(artifact, kArtifact, directory(0555, kOther)), "");
    EXPECT_EQ(file_reason(artifact, kArtifact, directory(0555)), "");
    EXPECT_EQ(file_reason(artifact, kArtifact, directory(0755)), kForeign) << "its directory can be written";
    EXPECT_EQ(file_reason(artifact, "/nix/store/runc", directory(01775)), kForeign) << "so can the store";
    EXPECT_EQ(file_reason(artifact, kProgram, directory(0555)), kForeign) << "not in the store";
    EXPECT_EQ(file_reason(of(S_IFREG | 0755, kOther), kArtifact, directory(0555)), kForeign) << "by its owner";
    EXPECT_EQ(file_reason(of(S_IFREG | 0575, kOther), kArtifact, directory(0555)), kWritable);
    EXPECT_EQ(file_reason(of(S_IFREG | 0755), kArtifact, directory(0755)), "") << "root's, as anywhere";
}

namespace {

// Runs in a child that becomes this user, with the given capabilities, if this process is root.
struct Seen {
    bool is_privileged;
    unsigned trusted;
    bool operator==(const Seen &) const = default;
};

Seen seen_by(unsigned user, bool keeps_capabilities) {
    long seen = in_child([&] {
        prctl(PR_SET_KEEPCAPS, keeps_capabilities ? 1 : 0);
        if (setresuid(user, user, user) != 0)
            return -1L;
        return static_cast<long>(trusted_user()) << 1 | (is_privileged() ? 1 : 0);
    });
    return {(seen & 1) != 0, static_cast<unsigned>(seen >> 1)};
}

} // namespace

TEST(Trust, AnUnmappedUserOwnsNothing) {
    EXPECT_EQ(file_reason(of(S_IFREG | 0755, kUnmapped)), kNobodys);
    EXPECT_EQ(directory_reason(directory(0755, kUnmapped)), std::string("a parent directory ") + kNobodys);
    EXPECT_EQ(file_reason(of(S_IFREG | 0775, kUnmapped)), kWritable) << "no path makes it acceptable";
}

TEST(Trust, RightsOfOnesOwnLeaveOnlyRoot) {
    if (geteuid() != 0)
        GTEST_SKIP() << "needs root";
    EXPECT_EQ(seen_by(0, false), (Seen{true, 0}));
    EXPECT_EQ(seen_by(kUser, false), (Seen{false, kUser}));
    EXPECT_EQ(seen_by(kUser, true), (Seen{true, 0})) << "permitted capabilities, none of them effective";
    EXPECT_EQ(seen_by(kUnmapped, false), (Seen{false, 0})) << "an unmapped user owns nothing";
}

// The kernel sets AT_SECURE for a setgid program: this test executes a setgid copy of its program
// as an ordinary user. The copy runs this test again, and answers by its exit status.
TEST(Trust, OfASetgidProgramIsInRootOnly) {
    constexpr int kOnlyRoot = 42;
    if (getauxval(AT_SECURE) != 0)
        _exit(is_privileged() && trusted_user() == 0 ? kOnlyRoot : 1);
    if (geteuid() != 0)
        GTEST_SKIP() << "needs root";
    TempFile copy;
    struct statvfs fs;
    ASSERT_EQ(statvfs(copy.path(), &fs), 0);
    if ((fs.f_flag & (ST_NOSUID | ST_NOEXEC)) != 0)
        GTEST_SKIP() << "the temporary directory is on a nosuid or noexec mount";
    std::ofstream(copy.path(), std::ios::binary) << std::ifstream("/proc/self/exe", std::ios::binary).rdbuf();
    ASSERT_EQ(chown(copy.path(), 0, kOther), 0);
    ASSERT_EQ(chmod(copy.path(), 02755), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        if (setresgid(kUser, kUser, kUser) == 0 && setresuid(kUser, kUser, kUser) == 0)
            execl(copy.path(), copy.path(), "--gtest_filter=Trust.OfASetgidProgramIsInRootOnly", nullptr);
        _exit(2);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    EXPECT_EQ(WEXITSTATUS(status), kOnlyRoot);
}
