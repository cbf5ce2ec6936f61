// SPDX-License-Identifier: MIT
#include "seal/source.h"

#include "base/seals.h"
#include "helpers.h"
#include "seal/kernel_version.h"
#include "seal/lease.h"

#include <chrono>
#include <csignal>
#include <linux/magic.h>
#include <sys/socket.h>
#include <thread>

using namespace exeseal;
using namespace exeseal::test;

namespace {

constexpr int kWriteAtOnce = O_WRONLY | O_NONBLOCK;

// A secured source, as in a clone.
struct Held {
    Procfs procfs;
    Source source;

    explicit Held(int fd) {
        Failure failure = source.use_descriptor(fd, procfs);
        if (!failure)
            failure = source.secure();
        EXPECT_FALSE(failure) << failure.where << ": " << strerror(failure.error);
    }
    uint32_t evidence() const { return source.evidence; }
};

std::string use(int fd) {
    Procfs procfs;
    Source source;
    Failure failure = source.use_descriptor(fd, procfs);
    if (!failure)
        failure = source.secure();
    return failure ? std::to_string(failure.step) + " " + std::to_string(failure.error) + " " + failure.where : "";
}

std::string refused(int error, const char *where = "source_fd") {
    return std::to_string(EXESEAL_STEP_SOURCE) + " " + std::to_string(error) + " " + where;
}

std::string privilege_of(int fd) {
    Held held(fd);
    Failure failure = held.source.check_privileges();
    return failure.step == EXESEAL_STEP_PRIVILEGES && failure.error == EPERM ? failure.where : "";
}

} // namespace

TEST(Source, IsAFileAPipeOrASocket) {
    TempFile file;
    EXPECT_EQ(use(file.open(O_RDONLY).get()), "");
    EXPECT_EQ(use(file.open(O_RDWR).get()), "");
    EXPECT_EQ(use(file.open(O_PATH).get()), "");
    Pipe pipe;
    EXPECT_EQ(use(pipe.reader.get()), "");
}

TEST(Source, RejectsOtherTypes) {
    TempFile file, empty("");
    Pipe pipe;
    UniqueFd directory(open("/", O_RDONLY | O_CLOEXEC)), device(open("/dev/null", O_RDONLY | O_CLOEXEC));
    UniqueFd directory_path(open("/", O_PATH | O_CLOEXEC));
    for (int fd : {-1, AT_FDCWD, INT_MIN, INT_MAX})
        EXPECT_EQ(use(fd), refused(EBADF)) << fd;
    EXPECT_EQ(use(file.open(O_WRONLY).get()), refused(EBADF));
    EXPECT_EQ(use(pipe.writer.get()), refused(EBADF));
    EXPECT_EQ(use(directory.get()), refused(EISDIR));
    EXPECT_EQ(use(directory_path.get()), refused(EISDIR));
    EXPECT_EQ(use(device.get()), refused(ENODEV));
    EXPECT_EQ(use(empty.open(O_RDONLY).get()), refused(ENOEXEC, "source"));
}

// A socket with message boundaries would lose the end of a long message.
TEST(Source, OfSocketsIsAStream) {
    const std::pair<int, std::string> types[] = {
        {SOCK_STREAM, ""}, {SOCK_DGRAM, refused(ENODEV)}, {SOCK_SEQPACKET, refused(ENODEV)}};
    for (auto &[type, wanted] : types) {
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
        UniqueFd first(ends[0]), second(ends[1]);
        EXPECT_EQ(use(first.get()), wanted) << type;
    }
}

TEST(Source, AFifoByItsPathAloneCannotBeRead) {
    TempFile place;
    unlink(place.path());
    ASSERT_EQ(mkfifo(place.path(), 0600), 0);
    EXPECT_EQ(use(place.open(O_PATH).get()), refused(EBADF));
    UniqueFd fifo = place.open(O_RDONLY | O_NONBLOCK);
    Procfs procfs;
    Source source;
    EXPECT_FALSE(source.use_descriptor(fifo.get(), procfs));
    EXPECT_EQ(source.kind, Source::Kind::Stream);
    EXPECT_TRUE(source.stream.is_nonblocking);
}

