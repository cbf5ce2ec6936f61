// SPDX-License-Identifier: MIT
#include "seal/lease.h"

#include "helpers.h"

#include <csignal>

using namespace exeseal;
using namespace exeseal::test;

namespace {

constexpr int kWriteAtOnce = O_WRONLY | O_NONBLOCK;

} // namespace

TEST(Lease, HoldsUntilAWriterComes) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    ASSERT_EQ(take_read_lease(fd.get()), 0);
    EXPECT_TRUE(holds_read_lease(fd.get()));
    EXPECT_FALSE(file.open(kWriteAtOnce));
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_FALSE(holds_read_lease(fd.get()));
    release_lease(fd.get());
    EXPECT_TRUE(file.open(kWriteAtOnce));
}

TEST(Lease, LetsReadersIn) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    ASSERT_EQ(take_read_lease(fd.get()), 0);
    EXPECT_TRUE(file.open(O_RDONLY | O_NONBLOCK));
    EXPECT_TRUE(holds_read_lease(fd.get()));
    release_lease(fd.get());
}

TEST(Lease, IsRefusedWhileAWriterExists) {
    TempFile file;
    UniqueFd writer = file.open(O_WRONLY), fd = file.open(O_RDONLY);
    EXPECT_EQ(take_read_lease(fd.get()), -EAGAIN);
    EXPECT_FALSE(holds_read_lease(fd.get()));
    writer.reset();
    EXPECT_EQ(take_read_lease(fd.get()), 0);
    release_lease(fd.get());
}

// With F_SETLEASE alone the caller would become the owner, and SIGIO would kill it.
TEST(Lease, LeavesNobodyToBeSignalled) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    ASSERT_EQ(take_read_lease(fd.get()), 0);
    EXPECT_EQ(fcntl(fd.get(), F_GETOWN), 0);
    EXPECT_EQ(fcntl(fd.get(), F_GETSIG), SIGURG);
    release_lease(fd.get());
}

TEST(Lease, AWriterKillsNobody) {
    EXPECT_EQ(in_child([] {
                  signal(SIGIO, SIG_DFL);
                  static volatile sig_atomic_t is_signalled = 0;
                  signal(SIGURG, [](int) { is_signalled = 1; });
                  TempFile file;
                  UniqueFd fd = file.open(O_RDONLY);
                  if (take_read_lease(fd.get()) != 0)
                      return 1L;
                  file.open(kWriteAtOnce);
                  usleep(20000);
                  return is_signalled != 0 ? 2L : 0L;
              }),
              0);
}

TEST(Lease, IsRefusedWithoutAReadableDescriptor) {
    TempFile file;
    UniqueFd path = file.open(O_PATH);
    EXPECT_EQ(take_read_lease(path.get()), -EBADF);
    EXPECT_EQ(take_read_lease(-1), -EBADF);
    EXPECT_FALSE(holds_read_lease(-1));
}

TEST(Lease, IsRefusedToOtherUsers) {
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can become another user than the owner";
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    EXPECT_EQ(in_child([&] { return setresuid(65534, 65534, 65534) != 0 ? 1L : take_read_lease(fd.get()); }), -EACCES);
}
