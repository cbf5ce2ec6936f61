// SPDX-License-Identifier: MIT
// Fuzzes the descriptors that exeseal_spawn_fd gives to a program: map, keep and close-on-exec are
// compared with a model. The program is `lister`, in the folder of this target.
#include "fuzz.h"
#include "lister.h"

#include <cerrno>
#include <fcntl.h>
#include <map>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace exeseal::fuzz;

namespace {

constexpr int kFirst = 10, kFiles = 12; // descriptors of files, which differ
constexpr int kProgram = 30;            // within the numbers that a map may replace

ino_t inode_of(int fd) {
    struct stat file;
    return fstat(fd, &file) == 0 ? file.st_ino : 0;
}

// Moves fd to a number that the model knows.
void put(int fd, int number) {
    hold(fd >= 0 && fd != number && dup3(fd, number, O_CLOEXEC) == number, "a descriptor can be moved");
    close(fd);
}

// Where the program writes its list; it opens this by its path.
int begin() {
    char target[4096] = "";
    hold(readlink("/proc/self/exe", target, sizeof target - 1) > 0, "/proc is mounted");
    std::string path(target);
    path.replace(path.rfind('/') + 1, path.npos, "lister");
    int lister = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    hold(lister >= 0, "the program is in the folder of this target");
    put(exeseal_clone(lister, nullptr, 0, nullptr, 0), kProgram);
    close(lister);
    for (int i = 0; i < kFiles; i++)
        put(memfd_create("file", MFD_CLOEXEC), kFirst + i);
    int list = memfd_create("list", MFD_CLOEXEC);
    hold(list >= 0, "a memfd can be created");
    put(list, LISTED + 1);
    return LISTED + 1;
}

struct Start {
    exeseal_exec_options exec = {};
    exeseal_spawn_options spawn = {};

    explicit Start(Input &input) {
        uint8_t flags = input.byte();
        exec.flags = (flags & 1) != 0 ? EXESEAL_EXEC_CLOSE_OTHERS : 0;
        exec.keep_count = exec.flags != 0 ? input.byte() % (EXESEAL_EXEC_KEEP + 1) : 0;
        for (uint32_t i = 0; i < exec.keep_count; i++)
            exec.keep[i] = input.byte() % 24;
        spawn.flags = (flags >> 1) % 8;
        uint16_t inherited = input.number<uint16_t>();
        for (int i = 0; i < kFiles; i++)
            fcntl(kFirst + i, F_SETFD, (inherited >> i & 1) != 0 ? 0 : FD_CLOEXEC);
        spawn.map_count = input.byte() % (EXESEAL_SPAWN_MAP + 1);
        for (uint32_t i = 0; i < spawn.map_count; i++) {
            spawn.map[i].from = input.byte() % 32;
            spawn.map[i].to = input.byte() % LISTED;
        }
    }

    bool keeps(int fd) const {
        for (uint32_t i = 0; i < exec.keep_count; i++)
            if (exec.keep[i] == fd)
                return true;
        return fd < 3 || (exec.flags & EXESEAL_EXEC_CLOSE_OTHERS) == 0;
    }

    bool is_possible() const {
        for (uint32_t i = 0; i < exec.keep_count; i++)
            if (fcntl(exec.keep[i], F_GETFD) < 0)
                return false;
        for (uint32_t i = 0; i < spawn.map_count; i++)
            if (fcntl(spawn.map[i].from, F_GETFD) < 0)
                return false;
        return true;
    }

    // The model: what is open in the program, by number.
    std::map<int, ino_t> expected() const {
        std::map<int, ino_t> open;
        for (int fd = 0; fd < LISTED; fd++) {
            int flags = fcntl(fd, F_GETFD);
            if (flags >= 0 && (flags & FD_CLOEXEC) == 0 && keeps(fd))
                open[fd] = inode_of(fd);
        }
        for (uint32_t i = 0; i < spawn.map_count; i++)
            open[spawn.map[i].to] = inode_of(spawn.map[i].from);
        return open;
    }
};

void hold_ended(int child) {
    siginfo_t status = {};
    hold(child >= 3, "a pidfd is never 0, 1 or 2");
    hold(waitid(P_PIDFD, static_cast<id_t>(child), &status, WEXITED) == 0, "the child can be waited for");
    hold(status.si_code == CLD_EXITED && status.si_status == 0, "the program writes its list");
    close(child);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int list = begin();
    Input input(data, size);
    Start start(input);
    SameDescriptors same;
    std::string path = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(list);
    char name[] = "lister";
    char *argv[] = {name, path.data(), nullptr};
    exeseal_exec_options check = start.exec;
    check.flags |= EXESEAL_EXEC_CHECK;
    exeseal_report report;
    int checked = exeseal_spawn_fd(kProgram, argv, nullptr, &check, sizeof check, &start.spawn, sizeof start.spawn,
                                   &report, sizeof report);
    hold_report(report, checked);
    std::map<int, ino_t> expected = start.expected();
    int child = exeseal_spawn_fd(kProgram, argv, nullptr, &start.exec, sizeof start.exec, &start.spawn,
                                 sizeof start.spawn, &report, sizeof report);
    hold_report(report, child);
    hold(child < 0 ? checked == child : checked == 0, "a check foretells the result");
    if (!start.is_possible()) {
        hold(child == -EBADF, "a descriptor that is not open is rejected");
        // libFuzzer has ordinary children, which symbolize its output.
        hold(waitpid(-1, nullptr, WNOHANG | __WCLONE) < 0 && errno == ECHILD, "a failure leaves no child");
        return 0;
    }
    hold_ended(child);
    uint64_t listed[LISTED];
    hold(pread(list, listed, sizeof listed, 0) == sizeof listed, "the program's list is complete");
    for (int fd = 0; fd < LISTED; fd++)
        hold(listed[fd] == (expected.count(fd) != 0 ? expected[fd] : 0), "the program has what the model has");
    return 0;
}