TEST(Source, OfAFileHasItsOwnDescription) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    Held held(fd.get());
    EXPECT_NE(held.source.fd, fd.get());
    EXPECT_EQ(held.source.size, 5u);
    EXPECT_EQ(fcntl(held.source.fd, F_GETLEASE), F_RDLCK);
    EXPECT_EQ(fcntl(fd.get(), F_GETLEASE), F_UNLCK);
    EXPECT_EQ(fcntl(fd.get(), F_GETSIG), 0);
    EXPECT_EQ(fcntl(fd.get(), F_GETOWN), 0);
}

TEST(Source, OutOfDescriptorsIsAnError) {
    EXPECT_EQ(in_child([] {
                  TempFile file;
                  UniqueFd fd = file.open(O_RDONLY);
                  while (open("/dev/null", O_RDONLY) >= 0) {
                  }
                  return use(fd.get()) == refused(EMFILE) ? 0L : 1L;
              }),
              0);
}

TEST(SourcePrivileges, AreNamed) {
    const std::pair<mode_t, const char *> modes[] = {
        {0755, ""}, {04755, "setuid"}, {02755, "setgid"}, {06755, "setuid"}, {01755, ""}};
    for (auto [mode, where] : modes) {
        TempFile file;
        ASSERT_EQ(chmod(file.path(), mode), 0);
        EXPECT_EQ(privilege_of(file.open(O_RDONLY).get()), where) << std::oct << mode;
    }
    Source memory;
    EXPECT_FALSE(memory.use_memory("bytes", 5));
    EXPECT_FALSE(memory.check_privileges());
}

TEST(SourceEvidence, OfOnesOwnFileIsALease) {
    TempFile file;
    Held held(file.open(O_RDONLY).get());
    EXPECT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_LEASE});
    EXPECT_FALSE(file.open(kWriteAtOnce));
    EXPECT_EQ(errno, EAGAIN);
}

TEST(SourceEvidence, ByAPathDescriptorIsALease) {
    TempFile file;
    EXPECT_EQ(Held(file.open(O_PATH).get()).evidence(), uint32_t{EXESEAL_EVIDENCE_LEASE});
}

TEST(SourceEvidence, BesideAWriterIsTimes) {
    TempFile file;
    UniqueFd writer = file.open(O_WRONLY);
    EXPECT_EQ(Held(file.open(O_RDONLY).get()).evidence(), uint32_t{EXESEAL_EVIDENCE_TIMES});
    EXPECT_EQ(Held(file.open(O_RDWR).get()).evidence(), uint32_t{EXESEAL_EVIDENCE_TIMES});
}

TEST(SourceEvidence, OfSomebodyElsesFileIsTimes) {
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can become another user than the owner";
    TempFile file;
    chmod(file.path(), 0644);
    EXPECT_EQ(in_child([&] {
                  if (setresuid(65534, 65534, 65534) != 0)
                      return -1L;
                  return static_cast<long>(Held(file.open(O_RDONLY).get()).evidence());
              }),
              EXESEAL_EVIDENCE_TIMES);
}

TEST(SourceEvidence, OfASealedMemfdIsItsSeals) {
    for (int seals : {0xf, 0xe, 0x2f}) {
        UniqueFd fd = memfd("bytes", seals & ~F_SEAL_EXEC);
        fcntl(fd.get(), F_ADD_SEALS, seals); // older kernels lack F_SEAL_EXEC
        EXPECT_EQ(Held(fd.get()).evidence(), uint32_t{EXESEAL_EVIDENCE_SEALS}) << seals;
    }
}

