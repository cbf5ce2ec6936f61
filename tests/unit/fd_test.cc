// SPDX-License-Identifier: MIT
#include "base/fd.h"

#include "helpers.h"

#include <sys/resource.h>

using namespace exeseal;
using namespace exeseal::test;

namespace {

bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

int open_anything() {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

} // namespace

TEST(UniqueFd, ClosesWhatItHolds) {
    int number;
    {
        UniqueFd fd(open_anything());
        number = fd.get();
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, MovesWithoutClosing) {
    UniqueFd first(open_anything());
    int number = first.get();
    UniqueFd second(std::move(first));
    EXPECT_FALSE(first);
    EXPECT_EQ(second.get(), number);
    UniqueFd third(open_anything());
    int replaced = third.get();
    third = std::move(second);
    EXPECT_FALSE(is_open(replaced));
    EXPECT_TRUE(is_open(number));
    EXPECT_EQ(third.release(), number);
    EXPECT_FALSE(third);
    EXPECT_TRUE(is_open(number));
    close(number);
}

TEST(UniqueFd, TakesAnErrorAsTheAnswer) {
    UniqueFd fd(open_anything());
    int number = fd.get();
    EXPECT_EQ(fd.take(-EMFILE), -EMFILE);
    EXPECT_FALSE(fd);
    EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, KeepsANumberOfThreeOrMore) {
    int number = open_anything();
    UniqueFd fd;
    EXPECT_EQ(fd.take(number), number);
    EXPECT_EQ(fd.get(), number);
}

// All eight combinations of open and closed descriptors 0, 1 and 2.
TEST(UniqueFd, MovesStandardNumbersUp) {
    for (int closed = 0; closed < 8; closed++) {
        long answer = in_child([&] {
            for (int fd = 0; fd < 3; fd++)
                if ((closed >> fd & 1) != 0)
                    close(fd);
            int before = count_descriptors();
            UniqueFd fd;
            int result = fd.take(open_anything());
            bool is_right = result >= 3 && fd.get() == result && (fcntl(result, F_GETFD) & FD_CLOEXEC) != 0;
            bool leaks = count_descriptors() != before + 1;
            fd.reset();
            return is_right && !leaks && count_descriptors() == before ? 0L : 1L;
        });
        EXPECT_EQ(answer, 0) << "closed: " << closed;
    }
}

TEST(UniqueFd, LeaksNothingWhereItCannotMoveUp) {
    EXPECT_EQ(in_child([] {
                  close(0);
                  int before = count_descriptors();
                  int low = open_anything();
                  struct rlimit none = {1, 1}; // no number above 2
                  setrlimit(RLIMIT_NOFILE, &none);
                  UniqueFd fd;
                  int result = fd.take(low);
                  return !fd && result == -EMFILE && count_descriptors() == before ? 0L : 1L;
              }),
              0);
}
