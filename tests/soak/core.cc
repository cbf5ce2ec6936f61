// SPDX-License-Identifier: MIT
// Clones, views, spawns and re-executes from many threads while system calls of the library fail.
// scripts/soak starts it and looks for what it leaves behind.
//
//     soak-core DIRECTORY [LEAK...]    uses DIRECTORY/payload and DIRECTORY/large
//
// After the line "rest" on standard input, all threads finish their operation and give everything
// back; then it prints how often each operation succeeded and failed, and waits for the next line.
// It ends when its input ends. Each LEAK (descriptor, memory, child, mount) is left behind once for
// each "rest", to show that scripts/soak notices it.
#include "exeseal.h"
#include "faults.h"
#include "operations.h"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

extern char **environ;

namespace {

constexpr int kWorkers = 16;

std::mutex lock;
std::condition_variable changed;
bool is_rest = true, is_over;
int resting;

// False when the program is to end.
bool may_go_on() {
    std::unique_lock held(lock);
    resting++;
    changed.notify_all();
    changed.wait(held, [] { return !is_rest || is_over; });
    resting--;
    return !is_over;
}

void work(unsigned seed) {
    chance.seed(seed);
    while (may_go_on()) {
        Operation &operation = operations[below(kOperations)];
        add_faults();
        int error = operation.run();
        bool is_explained = faults.has_fired;
        faults = {};
        (error == 0 ? operation.done : operation.failed)++;
        if (error < 0 && !is_explained) {
            operation.unexplained++;
            fprintf(stderr, "soak-core: %s failed without a fault: %s\n", operation.name, strerror(-error));
        }
    }
}

void go_on() {
    std::unique_lock held(lock);
    is_rest = false;
    changed.notify_all();
}

// Interrupts the workers with a signal whose handler lacks SA_RESTART.
void send_signals(std::vector<std::thread> &workers) {
    chance.seed(1);
    while (may_go_on()) {
        pthread_kill(workers[below(kWorkers)].native_handle(), SIGUSR1);
        poll(nullptr, 0, 2);
    }
}

// Plain forks, whose children hold all descriptors for a moment.
void fork_children() {
    while (may_go_on()) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        while (child > 0 && waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
        poll(nullptr, 0, 20);
    }
}

void leak(std::string_view what) {
    constexpr size_t kSize = 1 << 20;
    if (what == "descriptor") {
        dup(STDIN_FILENO);
    } else if (what == "memory") {
        memset(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, kSize);
    } else if (what == "child") {
        if (fork() == 0)
            _exit(0);
    } else if (what == "mount") {
        mount("leak", (directory + "/leak").c_str(), "tmpfs", 0, nullptr);
    } else {
        fail("not a leak", 0);
    }
}

void print_counts() {
    printf("{");
    const char *separator = "";
    for (const Operation &each : operations) {
        printf("%s\"%s\": [%lu, %lu, %lu]", separator, each.name, each.done.load(), each.failed.load(),
               each.unexplained.load());
        separator = ", ";
    }
    puts("}");
    fflush(stdout);
}

// Returns 0 if the program is sealed then, or if a fault stopped the re-execution.
int execute_copy_of_itself(char **argv) {
    chance.seed(static_cast<unsigned>(atoi(argv[2])));
    add_faults();
    exeseal_clone_options options = {};
    options.require = EXESEAL_GUARANTEE_SEALED;
    int error = exeseal_reexec_self(argv, environ, &options, sizeof options, nullptr, 0);
    bool is_explained = faults.has_fired;
    faults = {};
    exeseal_info info;
    if (error == 0)
        error = exeseal_inspect_self(&info, sizeof info);
    if (error != 0)
        return is_explained ? 0 : -error;
    return (info.guarantees & EXESEAL_GUARANTEE_SEALED) != 0 ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
    if (argc == 3 && argv[1] == std::string_view(kAgain))
        return execute_copy_of_itself(argv);
    if (argc < 2)
        return 2;
    directory = argv[1];
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr);
    int source = open((directory + "/payload").c_str(), O_RDONLY | O_CLOEXEC);
    sealed_payload = exeseal_clone(source, nullptr, 0, nullptr, 0);
    close(source);
    if (sealed_payload < 0)
        fail("no clone of the payload", sealed_payload);

    std::vector<std::thread> threads;
    for (unsigned i = 1; i <= kWorkers; i++)
        threads.emplace_back(work, i);
    std::thread signals(send_signals, std::ref(threads)), forks(fork_children);
    // No thread begins before all exist: pthread_create(3) fails with EAGAIN while another thread
    // executes or checks a program (exeseal_probe; fs/exec.c, check_unsafe_exec).
    go_on();
    char line[16];
    while (fgets(line, sizeof line, stdin) != nullptr) {
        if (line != std::string_view("rest\n")) {
            go_on();
            continue;
        }
        std::unique_lock held(lock);
        is_rest = true;
        changed.wait(held, [] { return resting == kWorkers + 2; });
        for (int i = 2; i < argc; i++)
            leak(argv[i]);
        print_counts();
    }
    {
        std::unique_lock held(lock);
        is_over = true;
        changed.notify_all();
    }
    for (std::thread &each : threads)
        each.join();
    signals.join();
    forks.join();
}