// The kernel does not count the descriptor of memfd_create(2) as a writer although it is open for
// writing, and would grant a lease.
TEST(SourceEvidence, OfAMemfdThatIsNotSealedIsNoLease) {
    for (int seals : {0, int{F_SEAL_SHRINK | F_SEAL_GROW}, int{F_SEAL_SEAL}}) {
        UniqueFd fd = memfd("bytes", seals);
        Held held(fd.get());
        EXPECT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_TIMES}) << seals;
        EXPECT_EQ(pwrite(fd.get(), "x", 1, 0), 1) << "and this is why";
    }
    UniqueFd unsealable(memfd_create("test", MFD_CLOEXEC));
    write_to(unsealable.get(), "bytes");
    EXPECT_EQ(Held(unsealable.get()).evidence(), uint32_t{EXESEAL_EVIDENCE_TIMES});
}

TEST(SourceEvidence, OfAnUnlinkedFileIsALeaseWhereItCannotBeAMemfd) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    unlink(file.path());
    uint32_t wanted = get_seals(fd.get()) >= 0 ? EXESEAL_EVIDENCE_TIMES : EXESEAL_EVIDENCE_LEASE;
    EXPECT_EQ(Held(fd.get()).evidence(), wanted);
}

TEST(SourceEvidence, OfMemoryIsMemory) {
    Source source;
    ASSERT_FALSE(source.use_memory("bytes", 5));
    EXPECT_FALSE(source.secure());
    EXPECT_EQ(source.evidence, uint32_t{EXESEAL_EVIDENCE_MEMORY});
    EXPECT_EQ(source.check_unchanged(false), 0);
}

TEST(SourceEvidence, OfAStreamIsNone) {
    Pipe pipe;
    Held held(pipe.reader.get());
    EXPECT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_NONE});
    EXPECT_EQ(held.source.check_unchanged(false), 0);
}

TEST(SourceEvidence, ProvesStabilityFromTheLeaseOn) {
    EXPECT_FALSE(proves_stability(EXESEAL_EVIDENCE_NONE));
    EXPECT_FALSE(proves_stability(EXESEAL_EVIDENCE_TIMES));
    for (uint32_t evidence :
         {EXESEAL_EVIDENCE_LEASE, EXESEAL_EVIDENCE_SEALS, EXESEAL_EVIDENCE_RUNNING, EXESEAL_EVIDENCE_MEMORY})
        EXPECT_TRUE(proves_stability(evidence)) << evidence;
}

TEST(SourceRunning, IsThisProgram) {
    Procfs procfs;
    Source source;
    ASSERT_FALSE(source.use_running_program(procfs));
    struct stat self, found;
    ASSERT_EQ(stat("/proc/self/exe", &self), 0);
    ASSERT_EQ(fstat(source.fd, &found), 0);
    EXPECT_EQ(self.st_ino, found.st_ino);
    EXPECT_EQ(source.size, static_cast<uint64_t>(self.st_size));
    EXPECT_TRUE(source.file.is_running);
    EXPECT_FALSE(source.secure());
    EXPECT_GT(source.evidence, uint32_t{EXESEAL_EVIDENCE_NONE});
    EXPECT_EQ(source.check_unchanged(false), 0);
}

// Only the owner gets a lease on it. On some kernels its execution keeps writers out; on the others
// there is no evidence for another user.
TEST(SourceRunning, IsEvidenceOnALocalFileSystemWhereTheKernelProtectsIt) {
    struct statfs fs;
    ASSERT_EQ(statfs("/proc/self/exe", &fs), 0);
    if (fs.f_type != EXT4_SUPER_MAGIC && fs.f_type != BTRFS_SUPER_MAGIC)
        GTEST_SKIP() << "this test was not built on ext4 or btrfs";
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can become another user than the owner";
    EXPECT_EQ(in_child([] {
                  if (setresuid(65534, 65534, 65534) != 0)
                      return -1L;
                  Procfs procfs;
                  Source source;
                  if (source.use_running_program(procfs) || source.secure())
                      return -2L;
                  return static_cast<long>(source.evidence);
              }),
              protects_running_programs(kernel_version()) ? EXESEAL_EVIDENCE_RUNNING : EXESEAL_EVIDENCE_TIMES);
    TempFile file;
    chmod(file.path(), 0644);
    EXPECT_EQ(in_child([&] {
                  if (setresuid(65534, 65534, 65534) != 0)
                      return -1L;
                  return static_cast<long>(Held(file.open(O_RDONLY).get()).evidence());
              }),
              EXESEAL_EVIDENCE_TIMES)
        << "a file that is not running";
}

