// SPDX-License-Identifier: MIT
#include "base/felt.h"

#include "helpers.h"

#include <sched.h>
#include <sys/wait.h>

using namespace exeseal;
using namespace exeseal::test;

namespace {

constexpr int kOfDescription = 37; // F_OFD_SETLK

bool lock(int fd, short type, int command = F_SETLK) {
    struct flock lock = {};
    lock.l_type = type;
    return fcntl(fd, command, &lock) == 0;
}

// Another process that holds a lock on the file during the object's lifetime.
class Locker {
  public:
    Locker(const TempFile &file, short type, int command = F_SETLK) {
        int ready[2];
        EXPECT_EQ(pipe(ready), 0);
        process_ = fork();
        if (process_ == 0) {
            UniqueFd fd = file.open(O_RDWR);
            bool is_locked = lock(fd.get(), type, command);
            if (write(ready[1], is_locked ? "y" : "n", 1) == 1)
                pause();
            _exit(1);
        }
        char answer = 0;
        EXPECT_EQ(read(ready[0], &answer, 1), 1);
        EXPECT_EQ(answer, 'y');
        close(ready[0]);
        close(ready[1]);
    }
    ~Locker() {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }

  private:
    pid_t process_;
};

bool feels_lock(int fd) {
    return felt_by_host(fd).is_lock;
}

} // namespace

TEST(FeltLock, IsFoundInThisProcess) {
    TempFile file;
    UniqueFd fd = file.open(O_RDWR), again = file.open(O_RDONLY), path = file.open(O_PATH);
    EXPECT_FALSE(felt_by_host(fd.get()).anything());
    for (short type : {F_RDLCK, F_WRLCK}) {
        ASSERT_TRUE(lock(fd.get(), type));
        EXPECT_TRUE(feels_lock(fd.get())) << type;
        EXPECT_TRUE(feels_lock(again.get())) << "no matter which descriptor took it";
        EXPECT_TRUE(felt_by_host(fd.get()).anything());
        EXPECT_FALSE(felt_by_host(path.get()).anything()) << "fcntl(2) cannot query it";
        ASSERT_TRUE(lock(fd.get(), F_UNLCK));
        EXPECT_FALSE(feels_lock(fd.get()));
    }
}

// Anybody who may read a file may lock it; that must not decide how others clone it.
TEST(FeltLock, OfAnotherProcessIsIgnored) {
    TempFile file;
    for (short type : {F_RDLCK, F_WRLCK}) {
        Locker other(file, type);
        EXPECT_FALSE(feels_lock(file.open(O_RDONLY).get())) << type;
    }
}

// close(2) does not release the lock of an open file description.
TEST(FeltLock, OfAnOpenFileDescriptionIsIgnored) {
    TempFile file;
    UniqueFd fd = file.open(O_RDWR), again = file.open(O_RDONLY);
    ASSERT_TRUE(lock(fd.get(), F_WRLCK, kOfDescription));
    EXPECT_FALSE(feels_lock(again.get()));
    Locker other(TempFile(), F_RDLCK, kOfDescription);
    EXPECT_FALSE(feels_lock(again.get()));
}

// fcntl(2) reports only the oldest lock.
TEST(FeltLock, IsFoundBehindAnother) {
    TempFile file;
    for (int command : {F_SETLK, kOfDescription}) {
        Locker other(file, F_RDLCK, command);
        UniqueFd fd = file.open(O_RDWR), again = file.open(O_RDONLY);
        EXPECT_FALSE(feels_lock(fd.get()));
        ASSERT_TRUE(lock(fd.get(), F_RDLCK));
        EXPECT_TRUE(feels_lock(fd.get()));
        EXPECT_TRUE(feels_lock(again.get()));
    }
}

TEST(FeltLock, IsFoundAmongManyDescriptors) {
    TempFile file;
    Locker other(file, F_RDLCK);
    std::vector<UniqueFd> many;
    for (int i = 0; i < 300; i++)
        many.push_back(file.open(O_RDONLY));
    EXPECT_FALSE(feels_lock(many[0].get()));
    ASSERT_TRUE(lock(many.back().get(), F_RDLCK));
    EXPECT_TRUE(feels_lock(many[0].get()));
}

// The other process has no PID in this namespace.
TEST(FeltLock, IsFoundInAPidNamespace) {
    TempFile file;
    Locker other(file, F_RDLCK);
    long answer = in_child([&] {
        if (unshare(CLONE_NEWPID) != 0)
            return -1L;
        return in_child([&] {
            UniqueFd fd = file.open(O_RDWR);
            bool of_other = feels_lock(fd.get());
            bool of_own = lock(fd.get(), F_RDLCK) && feels_lock(fd.get());
            return !of_other && of_own ? 0L : 1L;
        });
    });
    if (answer == -1)
        GTEST_SKIP() << "no PID namespaces here";
    EXPECT_EQ(answer, 0);
}

TEST(FeltLock, LeavesNoDescriptor) {
    TempFile file;
    Locker other(file, F_RDLCK);
    UniqueFd fd = file.open(O_RDWR);
    int before = count_descriptors();
    EXPECT_FALSE(feels_lock(fd.get()));
    ASSERT_TRUE(lock(fd.get(), F_RDLCK));
    EXPECT_TRUE(feels_lock(fd.get()));
    EXPECT_EQ(count_descriptors(), before);
}

TEST(FeltLease, IsAWriteLeaseOfTheDescriptor) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    if (fcntl(fd.get(), F_SETLEASE, F_WRLCK) != 0)
        GTEST_SKIP() << "the file system of the temporary directory has no leases";
    EXPECT_TRUE(felt_by_host(fd.get()).is_lease);
    EXPECT_TRUE(felt_by_host(fd.get()).anything());
    fcntl(fd.get(), F_SETLEASE, F_UNLCK);
    EXPECT_FALSE(felt_by_host(fd.get()).anything());
    ASSERT_EQ(fcntl(fd.get(), F_SETLEASE, F_RDLCK), 0);
    EXPECT_FALSE(felt_by_host(fd.get()).anything()) << "readers do not break it";
}
