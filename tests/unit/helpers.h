// SPDX-License-Identifier: MIT
// Helpers that several test programs share.
#pragma once

#include "base/fd.h"

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace exeseal::test {

// Bytes in which adjacent blocks differ.
inline std::string noise(size_t size) {
    std::string bytes(size, '\0');
    uint32_t state = 1;
    for (char &byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

inline void write_to(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t written = ::write(fd, bytes.data(), bytes.size());
        ASSERT_GT(written, 0) << strerror(errno);
        bytes.remove_prefix(static_cast<size_t>(written));
    }
}

// Reads the file without using or changing fd's position.
inline std::string contents(int fd) {
    std::string bytes;
    char buffer[64 << 10];
    while (true) {
        ssize_t got = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(bytes.size()));
        if (got <= 0)
            return got < 0 ? std::string("cannot be read: ") + strerror(errno) : bytes;
        bytes.append(buffer, static_cast<size_t>(got));
    }
}

inline UniqueFd memfd(std::string_view bytes = {}, int seals = 0) {
    UniqueFd fd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    write_to(fd.get(), bytes);
    EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, seals), 0) << strerror(errno);
    return fd;
}

// Waits until the kernel's coarse clock has advanced.
inline void let_the_clock_go_on() {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

// A named file that nobody has open for writing.
class TempFile {
  public:
    explicit TempFile(std::string_view bytes = "bytes") : path_(testing::TempDir() + "exeseal-test-XXXXXX") {
        UniqueFd fd(::mkstemp(path_.data()));
        EXPECT_TRUE(fd) << path_ << ": " << strerror(errno);
        write_to(fd.get(), bytes);
    }
    ~TempFile() { ::unlink(path_.c_str()); }
    TempFile(const TempFile &) = delete;
    TempFile &operator=(const TempFile &) = delete;

    const char *path() const { return path_.c_str(); }
    UniqueFd open(int flags) const { return UniqueFd(::open(path(), flags | O_CLOEXEC)); }

  private:
    std::string path_;
};

struct Pipe {
    UniqueFd reader, writer;
    explicit Pipe(int flags = 0) {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, flags | O_CLOEXEC), 0);
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }
};

// The result of a child that lacks the privilege for its test.
constexpr long kNotPermitted = LONG_MAX;

// Runs body in a forked child and returns its result. Changes that body makes end with the child.
template <typename Body> long in_child(Body body) {
    Pipe pipe;
    pid_t child = ::fork();
    if (child == 0) {
        long answer = body();
        _exit(::write(pipe.writer.get(), &answer, sizeof answer) == sizeof answer ? 0 : 1);
    }
    pipe.writer.reset();
    long answer = 0;
    bool has_answer = ::read(pipe.reader.get(), &answer, sizeof answer) == sizeof answer;
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(has_answer) << "the child returned no result; wait status " << status;
    return answer;
}

inline int count_descriptors() {
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += ::fcntl(fd, F_GETFD) >= 0;
    return count;
}

} // namespace exeseal::test