TEST(SourceUnchanged, HoldsWithoutAChange) {
    TempFile file;
    UniqueFd writer = file.open(O_WRONLY);
    Held held(file.open(O_RDONLY).get());
    EXPECT_EQ(held.source.check_unchanged(false), 0);
    EXPECT_EQ(held.source.check_unchanged(false), 0);
}

TEST(SourceUnchanged, IsESTALEAfterARewrite) {
    TempFile file;
    UniqueFd writer = file.open(O_WRONLY);
    Held held(file.open(O_RDONLY).get());
    let_the_clock_go_on();
    ASSERT_EQ(pwrite(writer.get(), "bytes", 5, 0), 5) << "only the times show that the same bytes were written";
    EXPECT_EQ(held.source.check_unchanged(false), -ESTALE);
}

TEST(SourceUnchanged, IsESTALEAfterATruncationWithTheTimeRestored) {
    TempFile file;
    UniqueFd writer = file.open(O_WRONLY);
    struct stat before;
    fstat(writer.get(), &before);
    Held held(file.open(O_RDONLY).get());
    ASSERT_EQ(ftruncate(writer.get(), 4), 0);
    const timespec times[] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(futimens(writer.get(), times), 0);
    EXPECT_EQ(held.source.check_unchanged(false), -ESTALE);
}

TEST(SourceUnchanged, RequestsAnotherReadingIfOnlyTheInodeChanged) {
    const std::pair<const char *, void (*)(const char *)> changes[] = {
        {"chmod", [](const char *path) { chmod(path, 0700); }},
        {"rename",
         [](const char *path) {
             std::string other = std::string(path) + ".moved";
             EXPECT_EQ(rename(path, other.c_str()), 0);
             EXPECT_EQ(rename(other.c_str(), path), 0);
         }},
        {"unlink", [](const char *path) { unlink(path); }},
    };
    for (auto [what, change] : changes) {
        TempFile file;
        UniqueFd writer = file.open(O_WRONLY);
        Held held(file.open(O_RDONLY).get());
        let_the_clock_go_on();
        change(file.path());
        EXPECT_EQ(held.source.check_unchanged(false), -EAGAIN) << what;
        EXPECT_EQ(held.source.check_unchanged(false), 0) << what;
    }
}

TEST(SourceUnchanged, ComparesNoTimesWithALease) {
    TempFile file;
    Held held(file.open(O_RDONLY).get());
    let_the_clock_go_on();
    ASSERT_EQ(chmod(file.path(), 0700), 0);
    EXPECT_EQ(held.source.check_unchanged(false), 0);
    EXPECT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_LEASE});
}

TEST(SourceUnchanged, ComparesTimesWithABrokenLease) {
    TempFile file;
    Held held(file.open(O_RDONLY).get());
    ASSERT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_LEASE});
    std::thread([&] { EXPECT_FALSE(file.open(kWriteAtOnce)); }).join();
    EXPECT_EQ(held.source.check_unchanged(false), 0);
    EXPECT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_TIMES});
    EXPECT_TRUE(file.open(kWriteAtOnce)) << "the lease still keeps writers out";
}

// The writer changes the file as soon as it is let in, but the bytes read before are intact.
TEST(SourceUnchanged, ReleasesTheWriterThatWaitsForTheLease) {
    for (int round = 0; round < 50; round++) {
        TempFile file;
        Held held(file.open(O_RDONLY).get());
        ASSERT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_LEASE});
        std::thread writer([&] { EXPECT_TRUE(file.open(O_WRONLY | O_TRUNC)); });
        while (holds_read_lease(held.source.fd))
            std::this_thread::yield();
        EXPECT_EQ(held.source.check_unchanged(false), 0);
        writer.join(); // otherwise after 45 seconds (lease-break-time)
        EXPECT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_TIMES});
        EXPECT_EQ(held.source.check_unchanged(false), -ESTALE) << "the writer was not let in";
    }
}

