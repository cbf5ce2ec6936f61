// SPDX-License-Identifier: MIT
#include "base/mount.h"

#include "helpers.h"

#include <fstream>
#include <linux/magic.h>
#include <sstream>
#include <sys/statfs.h>
#include <sys/statvfs.h>

using namespace exeseal;
using namespace exeseal::test;

namespace {

class Mounts : public testing::Test {
  protected:
    void SetUp() override {
        if (int context = sys::fsopen("tmpfs"); context >= 0)
            close(context);
        else if (context == -EPERM || context == -ENOSYS)
            GTEST_SKIP() << "requires CAP_SYS_ADMIN and Linux 5.2";
    }

    void make_tmpfs(unsigned attributes = 0) {
        ASSERT_EQ(filesystem.open("tmpfs"), 0);
        ASSERT_EQ(filesystem.create(), 0);
        ASSERT_EQ(filesystem.mount(attributes, root), 0);
    }

    UniqueFd make_file(int flags = O_RDWR) {
        return UniqueFd(openat(root.get(), "file", flags | O_CREAT | O_CLOEXEC, 0600));
    }

    Filesystem filesystem;
    UniqueFd root;
};

struct statfs look(const UniqueFd &fd) {
    struct statfs found = {};
    EXPECT_EQ(fstatfs(fd.get(), &found), 0);
    return found;
}

std::string mounts() {
    std::stringstream text;
    text << std::ifstream("/proc/self/mountinfo").rdbuf();
    return text.str();
}

} // namespace

TEST_F(Mounts, AreAttachedNowhere) {
    std::string before = mounts();
    make_tmpfs();
    EXPECT_EQ(look(root).f_type, TMPFS_MAGIC);
    EXPECT_EQ(mounts(), before);
    EXPECT_EQ(fcntl(root.get(), F_GETFD), FD_CLOEXEC);
    struct stat up, here;
    ASSERT_EQ(fstatat(root.get(), "..", &up, 0), 0);
    ASSERT_EQ(fstat(root.get(), &here), 0);
    EXPECT_EQ(up.st_ino, here.st_ino) << "nothing leads out of it";
    EXPECT_EQ(up.st_dev, here.st_dev);
}

TEST_F(Mounts, HaveTheirAttributes) {
    make_tmpfs(sys::kMountNosuid | sys::kMountNodev | sys::kMountNoexec | sys::kMountReadOnly);
    long flags = look(root).f_flags;
    for (long flag : {ST_NOSUID, ST_NODEV, ST_NOEXEC, ST_RDONLY})
        EXPECT_NE(flags & flag, 0) << flag;
    EXPECT_FALSE(make_file());
    EXPECT_EQ(errno, EROFS);
}

TEST_F(Mounts, RejectUnknownOptions) {
    Filesystem none;
    EXPECT_EQ(none.open("no such file system"), -ENODEV);
    EXPECT_EQ(filesystem.open("tmpfs"), 0);
    EXPECT_EQ(filesystem.set("no such option", "1"), -EINVAL);
    EXPECT_EQ(filesystem.set("no such option", 0), -EINVAL);
    EXPECT_EQ(filesystem.set("size", "64k"), 0);
    EXPECT_LT(filesystem.mount(0, root), 0) << "not created yet";
    EXPECT_FALSE(root);
}

TEST_F(Mounts, ThatAreReadOnlyAreSoForEverybody) {
    make_tmpfs();
    ASSERT_TRUE(make_file());
    UniqueFd reader(openat(root.get(), "file", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(filesystem.make_read_only(), 0);
    EXPECT_FALSE(make_file());
    EXPECT_EQ(errno, EROFS);
    EXPECT_EQ(fchmod(reader.get(), 0777), -1);
    EXPECT_EQ(errno, EROFS);
    EXPECT_NE(look(reader).f_flags & ST_RDONLY, 0);
}

TEST_F(Mounts, StayWritableWhileAWriterExists) {
    make_tmpfs();
    UniqueFd writer = make_file();
    EXPECT_EQ(filesystem.make_read_only(), -EBUSY);
    EXPECT_EQ(write(writer.get(), "x", 1), 1);
    writer.reset();
    EXPECT_EQ(filesystem.make_read_only(), -EBUSY) << "the context can no longer be used";
}

// fs/namespace.c, sb_prepare_remount_readonly: the reason why the copy keeps its name.
TEST_F(Mounts, StayWritableWithAnUnlinkedOpenFile) {
    make_tmpfs();
    make_file();
    UniqueFd reader(openat(root.get(), "file", O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(unlinkat(root.get(), "file", 0), 0);
    EXPECT_EQ(filesystem.make_read_only(), -EBUSY);
}

TEST_F(Mounts, OfAFileOutliveTheirRoot) {
    make_tmpfs();
    UniqueFd file = make_file();
    write_to(file.get(), "bytes");
    root.reset();
    EXPECT_EQ(contents(file.get()), "bytes");
}

TEST_F(Mounts, OfProcAreThatOfThisProcess) {
    ASSERT_EQ(mount_procfs(root), 0);
    EXPECT_EQ(look(root).f_type, PROC_SUPER_MAGIC);
    char own[16] = "";
    ASSERT_GT(readlinkat(root.get(), "self", own, sizeof own - 1), 0);
    EXPECT_EQ(own, std::to_string(getpid()));
}

TEST_F(Mounts, LeaveNoDescriptor) {
    int before = count_descriptors();
    {
        UniqueFd own;
        EXPECT_EQ(mount_procfs(own), 0);
        Filesystem busy;
        EXPECT_EQ(busy.open("tmpfs"), 0);
        EXPECT_EQ(busy.create(), 0);
        EXPECT_EQ(busy.mount(0, own), 0);
    }
    EXPECT_EQ(count_descriptors(), before);
}
