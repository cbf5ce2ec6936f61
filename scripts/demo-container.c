/* SPDX-License-Identifier: MIT */
/*
 * Runs a container with a runtime that is no longer on disk.
 *
 *     demo-container PATH COPY BUNDLE ID [OPTION...]
 *
 * COPY, a copy of the runtime, is sealed and deleted. Every command of the container's life is then
 * executed from the descriptor, with PATH as argv[0] and OPTIONs before the runtime's command.
 *
 * scripts/demo builds this program through pkg-config, against the installed library.
 */
#include <exeseal.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("demo-container: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void print_report(FILE *out, const struct exeseal_report *report) {
    char text[2048];
    const char *label = "report";
    exeseal_report_format(report, sizeof *report, text, sizeof text);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), label = "")
        fprintf(out, "  %-11s %s\n", label, line);
}

static void print_inspection(int fd) {
    static const struct {
        unsigned seal;
        const char *name;
    } seals[] = {{F_SEAL_SEAL, "seal"}, {F_SEAL_SHRINK, "shrink"}, {F_SEAL_GROW, "grow"}, {F_SEAL_WRITE, "write"}};
    struct exeseal_info info;
    int error = exeseal_inspect(fd, &info, sizeof info);
    if (error < 0)
        fail("inspect: %s", strerror(-error));
    printf("  seals       0x%x:", info.seals);
    for (size_t i = 0; i < sizeof seals / sizeof *seals; i++)
        if (info.seals & seals[i].seal)
            printf(" %s", seals[i].name);
    printf("\n  guarantees ");
    for (uint32_t bit = 0; exeseal_guarantee_name(bit) != NULL; bit++)
        if (info.guarantees >> bit & 1)
            printf(" %s", exeseal_guarantee_name(bit));
    printf("\n");
    if (!(info.guarantees & EXESEAL_GUARANTEE_SEALED))
        fail("this descriptor is not sealed");
}

static int seal_and_delete(const char *path, const char *name) {
    struct exeseal_clone_options options;
    struct exeseal_report report;
    int source = open(path, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        fail("%s: %s", path, strerror(errno));
    memset(&options, 0, sizeof options);
    snprintf(options.name, sizeof options.name, "%s", name);
    int sealed = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    print_report(sealed < 0 ? stderr : stdout, &report);
    if (sealed < 0)
        fail("sealing %s: %s", path, strerror(-sealed));
    close(source);
    if (unlink(path) < 0)
        fail("deleting %s: %s", path, strerror(errno));
    printf("  deleted     %s\n", path);
    print_inspection(sealed);
    return sealed;
}

/* The runtime's descriptor, and the first `options` arguments of every command line. */
struct runtime {
    int fd;
    char *argv[32];
    int options;
};

/* Runs the runtime from its descriptor and waits for it. The words up to NULL are its command. */
static void run(struct runtime *runtime, int output, ...) {
    va_list words;
    int count = runtime->options;
    va_start(words, output);
    do
        runtime->argv[count] = va_arg(words, char *);
    while (runtime->argv[count++] != NULL);
    va_end(words);

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct exeseal_report report;
        if (output >= 0)
            dup2(output, 1);
        exeseal_exec_fd(runtime->fd, runtime->argv, environ, NULL, 0, &report, sizeof report);
        print_report(stderr, &report);
        _exit(127);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        fail("fork: %s", strerror(errno));
    if (status != 0)
        fail("%s %s: wait status 0x%x", runtime->argv[0], runtime->argv[runtime->options], (unsigned)status);
}

static pid_t read_pid(const char *path) {
    FILE *file = fopen(path, "re");
    int pid = 0;
    if (file == NULL || fscanf(file, "%d", &pid) != 1 || pid <= 0)
        fail("%s: no process id", path);
    fclose(file);
    return pid;
}

/* Before `start`, the container's init is still the runtime: it must run the sealed file. */
static void check_init(int fd, pid_t pid) {
    char exe[64], target[PATH_MAX];
    struct stat ours, theirs;
    snprintf(exe, sizeof exe, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(exe, target, sizeof target - 1);
    int init = open(exe, O_RDONLY | O_CLOEXEC);
    if (length < 0 || init < 0 || fstat(fd, &ours) < 0 || fstat(init, &theirs) < 0)
        fail("%s: %s", exe, strerror(errno));
    target[length] = '\0';
    printf("  init        %s -> %s\n", exe, target);
    print_inspection(init);
    if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
        fail("%s is not the file that was sealed: the runtime copied itself again", exe);
    printf("  same file   inode %llu: the descriptor is what runs, no second copy was made\n",
           (unsigned long long)theirs.st_ino);
    close(init);
}

static void print_status(const char *path) {
    char line[256];
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strstr(line, "\"status\"") != NULL)
            printf("  state       %s", line + strspn(line, " "));
    if (file != NULL)
        fclose(file);
}

static void wait_for_exit(int pidfd) {
    struct pollfd exited = {.fd = pidfd, .events = POLLIN};
    if (poll(&exited, 1, 60000) != 1)
        fail("the container did not end within a minute");
}

int main(int argc, char **argv) {
    if (argc < 5 || argc > 16)
        fail("usage: demo-container PATH COPY BUNDLE ID [OPTION...]");
    const char *path = argv[1], *copy = argv[2], *bundle = argv[3], *id = argv[4];
    const char *slash = strrchr(path, '/');
    char pid_file[PATH_MAX], state_file[PATH_MAX];
    snprintf(pid_file, sizeof pid_file, "%s/init.pid", bundle);
    snprintf(state_file, sizeof state_file, "%s/state.json", bundle);

    struct runtime runtime = {.fd = seal_and_delete(copy, slash != NULL ? slash + 1 : path), .argv = {argv[1]}};
    runtime.options = 1 + argc - 5;
    memcpy(runtime.argv + 1, argv + 5, (size_t)(argc - 5) * sizeof *argv);

    printf("\n  create\n");
    run(&runtime, -1, "create", "--bundle", bundle, "--pid-file", pid_file, id, NULL);
    int state = open(state_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    run(&runtime, state, "state", id, NULL);
    print_status(state_file);
    pid_t init = read_pid(pid_file);
    int pidfd = (int)syscall(SYS_pidfd_open, init, 0);
    if (state < 0 || pidfd < 0)
        fail("%s, process %d: %s", state_file, (int)init, strerror(errno));
    check_init(runtime.fd, init);

    printf("\n  start, and the container says\n");
    run(&runtime, -1, "start", id, NULL);
    wait_for_exit(pidfd);

    printf("\n  delete\n");
    run(&runtime, -1, "delete", id, NULL);
    return 0;
}