TEST(SourceEnd, ReleasesTheLeaseThatAForkedChildStillHolds) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    Pipe pipe;
    pid_t child;
    {
        Held held(fd.get());
        ASSERT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_LEASE});
        child = fork();
        if (child == 0) {
            pipe.writer.reset();
            char byte;
            // keeps the description open until the parent closes the pipe
            _exit(static_cast<int>(read(pipe.reader.get(), &byte, 1)));
        }
    }
    EXPECT_TRUE(file.open(kWriteAtOnce)) << strerror(errno);
    pipe.writer.reset();
    int status;
    EXPECT_EQ(waitpid(child, &status, 0), child);
}

TEST(SourceEnd, LeavesNoDescriptor) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY), path = file.open(O_PATH);
    Pipe pipe;
    int before = count_descriptors();
    for (int source : {fd.get(), path.get(), pipe.reader.get()})
        Held held(source);
    EXPECT_EQ(count_descriptors(), before);
}

TEST(SourceSecured, ReadsTheFilesCurrentState) {
    TempFile file("bytes");
    Procfs procfs;
    Source source;
    ASSERT_FALSE(source.use_descriptor(file.open(O_RDONLY).get(), procfs));
    write_to(file.open(O_WRONLY | O_APPEND).get(), " and more");
    ASSERT_FALSE(source.secure());
    EXPECT_EQ(source.evidence, uint32_t{EXESEAL_EVIDENCE_LEASE});
    EXPECT_EQ(source.size, 14u);
    EXPECT_EQ(source.file.stat.stx_size, 14u);
}

TEST(SourceSecured, RejectsAFileThatBecameEmpty) {
    TempFile file("bytes");
    Procfs procfs;
    Source source;
    ASSERT_FALSE(source.use_descriptor(file.open(O_RDONLY).get(), procfs));
    file.open(O_WRONLY | O_TRUNC);
    Failure failure = source.secure();
    EXPECT_EQ(failure.step, uint32_t{EXESEAL_STEP_SOURCE});
    EXPECT_EQ(failure.error, ENOEXEC);
    EXPECT_STREQ(failure.where, "source");
}

// Its size was read before its seals.
TEST(SourceSecured, ReadsTheSizeAfterTheSeals) {
    UniqueFd fd = memfd("bytes");
    Procfs procfs;
    Source source;
    ASSERT_FALSE(source.use_descriptor(fd.get(), procfs));
    write_to(fd.get(), " and more");
    ASSERT_EQ(fcntl(fd.get(), F_ADD_SEALS, kCopySeals), 0);
    source.file.seals = get_seals(fd.get());
    ASSERT_FALSE(source.secure());
    EXPECT_EQ(source.evidence, uint32_t{EXESEAL_EVIDENCE_SEALS});
    EXPECT_EQ(source.size, 14u);
}

TEST(SourceSecured, LeavesTheCallersDescriptionAlone) {
    TempFile file;
    UniqueFd fd = file.open(O_RDONLY);
    int flags = fcntl(fd.get(), F_GETFL);
    fcntl(fd.get(), F_SETOWN, getpid());
    fcntl(fd.get(), F_SETSIG, SIGUSR1);
    {
        Held held(fd.get());
        ASSERT_EQ(held.evidence(), uint32_t{EXESEAL_EVIDENCE_LEASE});
        EXPECT_EQ(fcntl(held.source.fd, F_GETOWN), 0);
        EXPECT_EQ(fcntl(held.source.fd, F_GETSIG), SIGURG);
    }
    EXPECT_EQ(fcntl(fd.get(), F_GETOWN), getpid());
    EXPECT_EQ(fcntl(fd.get(), F_GETSIG), SIGUSR1);
    EXPECT_EQ(fcntl(fd.get(), F_GETFL), flags);
    EXPECT_EQ(fcntl(fd.get(), F_GETLEASE), F_UNLCK);
}
