/* SPDX-License-Identifier: MIT */
#include "targets.h"

#include "naive.h"
#include "sandbox.h"

#include <grp.h>
#include <linux/fsverity.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { OTHER_USER = ORDINARY_USER - 1 };

const char *const WHO_NAMES[WHOS] = {"another user", "the owner", "root of the owner's user namespace", "root",
                                     "root of the maker's user namespace"};

const struct form FORM[FORMS] = {
    {.name = "reuse", .strategy = EXESEAL_STRATEGY_REUSE, .is_of_sealed = true},
    {.name = "memfd", .strategy = EXESEAL_STRATEGY_MEMFD},
    {.name = "memfd, x-sealed", .strategy = EXESEAL_STRATEGY_MEMFD, .require = EXESEAL_GUARANTEE_X_SEALED},
    {.name = "tmpfs", .strategy = EXESEAL_STRATEGY_TMPFS, .refused = {SYS_memfd_create}, .mounts = true},
    {.name = "tmpfile", .strategy = EXESEAL_STRATEGY_TMPFILE, .refused = {SYS_memfd_create, SYS_fsopen}},
    {.name = "overlay", .strategy = EXESEAL_STRATEGY_OVERLAY, .mode = EXESEAL_MODE_RO_SHARED_PAGE, .mounts = true},
    {.name = "bind",
     .strategy = EXESEAL_STRATEGY_BIND,
     .mode = EXESEAL_MODE_RO_SHARED_PAGE,
     .refused = {SYS_fsopen},
     .mounts = true},
    {.name = "verity, the source",
     .strategy = EXESEAL_STRATEGY_VERITY,
     .mode = EXESEAL_MODE_RO_SHARED_PAGE,
     .is_of_verity = true,
     .is_on_disk = true},
    {.name = "verity, a copy",
     .strategy = EXESEAL_STRATEGY_VERITY,
     .mode = EXESEAL_MODE_INDEPENDENT_DATA_COPY,
     .flags = EXESEAL_CLONE_RECLAIMABLE,
     .is_on_disk = true},
};

const struct form NAIVE[NAIVE_FORMS] = {
    {.name = "the file itself", .make_naive = naive_plain},
    {.name = "a writable descriptor", .make_naive = naive_writable},
    {.name = "an attached read-only mount", .make_naive = naive_attached},
    {.name = "a descriptor of a mount", .make_naive = naive_tree},
    {.name = "a read-only superblock", .make_naive = naive_superblock},
    {.name = "a read-only superblock, attached nowhere", .make_naive = naive_detached},
};

const struct bytes *program(void) {
    static struct bytes payload;
    if (payload.data == NULL)
        payload = read_path(built_program("lib/support/payload"));
    return &payload;
}

/* --- users --- */

static uid_t uid_of(enum maker maker) {
    return maker == BY_USER && geteuid() == 0 ? ORDINARY_USER : geteuid();
}

bool can_make(enum maker maker) {
    return maker == BY_USER || geteuid() == 0;
}

static bool has_namespaces(const struct form *form, enum maker maker) {
    return form->mounts && maker == BY_USER;
}

bool can_be(const struct target *target, enum who who) {
    if (who == OWNER)
        return target->maker == BY_USER;
    if (who == MAKERS_NAMESPACE)
        return has_namespaces(target->form, target->maker);
    return who == OWNERS_NAMESPACE || geteuid() == 0;
}

static void become_user(uid_t user) {
    if (geteuid() == user)
        return;
    check(setgroups(0, NULL) == 0);
    check(setresgid(user, user, user) == 0);
    check(setresuid(user, user, user) == 0);
    check(prctl(PR_SET_DUMPABLE, 1) == 0); /* like a program that this user started */
}

void become_user_of(enum maker maker) {
    become_user(uid_of(maker));
}

void become_maker(const struct form *form, enum maker maker) {
    become_user_of(maker);
    if (!has_namespaces(form, maker))
        return;
    become_root_of_user_namespace();
    check(unshare(CLONE_NEWNS) == 0);
}

void become(const struct target *target, enum who who) {
    if (who == OTHER)
        become_user(OTHER_USER);
    else if (who != ROOT)
        become_user_of(target->maker);
    if (who == OWNERS_NAMESPACE)
        become_root_of_user_namespace();
    if (who == MAKERS_NAMESPACE)
        check(setns(target->user_namespace, CLONE_NEWUSER) == 0);
    if (who == OWNERS_NAMESPACE || who == MAKERS_NAMESPACE)
        check(unshare(CLONE_NEWNS) == 0);
}

/* --- making --- */

/* A file system that may have fs-verity (tests/lib/vm/run --disk), or else the current one. */
static const char *disk(void) {
    static const char *const places[] = {"/mnt/ext4", "/mnt/btrfs", "/mnt/xfs"};
    for (size_t i = 0; i < COUNT(places); i++)
        if (access(places[i], W_OK) == 0)
            return places[i];
    const char *usual = getenv("TMPDIR");
    return usual != NULL ? usual : "/tmp";
}

static void enable_verity(const char *path) {
    struct fsverity_enable_arg request = {
        .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = 4096};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    /* if memfd fails here, another strategy makes the result */
    (void)!ioctl(fd, FS_IOC_ENABLE_VERITY, &request);
    close(fd);
}

struct order {
    struct target *target;
    struct exeseal_report *report; /* in memory shared with the maker */
    int socket;
    const struct interference *interference; /* or NULL */
};

static int find_context(void) {
    for (int fd = 3; fd < 64; fd++) {
        char link[64] = "";
        if (readlink(proc_path(fd), link, sizeof link - 1) > 0 && strstr(link, "[fscontext]") != NULL)
            return fd;
    }
    return -1;
}

