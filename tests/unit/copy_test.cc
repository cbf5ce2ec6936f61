// SPDX-License-Identifier: MIT
#include "seal/copy.h"

#include "helpers.h"

#include <chrono>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>

using namespace exeseal;
using namespace exeseal::test;

namespace {

// The result of a copy, and how it was made.
struct Result {
    Failure failure;
    std::string bytes;
    uint64_t count = 0;
    uint32_t retries = 0;
};

// sendfile(2) and splice(2) return EINVAL for a target with O_APPEND, which forces the buffer.
enum class Way { Kernel, Buffer };
constexpr Way kWays[] = {Way::Kernel, Way::Buffer};

Result copy_of(Source &source, uint64_t max_bytes = 0, Way way = Way::Kernel) {
    Result result;
    CopyLimit limit;
    result.failure = find_limit(source, max_bytes, limit);
    if (result.failure)
        return result;
    UniqueFd to = memfd();
    if (way == Way::Buffer)
        fcntl(to.get(), F_SETFL, O_APPEND);
    Copied copied;
    result.failure = copy(source, limit, to.get(), copied, result.retries);
    result.count = copied.bytes;
    result.bytes = contents(to.get());
    return result;
}

Result copy_of(int fd, uint64_t max_bytes = 0, Way way = Way::Kernel) {
    Procfs procfs;
    Source source;
    Result result;
    result.failure = source.use_descriptor(fd, procfs);
    if (!result.failure)
        result.failure = source.secure();
    return result.failure ? result : copy_of(source, max_bytes, way);
}

Result copy_of_memory(const void *bytes, size_t length, uint64_t max_bytes = 0) {
    Source source;
    Result result;
    result.failure = source.use_memory(bytes, length);
    return result.failure ? result : copy_of(source, max_bytes);
}

std::string text_of(const Failure &failure) {
    return std::to_string(failure.step) + " " + std::to_string(failure.error) + " " + failure.where;
}

std::string failed(uint32_t step, int error, const char *where) {
    return text_of({step, error, where});
}

const std::string kGood = text_of({});

void expect_whole(const Result &result, const std::string &bytes) {
    EXPECT_EQ(text_of(result.failure), kGood);
    EXPECT_EQ(result.count, bytes.size());
    EXPECT_TRUE(result.bytes == bytes) << result.bytes.size() << " bytes, not the " << bytes.size() << " of the source";
}

// Writes in pieces with pauses, then closes.
class SlowWriter {
  public:
    SlowWriter(UniqueFd fd, std::string bytes)
        : thread_([fd = std::move(fd), bytes = std::move(bytes)] {
              constexpr size_t kPieces = 5;
              size_t piece = bytes.size() / kPieces + 1;
              for (size_t at = 0; at < bytes.size(); at += piece) {
                  std::this_thread::sleep_for(std::chrono::milliseconds(5));
                  write_to(fd.get(), std::string_view(bytes).substr(at, piece));
              }
          }) {}
    ~SlowWriter() { thread_.join(); }

  private:
    std::thread thread_;
};

// Drains the pipe, so that the writer does not block for ever.
void drain(int fd) {
    char buffer[4096];
    while (read(fd, buffer, sizeof buffer) > 0) {
    }
}

constexpr size_t kSizes[] = {1, 4095, 4096, 4097, (16 << 10) - 1, 16 << 10, (16 << 10) + 1, 3 << 20};

} // namespace

TEST(CopyFile, IsWholeAtEverySize) {
    for (size_t size : kSizes) {
        for (Way way : kWays) {
            SCOPED_TRACE(testing::Message() << size << " bytes, way " << static_cast<int>(way));
            const std::string bytes = noise(size);
            UniqueFd fd = memfd(bytes);
            expect_whole(copy_of(fd.get(), 0, way), bytes);
        }
    }
}

TEST(CopyFile, NeitherUsesNorMovesThePosition) {
    const std::string bytes = noise(5000);
    for (Way way : kWays) {
        TempFile file(bytes);
        UniqueFd fd = file.open(O_RDONLY);
        ASSERT_EQ(lseek(fd.get(), 10, SEEK_SET), 10);
        expect_whole(copy_of(fd.get(), 0, way), bytes);
        EXPECT_EQ(lseek(fd.get(), 0, SEEK_CUR), 10);
    }
}

// The caller's descriptor is read if the file cannot be opened anew.
TEST(CopyFile, NeitherUsesNorMovesThePositionOfTheCallersDescriptor) {
    const std::string bytes = noise(5000);
    for (Way way : kWays) {
        UniqueFd fd = memfd(bytes);
        lseek(fd.get(), 10, SEEK_SET);
        Source source;
        source.fd = fd.get();
        source.size = bytes.size();
        // disables the comparison, which is not under test here
        source.evidence = EXESEAL_EVIDENCE_SEALS;
        expect_whole(copy_of(source, 0, way), bytes);
        EXPECT_EQ(lseek(fd.get(), 0, SEEK_CUR), 10);
    }
}

