// SPDX-License-Identifier: MIT
#include "trust.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace exeseal;

namespace {

constexpr unsigned kOther = 4711, kUnmapped = 65534;
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

std::string directory_reason(const struct statx &file, std::string_view path = "/usr/bin") {
    Reason reason = distrust_directory(file, path);
    return reason != nullptr ? reason : "";
}

std::string file_reason(const struct statx &file, std::string_view path = kProgram,
                        const struct statx &parent = directory(0755)) {
    Reason reason = distrust_file(file, parent, path);
    return reason != nullptr ? reason : "";
}

constexpr char kWritableDirectory[] = "a directory on the way is writable by group or others";
constexpr char kForeignDirectory[] = "a directory on the way belongs to another user";
constexpr char kNoFile[] = "no regular file";
constexpr char kSetuid[] = "setuid or setgid, which a sealed program loses";
constexpr char kWritable[] = "writable by group or others";
constexpr char kForeign[] = "belongs to another user";

} // namespace

TEST(TrustInDirectory, OfRootAndOfUs) {
    for (mode_t mode : {0755, 0555, 0700, 0711, 0, 02755, 01755})
        EXPECT_EQ(directory_reason(directory(mode)), "") << std::oct << mode;
    if (geteuid() != kUnmapped) {
        EXPECT_EQ(directory_reason(directory(0755, geteuid())), "");
    }
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
    if (geteuid() != kUnmapped) {
        EXPECT_EQ(file_reason(of(S_IFREG | 0755, geteuid())), "");
    }
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

TEST(Trust, WhoeverIsUnmappedOwnsNothing) {
    EXPECT_EQ(file_reason(of(S_IFREG | 0755, kUnmapped)), kForeign);
    EXPECT_EQ(directory_reason(directory(0755, kUnmapped)), kForeignDirectory);
    pid_t child = fork();
    if (child == 0) {
        bool is_nobody = geteuid() != 0 || setresuid(kUnmapped, kUnmapped, kUnmapped) == 0;
        bool is_refused = file_reason(of(S_IFREG | 0755, kUnmapped)) == kForeign &&
                          directory_reason(directory(0755, kUnmapped)) == kForeignDirectory;
        _exit(is_nobody && is_refused ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "as that user";
}
