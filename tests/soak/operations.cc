// SPDX-License-Identifier: MIT
#include "operations.h"

#include "exeseal.h"
#include "faults.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char **environ;

std::string directory;
int sealed_payload;

void fail(const char *what, long number) {
    fprintf(stderr, "soak-core: %s: %ld\n", what, number);
    abort();
}

namespace {

int open_source() {
    const char *name = below(8) == 0 ? "/large" : "/payload";
    int fd = open((directory + name).c_str(), O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

// Waits for the child without the faults of the operation.
int exit_status_of(int pidfd) {
    faults = {};
    constexpr idtype_t kPidfd = static_cast<idtype_t>(3); // P_PIDFD
    siginfo_t info = {};
    while (waitid(kPidfd, static_cast<id_t>(pidfd), &info, WEXITED) < 0)
        if (errno != EINTR)
            fail("waitid", errno);
    close(pidfd);
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int spawn(int fd, std::vector<const char *> arguments, int wanted) {
    exeseal_spawn_options options = {};
    options.flags = EXESEAL_SPAWN_DEFAULT_SIGNALS;
    exeseal_exec_options exec_options = {};
    exec_options.flags = below(2) == 0 ? 0 : EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_CLOSE_OTHERS;
    arguments.push_back(nullptr);
    auto argv = const_cast<char *const *>(arguments.data());
    int pidfd =
        exeseal_spawn_fd(fd, argv, environ, &exec_options, sizeof exec_options, &options, sizeof options, nullptr, 0);
    if (pidfd < 0)
        return pidfd;
    return exit_status_of(pidfd) == wanted ? 0 : -EPROTO;
}

int spawn_payload(int fd) {
    return spawn(fd, {"payload", "exit", "7"}, 7);
}

// Closes the source; some clones are also started.
int used(int source, int clone) {
    if (source >= 0)
        close(source);
    if (clone < 0)
        return clone;
    int error = below(4) == 0 ? spawn_payload(clone) : 0;
    close(clone);
    return error;
}

exeseal_clone_options options_of(uint32_t mode) {
    constexpr uint64_t kFlags[] = {0, EXESEAL_CLONE_HUGE_PAGES, EXESEAL_CLONE_SMALL_PAGES, EXESEAL_CLONE_RECLAIMABLE};
    exeseal_clone_options options = {};
    options.mode = mode;
    options.flags = kFlags[below(4)];
    if (below(2) != 0)
        strcpy(options.name, "soak");
    return options;
}

int clone_file(uint32_t mode) {
    int source = open_source();
    if (source < 0)
        return source;
    exeseal_clone_options options = options_of(mode);
    exeseal_report report;
    return used(source, exeseal_clone(source, &options, sizeof options, &report, sizeof report));
}

int clone_automatic() {
    return clone_file(EXESEAL_MODE_AUTOMATIC);
}

int clone_copy() {
    return clone_file(EXESEAL_MODE_INDEPENDENT_DATA_COPY);
}

int clone_view() {
    return clone_file(EXESEAL_MODE_RO_SHARED_PAGE);
}

int clone_without_memfd() {
    faults.lack_memfd = true;
    faults.lack_fsopen = below(2) == 0;
    return clone_file(EXESEAL_MODE_INDEPENDENT_DATA_COPY);
}

int clone_sealed() {
    return used(-1, exeseal_clone(sealed_payload, nullptr, 0, nullptr, 0));
}

int clone_memory() {
    static const std::string content(300'000, 'x');
    int clone = exeseal_clone_memory(content.data(), content.size(), nullptr, 0, nullptr, 0);
    if (clone >= 0)
        close(clone);
    return clone < 0 ? clone : 0;
}

int clone_stream() {
    static const std::string content(50'000, 'x'); // fits into a pipe
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    bool is_written = write(ends[1], content.data(), content.size()) == static_cast<ssize_t>(content.size());
    close(ends[1]);
    int clone = is_written ? exeseal_clone(ends[0], nullptr, 0, nullptr, 0) : -EINTR;
    close(ends[0]);
    if (clone >= 0)
        close(clone);
    return clone < 0 ? clone : 0;
}

int clone_self() {
    exeseal_clone_options options = options_of(EXESEAL_MODE_AUTOMATIC);
    int clone = exeseal_clone_self(&options, sizeof options, nullptr, 0);
    if (clone >= 0)
        close(clone);
    return clone < 0 ? clone : 0;
}

int spawn_sealed() {
    return spawn_payload(sealed_payload);
}

// The started program has faults of its own, by the seed.
int reexecute() {
    std::string seed = std::to_string(below(1u << 30));
    int fd = open((directory + "/soak-core").c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = spawn(fd, {"soak-core", kAgain, seed.c_str()}, 0);
    close(fd);
    return error;
}

int probe_all() {
    for (uint32_t strategy = EXESEAL_STRATEGY_REUSE; strategy <= EXESEAL_STRATEGY_VERITY; strategy++)
        exeseal_probe(strategy, nullptr, 0);
    return 0;
}

} // namespace

Operation operations[kOperations] = {
    {"clone, automatic", clone_automatic},
    {"clone, independent-data-copy", clone_copy},
    {"clone, ro-shared-page", clone_view},
    {"clone without memfd", clone_without_memfd},
    {"clone of a sealed descriptor", clone_sealed},
    {"clone of memory", clone_memory},
    {"clone of a pipe", clone_stream},
    {"clone of the running program", clone_self},
    {"spawn", spawn_sealed},
    {"re-execution", reexecute},
    {"probe of each strategy", probe_all},
};