TEST(CopyFile, FromAPathDescriptorIsWhole) {
    TempFile file("bytes");
    expect_whole(copy_of(file.open(O_PATH).get()), "bytes");
}

TEST(CopyFile, OfAnEmptyFileIsENOEXEC) {
    UniqueFd fd = memfd();
    EXPECT_EQ(text_of(copy_of(fd.get()).failure), failed(EXESEAL_STEP_SOURCE, ENOEXEC, "source"));
}

TEST(CopyFile, OfAShrinkingFileIsESTALE) {
    for (Way way : kWays) {
        for (off_t left : {0, 1, 4096}) {
            SCOPED_TRACE(testing::Message() << left << " bytes left, way " << static_cast<int>(way));
            TempFile file(noise(100000));
            UniqueFd writer = file.open(O_WRONLY);
            Procfs procfs;
            Source source;
            ASSERT_FALSE(source.use_descriptor(file.open(O_RDONLY).get(), procfs));
            source.secure();
            ASSERT_EQ(ftruncate(writer.get(), left), 0);
            EXPECT_EQ(text_of(copy_of(source, 0, way).failure), failed(EXESEAL_STEP_COPY, ESTALE, ""));
        }
    }
}

TEST(CopyFile, OfAGrownOrRewrittenFileIsESTALE) {
    for (off_t at : {0, 100000}) {
        TempFile file(noise(100000));
        UniqueFd writer = file.open(O_WRONLY);
        Procfs procfs;
        Source source;
        ASSERT_FALSE(source.use_descriptor(file.open(O_RDONLY).get(), procfs));
        source.secure();
        let_the_clock_go_on();
        ASSERT_EQ(pwrite(writer.get(), "x", 1, at), 1);
        EXPECT_EQ(text_of(copy_of(source).failure), failed(EXESEAL_STEP_STABILITY, ESTALE, "")) << at;
    }
}

TEST(CopyFile, IsRepeatedAfterAModeChange) {
    const std::string bytes = noise(100000);
    TempFile file(bytes);
    UniqueFd writer = file.open(O_WRONLY);
    Procfs procfs;
    Source source;
    ASSERT_FALSE(source.use_descriptor(file.open(O_RDONLY).get(), procfs));
    source.secure();
    let_the_clock_go_on();
    ASSERT_EQ(fchmod(writer.get(), 0755), 0);
    Result result = copy_of(source);
    expect_whole(result, bytes);
    EXPECT_EQ(result.retries, 1u);
}

TEST(CopyStream, OfAPipeIsWholeAtEverySize) {
    for (size_t size : kSizes) {
        for (Way way : kWays) {
            SCOPED_TRACE(testing::Message() << size << " bytes, way " << static_cast<int>(way));
            const std::string bytes = noise(size);
            Pipe pipe;
            SlowWriter writer(std::move(pipe.writer), bytes);
            expect_whole(copy_of(pipe.reader.get(), 0, way), bytes);
        }
    }
}

TEST(CopyStream, OfANonBlockingPipeWaitsForItsWriter) {
    for (Way way : kWays) {
        const std::string bytes = noise(300000);
        Pipe pipe;
        fcntl(pipe.reader.get(), F_SETFL, O_NONBLOCK);
        SlowWriter writer(std::move(pipe.writer), bytes);
        expect_whole(copy_of(pipe.reader.get(), 0, way), bytes);
    }
}

TEST(CopyStream, OfASocketIsWhole) {
    for (int flags : {0, static_cast<int>(SOCK_NONBLOCK)}) {
        const std::string bytes = noise(300000);
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0, ends), 0);
        UniqueFd reader(ends[0]), sender(ends[1]);
        fcntl(sender.get(), F_SETFL, 0);
        SlowWriter writer(std::move(sender), bytes);
        expect_whole(copy_of(reader.get()), bytes);
    }
}

TEST(CopyStream, OfAnEmptyStreamIsENOEXEC) {
    for (Way way : kWays) {
        Pipe pipe;
        pipe.writer.reset();
        EXPECT_EQ(text_of(copy_of(pipe.reader.get(), 0, way).failure), failed(EXESEAL_STEP_SOURCE, ENOEXEC, ""));
    }
}

TEST(CopyStream, EndsAtItsLimit) {
    for (Way way : kWays) {
        for (size_t size : {999, 1000, 1001, 70000}) {
            SCOPED_TRACE(testing::Message() << size << " bytes, way " << static_cast<int>(way));
            const std::string bytes = noise(size);
            Pipe pipe;
            SlowWriter writer(std::move(pipe.writer), bytes);
            Result result = copy_of(pipe.reader.get(), 1000, way);
            if (size <= 1000)
                expect_whole(result, bytes);
            else
                EXPECT_EQ(text_of(result.failure), failed(EXESEAL_STEP_LIMIT, EFBIG, "max_bytes"));
            EXPECT_LE(result.bytes.size(), 1000u);
            drain(pipe.reader.get());
        }
    }
}

