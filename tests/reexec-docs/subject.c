/* SPDX-License-Identifier: MIT */
/* A program for debuggers and other tools, built with and without libexeseal-reexec. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The function that debuggers and profilers are expected to find. */
__attribute__((noinline)) int work(int rounds) {
    volatile unsigned sum = 1;
    for (int i = 0; i < rounds * 1000000; i++)
        sum = sum * 3 + 1;
    return sum == 0;
}

static int tell_what_it_runs_from(const char *own_name) {
    char link[4096];
    ssize_t length = readlink("/proc/self/exe", link, sizeof link - 1);
    if (length < 0)
        return 1;
    link[length] = '\0';
    printf("exe %s\nexecfn %s\nargv0 %s\n", link, (const char *)getauxval(AT_EXECFN), own_name);
    return 0;
}

/* Does what sd_notify(3) does. */
static int notify(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        return 1;
    strcpy(address.sun_path, path);
    return sendto(fd, "READY=1", 7, 0, (const struct sockaddr *)&address, sizeof address) != 7;
}

static int wait_for_input(void) {
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "tell") == 0)
        return tell_what_it_runs_from(argv[0]);
    if (strcmp(command, "work") == 0)
        return work(200);
    if (strcmp(command, "notify") == 0 && argc > 2)
        return notify(argv[2]);
    if (strcmp(command, "abort") == 0)
        abort();
    return wait_for_input();
}
