// SPDX-License-Identifier: MIT
// Measures starts, memory and mappings in C, without Go's scheduler in between.
#define _GNU_SOURCE
#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kPage = 4096, kChildren = 64 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void pause_for(long nanoseconds) {
    struct timespec time = {0, nanoseconds};
    nanosleep(&time, NULL);
}

static volatile int exec_error; // the child of vfork(2) writes to its parent's memory

double bench_start(int fd, char **argv, int null) {
    double begin = now();
    exec_error = 0;
    pid_t child = vfork();
    if (child == 0) {
        for (int standard = 0; standard < 3; standard++)
            dup2(null, standard);
        syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
        exec_error = errno;
        _exit(127);
    }
    if (child < 0)
        return -errno;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return exec_error ? -exec_error : now() - begin;
}

double bench_memory(void *to, const void *from, size_t size) {
    double begin = now();
    memset(to, 0, size);
    __asm__ volatile("" : : "r"(to) : "memory"); // otherwise the compiler removes the first one
    memcpy(to, from, size);
    __asm__ volatile("" : : "r"(to) : "memory");
    return now() - begin;
}

int bench_maps(double *took, int room, double duration) {
    int count = 0;
    for (double end = now() + duration; count < room && now() < end; count++) {
        double begin = now();
        void *page = mmap(NULL, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        munmap(page, kPage);
        took[count] = now() - begin;
        pause_for(100000);
    }
    return count;
}

static atomic_int is_forking;

void bench_fork(void) {
    pid_t children[kChildren] = {0};
    atomic_store(&is_forking, 1);
    for (int next = 0; atomic_load(&is_forking); next = (next + 1) % kChildren) {
        if (children[next] > 0)
            waitpid(children[next], NULL, 0);
        children[next] = fork();
        if (children[next] == 0) {
            pause_for(30000000);
            _exit(0);
        }
        pause_for(1000000);
    }
    for (int child = 0; child < kChildren; child++)
        if (children[child] > 0)
            waitpid(children[child], NULL, 0);
}

void bench_stop_forking(void) {
    atomic_store(&is_forking, 0);
}