TEST(CopyStream, IsCappedWithoutALimit) {
    Source source;
    source.kind = Source::Kind::Stream;
    CopyLimit limit;
    EXPECT_EQ(text_of(find_limit(source, 0, limit)), kGood);
    EXPECT_EQ(limit.bytes, uint64_t{512} << 20);
    EXPECT_EQ(text_of(find_limit(source, UINT64_MAX, limit)), kGood);
    EXPECT_EQ(limit.bytes, UINT64_MAX);
}

TEST(CopyMemory, IsWholeAtEverySize) {
    for (size_t size : kSizes) {
        const std::string bytes = noise(size);
        expect_whole(copy_of_memory(bytes.data(), bytes.size()), bytes);
    }
}

TEST(CopyMemory, OfNothing) {
    EXPECT_EQ(text_of(copy_of_memory("", 0).failure), failed(EXESEAL_STEP_SOURCE, ENOEXEC, "length"));
    EXPECT_EQ(text_of(copy_of_memory(nullptr, 5).failure), failed(EXESEAL_STEP_ARGUMENT, EFAULT, "bytes"));
}

TEST(CopyMemory, OfUnmappedMemoryIsAnErrorAndNoSignal) {
    auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void *pages = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(pages, MAP_FAILED);
    memset(pages, 'm', 2 * page);
    ASSERT_EQ(munmap(static_cast<char *>(pages) + page, page), 0);
    expect_whole(copy_of_memory(pages, page), std::string(page, 'm'));
    EXPECT_EQ(text_of(copy_of_memory(pages, page + 1).failure), failed(EXESEAL_STEP_COPY, EFAULT, ""));
    munmap(pages, page);
}

TEST(CopyMemory, OfATruncatedMappingIsAnErrorAndNoSignal) {
    auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    UniqueFd fd = memfd(noise(2 * page));
    void *pages = mmap(nullptr, 2 * page, PROT_READ, MAP_SHARED, fd.get(), 0);
    ASSERT_NE(pages, MAP_FAILED);
    ASSERT_EQ(ftruncate(fd.get(), static_cast<off_t>(page)), 0);
    EXPECT_EQ(text_of(copy_of_memory(pages, 2 * page).failure), failed(EXESEAL_STEP_COPY, EFAULT, ""));
    munmap(pages, 2 * page);
}

TEST(CopyLimits, AreExact) {
    const std::string bytes = noise(5000);
    UniqueFd fd = memfd(bytes);
    for (uint64_t limit : {uint64_t{0}, uint64_t{5000}, uint64_t{5001}, UINT64_MAX}) {
        expect_whole(copy_of(fd.get(), limit), bytes);
        expect_whole(copy_of_memory(bytes.data(), bytes.size(), limit), bytes);
    }
    for (uint64_t limit : {uint64_t{1}, uint64_t{4999}}) {
        EXPECT_EQ(text_of(copy_of(fd.get(), limit).failure), failed(EXESEAL_STEP_LIMIT, EFBIG, "max_bytes"));
        EXPECT_EQ(text_of(copy_of_memory(bytes.data(), bytes.size(), limit).failure),
                  failed(EXESEAL_STEP_LIMIT, EFBIG, "max_bytes"));
    }
}

// SIGXFSZ would kill the child, which then returns no result.
TEST(CopyLimits, OfTheProcessAreCheckedFirst) {
    const std::string bytes = noise(5000);
    for (rlim_t limit : {0, 4999, 5000}) {
        for (bool by_pipe : {false, true}) {
            long error = in_child([&] {
                Pipe pipe;
                UniqueFd fd = by_pipe ? std::move(pipe.reader) : memfd(bytes);
                write_to(pipe.writer.get(), bytes);
                pipe.writer.reset();
                struct rlimit file_size = {limit, limit};
                setrlimit(RLIMIT_FSIZE, &file_size);
                Failure failure = copy_of(fd.get()).failure;
                bool is_named = !failure || std::string_view(failure.where) == "RLIMIT_FSIZE";
                return is_named ? static_cast<long>(failure.error) : -1L;
            });
            EXPECT_EQ(error, limit < 5000 ? EFBIG : 0) << limit << (by_pipe ? " pipe" : " file");
        }
    }
}

TEST(CopyLimits, NameTheSmallerOne) {
    EXPECT_EQ(in_child([] {
                  UniqueFd fd = memfd(noise(5000));
                  struct rlimit file_size = {4000, 4000};
                  setrlimit(RLIMIT_FSIZE, &file_size);
                  bool is_mine = std::string_view(copy_of(fd.get(), 3000).failure.where) == "max_bytes";
                  bool is_the_process = std::string_view(copy_of(fd.get(), 4500).failure.where) == "RLIMIT_FSIZE";
                  return is_mine && is_the_process ? 0L : 1L;
              }),
              0);
}