int clone_as(const struct form *form, int source, struct exeseal_report *report) {
    struct exeseal_clone_options options = {.mode = form->mode, .flags = form->flags, .require = form->require};
    if (form->is_on_disk && (options.tmp_dirfd = open(disk(), O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0)
        options.flags |= EXESEAL_CLONE_TMP_DIRFD;
    for (size_t i = 0; i < COUNT(form->refused); i++)
        if (form->refused[i] != 0)
            refuse_system_call(form->refused[i], ENOSYS);
    int fd = exeseal_clone(source, &options, sizeof options, report, sizeof *report);
    return fd < 0 || report->strategy == form->strategy ? fd : -1;
}

static int open_source(const struct target *target) {
    int file = open(target->path, O_RDONLY | O_CLOEXEC);
    check(file >= 0);
    return target->form->is_of_sealed ? clone_of(file) : file;
}

static void let_the_copy_be_watched(int socket) {
    int watch = watch_system_calls(SYS_sendfile, SYS_sendfile);
    if (watch < 0)
        child_skip("this kernel has no seccomp notifications");
    send_descriptor(socket, watch);
    close(watch);
}

/* Sends the descriptors of the target, its source, the maker and any context left open. */
static void maker_main(void *argument) {
    struct order *order = argument;
    const struct form *form = order->target->form;
    become_maker(form, order->target->maker);
    if (order->interference != NULL)
        let_the_copy_be_watched(order->socket);
    int source = open_source(order->target);
    int made = form->make_naive != NULL ? form->make_naive(order->target->path) : clone_as(form, source, order->report);
    if (made < 0)
        _exit(0);
    int context = find_context();
    send_descriptor(order->socket, made);
    send_descriptor(order->socket, source);
    send_descriptor(order->socket, open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
    if (context >= 0)
        send_descriptor(order->socket, context);
}

static void at_copy(pid_t task, void *argument) {
    (void)task;
    const struct interference *interference = argument;
    interference->during_copy(interference->argument);
}

static void serve_copy(int socket, const struct interference *interference) {
    int watch = receive_descriptor(socket);
    if (watch < 0)
        return;
    serve_watch(watch, socket, at_copy, (void *)interference);
    close(watch);
}

static void make_source(struct target *target) {
    uid_t owner = uid_of(target->maker);
    target->directory = target->form->is_on_disk ? make_temp_directory_in(disk()) : make_temp_directory();
    snprintf(target->path, sizeof target->path, "%s",
             make_file(&target->directory, "source", program()->data, program()->size, 0755));
    if (chown(target->path, owner, (gid_t)-1) < 0 || chown(target->directory.path, owner, (gid_t)-1) < 0)
        abort();
    if (target->form->is_of_verity)
        enable_verity(target->path);
}

static void receive_target(struct target *target, int socket) {
    target->fd = receive_descriptor(socket);
    target->source = receive_descriptor(socket);
    target->user_namespace = receive_descriptor(socket);
    target->context = receive_descriptor(socket);
    if (target->fd < 0)
        return;
    target->reader = open(proc_path(target->fd), O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(target->reader, &target->file), 0);
}

static struct exeseal_report *shared_report(void) {
    static struct exeseal_report *report;
    if (report == NULL)
        report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(report, 0, sizeof *report);
    return report;
}

void make_target(struct target *target, const struct form *form, enum maker maker) {
    make_target_despite(target, form, maker, NULL);
}

void make_target_despite(struct target *target, const struct form *form, enum maker maker,
                         const struct interference *interference) {
    *target = (struct target){.form = form,
                              .maker = maker,
                              .fd = -1,
                              .reader = -1,
                              .source = -1,
                              .context = -1,
                              .user_namespace = -1,
                              .input = -1};
    make_source(target);
    if (interference != NULL && interference->before != NULL)
        interference->before(target, interference->argument);
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct order order = {target, shared_report(), ends[1], interference};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        limit_hanging();
        maker_main(&order);
        _exit(0);
    }
    close(ends[1]);
    if (interference != NULL)
        serve_copy(ends[0], interference);
    receive_target(target, ends[0]);
    close(ends[0]);
    waitpid(child, NULL, 0);
    target->report = *order.report;
}

void discard_target(struct target *target) {
    end_program(target);
    int fds[] = {target->fd, target->reader, target->source, target->context, target->user_namespace};
    for (size_t i = 0; i < COUNT(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (target->form->make_naive != NULL)
        unmount_naive(target->path);
    remove_temp_directory(&target->directory);
}

/* --- running --- */

void start_program(struct target *target) {
    int input[2], output[2];
    assert_int_equal(pipe2(input, O_CLOEXEC), 0);
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    fflush(NULL);
    target->running = fork();
    if (target->running == 0) {
        char *argv[] = {"payload", "wait", NULL};
        become_user_of(target->maker);
        if (dup2(input[0], STDIN_FILENO) >= 0 && dup2(output[1], STDOUT_FILENO) >= 0)
            exeseal_exec_fd(target->fd, argv, NULL, NULL, 0, NULL, 0);
        _exit(1);
    }
    close(input[0]);
    close(output[1]);
    target->input = input[1];
    char byte;
    (void)!read(output[0], &byte, 1); /* "ready", or EOF */
    close(output[0]);
}

void end_program(struct target *target) {
    if (target->running <= 0)
        return;
    close(target->input);
    waitpid(target->running, NULL, 0);
    target->running = 0;
    target->input = -1;
}

/* --- state --- */

bool has_other_bytes(const struct target *target) {
    return !holds_bytes(target->reader, program()->data, program()->size);
}

bool has_other_x_bits(const struct target *target) {
    return ((permissions_of(target->reader) ^ target->file.st_mode) & 0111) != 0;
}
