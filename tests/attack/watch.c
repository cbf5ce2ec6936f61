/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

int watch_system_calls(long one, long other) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)one, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)other, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(code), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void answer_one(int watch, watcher then, void *argument) {
    struct seccomp_notif call;
    memset(&call, 0, sizeof call);
    if (ioctl(watch, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return;
    then((pid_t)call.pid, argument);
    struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    (void)!ioctl(watch, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

void serve_watch(int watch, int until, watcher then, void *argument) {
    for (;;) {
        struct pollfd ends[] = {{.fd = until, .events = POLLIN}, {.fd = watch, .events = POLLIN}};
        if (poll(ends, COUNT(ends), -1) < 0 || ends[0].revents != 0)
            return;
        if ((ends[1].revents & POLLIN) != 0)
            answer_one(watch, then, argument);
    }
}

union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

void send_descriptor(int socket, int fd) {
    union control control = {
        .header = {.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    char byte = 'x';
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    check(sendmsg(socket, &message, 0) == 1);
}

int receive_descriptor(int socket) {
    union control control;
    memset(&control, 0, sizeof control);
    char byte;
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    int fd = -1;
    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 && message.msg_controllen >= sizeof control.header)
        memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
    return fd;
}
