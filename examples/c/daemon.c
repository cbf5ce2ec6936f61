/* SPDX-License-Identifier: MIT */
/* daemon SOCKET: a daemon that seals itself, and tells each client whether it runs sealed. */
#include <exeseal.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

extern char **environ;

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0)
        return -1;
    return listener;
}

int main(int argc, char **argv) {
    struct exeseal_clone_options options = {.require = EXESEAL_GUARANTEE_SEALED};
    struct exeseal_report report;
    struct exeseal_info info;
    int listener, error;

    /* First of all: everything before this call is done twice, by the file and by the copy. */
    error = exeseal_reexec_self(argv, environ, &options, sizeof options, &report, sizeof report);
    if (error < 0) {
        char text[4096];
        exeseal_report_format(&report, sizeof report, text, sizeof text);
        fprintf(stderr, "daemon: not sealed: %s\n%s", strerror(-error), text);
        return 126;
    }

    listener = argc == 2 ? listen_at(argv[1]) : -1;
    if (listener < 0 || daemon(0, 0) != 0) {
        fprintf(stderr, "usage: daemon SOCKET, a path that does not exist\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN); /* a client may leave before it has its answer */
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        error = exeseal_inspect_self(&info, sizeof info);
        dprintf(client, "process %d, sealed: %s\n", (int)getpid(),
                error == 0 && (info.guarantees & EXESEAL_GUARANTEE_SEALED) ? "yes" : "no");
        close(client);
    }
}
