/* SPDX-License-Identifier: MIT */
/* Calls one function of the library under filters, and prints the outcome.
 *
 * calls SCENARIO [NUMBER ARGUMENT VALUE ERRNO]...
 *
 * Each group of four is a filter: the system call NUMBER returns ERRNO if its argument ARGUMENT,
 * counted from 0, is VALUE. If ARGUMENT is -1, the call is always refused. Three calls can be named
 * instead of numbered. In a trace the function's calls are between two marks. */
#include <exeseal.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXECUTED = 7, IN_MEMFD, IN_FILE, NOT_HERE = 77, CHILD_FAILED = 125, LARGE = 8 << 20, USER = 1000 };

/* The child fills it in for its parent. */
struct outcome {
    int result;
    int access; /* O_RDONLY or O_RDWR of the descriptor that was returned */
    struct exeseal_report report;
    struct exeseal_info info;
};

static struct outcome *outcome;
static char program[] = "/mnt/program";
static char *const arguments[] = {program, (char *)"executed", NULL};
static int source = -1, sealed = -1;
static unsigned char memory[4096] = "exeseal";

static void require(bool is_so, const char *what) {
    if (is_so)
        return;
    fprintf(stderr, "calls: %s: %s\n", what, strerror(errno));
    _exit(CHILD_FAILED);
}

/* --- the scenarios: what comes before the mark, and what is traced --- */

static void open_program(void) {
    source = open(program, O_RDONLY | O_CLOEXEC);
    require(source >= 0, program);
}

static void open_path(void) {
    source = open(program, O_PATH | O_CLOEXEC);
    require(source >= 0, program);
}

static void open_large(void) {
    source = open("/mnt/large", O_RDWR | O_CREAT | O_CLOEXEC, 0755);
    require(source >= 0 && ftruncate(source, LARGE) == 0 && write(source, "#", 1) == 1, "/mnt/large");
    close(source);
    source = open("/mnt/large", O_RDONLY | O_CLOEXEC);
}

static void open_stream(void) {
    int ends[2];
    require(pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], memory, sizeof memory) == (ssize_t)sizeof memory, "pipe");
    close(ends[1]);
    source = ends[0];
}

static void open_sealed(void) {
    open_program();
    sealed = exeseal_clone(source, NULL, 0, NULL, 0);
    require(sealed >= 0, "clone");
}

static void open_sealed_source(void) {
    open_sealed();
    source = sealed;
}

static void open_script(void) {
    int script = open("/mnt/script", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    require(script >= 0 && write(script, "#!/mnt/program\n", 15) == 15, "/mnt/script");
    close(script);
    source = open("/mnt/script", O_RDONLY | O_CLOEXEC);
    sealed = exeseal_clone(source, NULL, 0, NULL, 0);
    require(sealed >= 0, "clone");
}

static void become_user(void) {
    require(setresgid(USER, USER, USER) == 0 && setresuid(USER, USER, USER) == 0, "setresuid");
    require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs"); /* for the filters */
}

static void prepare_nothing(void) {}

static int clone_with(struct exeseal_clone_options options) {
    return exeseal_clone(source, &options, sizeof options, &outcome->report, sizeof outcome->report);
}

static int clone_source(void) {
    return clone_with((struct exeseal_clone_options){0});
}

static int clone_huge(void) {
    int first = clone_source();
    if (first < 0)
        return first;
    close(first);
    return clone_with((struct exeseal_clone_options){.flags = EXESEAL_CLONE_HUGE_PAGES});
}

static int clone_view(void) {
    return clone_with((struct exeseal_clone_options){.mode = EXESEAL_MODE_RO_SHARED_PAGE});
}

static int clone_self(void) {
    return exeseal_clone_self(NULL, 0, &outcome->report, sizeof outcome->report);
}

static int clone_memory(void) {
    return exeseal_clone_memory(memory, sizeof memory, NULL, 0, &outcome->report, sizeof outcome->report);
}

static int probe_memfd(void) {
    return exeseal_probe(EXESEAL_STRATEGY_MEMFD, &outcome->report, sizeof outcome->report);
}

static int execute_with(struct exeseal_exec_options options) {
    return exeseal_exec_fd(sealed, arguments, NULL, &options, sizeof options, &outcome->report, sizeof outcome->report);
}

static int execute(void) {
    return execute_with((struct exeseal_exec_options){0});
}

static int execute_script(void) {
    return execute_with((struct exeseal_exec_options){.flags = EXESEAL_EXEC_SCRIPT});
}

static int check_execution(void) {
    return execute_with((struct exeseal_exec_options){.flags = EXESEAL_EXEC_CHECK});
}

static struct exeseal_exec_options every_option(void) {
    return (struct exeseal_exec_options){
        .flags = EXESEAL_EXEC_CLOSE_OTHERS | EXESEAL_EXEC_DEATH_SIGNAL | EXESEAL_EXEC_DIRECTORY | EXESEAL_EXEC_UMASK |
                 EXESEAL_EXEC_CAPABILITIES | EXESEAL_EXEC_NO_NEW_PRIVS | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE,
        .drop_bounding = 1,
        .inheritable = 2,
        .ambient = 2,
        .keep_count = 1,
        .umask = 022,
        .directory = source,
        .death_signal = SIGTERM,
        .keep = {STDERR_FILENO},
    };
}

static void open_directory(void) {
    open_sealed();
    source = open("/mnt", O_PATH | O_CLOEXEC);
    require(source >= 0, "/mnt");
    require(syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0, "Landlock");
}

static int execute_with_options(void) {
    return execute_with(every_option());
}

static int spawn_with(struct exeseal_spawn_options options) {
    return exeseal_spawn_fd(sealed, arguments, NULL, NULL, 0, &options, sizeof options, &outcome->report,
                            sizeof outcome->report);
}

static int spawn(void) {
    return spawn_with((struct exeseal_spawn_options){0});
}

static int spawn_with_options(void) {
    return spawn_with((struct exeseal_spawn_options){
        .flags = EXESEAL_SPAWN_DEFAULT_SIGNALS | EXESEAL_SPAWN_NEW_SESSION,
        .map_count = 1,
        .map = {{.from = STDERR_FILENO, .to = STDOUT_FILENO}},
    });
}

static int resolve(void) {
    struct exeseal_resolution *unwanted = NULL;
    return exeseal_resolve("program", "/mnt", NULL, NULL, 0, unwanted, 0, NULL, 0);
}

static int inspect(void) {
    return exeseal_inspect(source, &outcome->info, sizeof outcome->info);
}

static int inspect_self(void) {
    return exeseal_inspect_self(&outcome->info, sizeof outcome->info);
}

static int reexec(void) {
    static char *const again[] = {program, (char *)"again", NULL};
    return exeseal_reexec_self(again, NULL, NULL, 0, &outcome->report, sizeof outcome->report);
}

static int environment(void) {
    static char *entries[32], buffer[128];
    return exeseal_environment(NULL, NULL, entries, 32, buffer, sizeof buffer);
}

static int silent(void) {
    static char text[4096], *entries[2];
    uint64_t bits;
    uint32_t mode;
    exeseal_mode_parse("", &mode);
    exeseal_guarantee_parse("sealed", &bits);
    exeseal_mode_name(mode);
    exeseal_strategy_name(1);
    exeseal_step_name(1);
    exeseal_guarantee_name(1);
    exeseal_evidence_name(1);
    exeseal_step_kind(1);
    exeseal_errno_name(1);
    exeseal_advice(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EPERM);
    exeseal_report_format(&outcome->report, sizeof outcome->report, text, sizeof text);
    exeseal_environment_filter(NULL, NULL, 0, entries, 2);
    return (int)exeseal_version() & 0;
}

static const struct scenario {
    const char *name;
    void (*prepare)(void);
    int (*call)(void);
    bool returns_descriptor;
} scenarios[] = {
    {"clone", open_program, clone_source, true},
    {"clone-view", open_program, clone_view, true},
    {"clone-huge", open_large, clone_huge, true},
    {"clone-sealed", open_sealed_source, clone_source, true},
    {"clone-stream", open_stream, clone_source, true},
    {"clone-self", prepare_nothing, clone_self, true},
    {"clone-memory", prepare_nothing, clone_memory, true},
    {"probe", prepare_nothing, probe_memfd, false},
    {"exec", open_sealed, execute, false},
    {"exec-script", open_script, execute_script, false},
    {"exec-check", open_sealed, check_execution, false},
    {"exec-options", open_directory, execute_with_options, false},
    {"spawn", open_sealed, spawn, true},
    {"spawn-options", open_sealed, spawn_with_options, true},
    {"resolve", prepare_nothing, resolve, true},
    {"resolve-user", become_user, resolve, true},
    {"inspect", open_sealed_source, inspect, false},
    {"inspect-path", open_path, inspect, false},
    {"inspect-self", prepare_nothing, inspect_self, false},
    {"reexec", prepare_nothing, reexec, false},
    {"environment", prepare_nothing, environment, false},
    {"silent", prepare_nothing, silent, false},
};

/* --- running one --- */

static unsigned number_of(const char *word) {
    static const struct {
        const char *name;
        unsigned number;
    } calls[] = {{"execveat", SYS_execveat}, {"fsopen", SYS_fsopen}, {"memfd_create", SYS_memfd_create}};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, word) == 0)
            return calls[i].number;
    return (unsigned)strtoul(word, NULL, 0);
}

static void refuse(char **words) {
    unsigned number = number_of(words[0]), value = (unsigned)strtoul(words[2], NULL, 0);
    unsigned error = (unsigned)strtoul(words[3], NULL, 0);
    int argument = (int)strtol(words[1], NULL, 0);
    unsigned low_half = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;
    unsigned place = (unsigned)offsetof(struct seccomp_data, args) + 8 * (unsigned)argument + low_half;
    if (argument < 0) {
        place = (unsigned)offsetof(struct seccomp_data, nr);
        value = number;
    }
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, place),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof code / sizeof *code, .filter = code};
    require(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0, "seccomp");
}

/* Marks in the trace: no descriptor has these numbers. */
static void begin(void) {
    syscall(SYS_close, -1000);
}

static void end(void) {
    syscall(SYS_close, -1001);
}

static void run(const struct scenario *scenario, char **filters) {
    scenario->prepare();
    for (; filters[0] != NULL; filters += 4)
        refuse(filters);
    begin();
    outcome->result = scenario->call();
    end();
    if (scenario->returns_descriptor && outcome->result >= 0)
        outcome->access = fcntl(outcome->result, F_GETFL) & O_ACCMODE;
    if (scenario->call == spawn || scenario->call == spawn_with_options) {
        int status = 0;
        if (outcome->result >= 0 && waitpid(-1, &status, 0) > 0)
            _exit(WEXITSTATUS(status));
    }
    _exit(0);
}

static void copy_self(void) {
    int from = open("/proc/self/exe", O_RDONLY), to = open(program, O_WRONLY | O_CREAT | O_EXCL, 0755);
    struct stat file;
    require(from >= 0 && to >= 0 && fstat(from, &file) == 0, program);
    char *bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, from, 0);
    require(bytes != MAP_FAILED && write(to, bytes, (size_t)file.st_size) == file.st_size, program);
    close(from);
    close(to);
}

/* File systems that are the same wherever the test runs. Only root can write to /mnt. */
static bool mount_own_directories(void) {
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0 && mount("tmpfs", "/mnt", "tmpfs", 0, "mode=0755") == 0;
}

static void print_names(const char *what, uint64_t bits, const char *(*name)(uint32_t)) {
    printf("%s:", what);
    for (uint32_t i = 0; name(i) != NULL; i++)
        if ((bits >> i & 1) != 0)
            printf(" %s", name(i));
    putchar('\n');
}

static void print_outcome(int status) {
    const struct exeseal_report *report = &outcome->report;
    const struct exeseal_info *info = &outcome->info;
    printf("result: %s\n", outcome->result < 0 ? exeseal_errno_name(-outcome->result) : "0");
    int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    printf("executed: %d\n", exit_status >= EXECUTED && exit_status <= IN_FILE);
    uint32_t strategy = exit_status == IN_MEMFD  ? EXESEAL_STRATEGY_MEMFD
                        : exit_status == IN_FILE ? EXESEAL_STRATEGY_TMPFILE
                                                 : report->strategy;
    printf("strategy: %s\n", strategy != 0 ? exeseal_strategy_name(strategy) : "");
    printf("writable: %d\n", strategy != 0 && outcome->access != O_RDONLY);
    printf("evidence: %s\n", exeseal_evidence_name(report->evidence));
    printf("huge: %d\n", report->huge_bytes != 0);
    print_names("guarantees", report->guarantees | info->guarantees, exeseal_guarantee_name);
    printf("info: %u %x %x %u\n", info->type, info->flags, info->seals, info->image);
    printf("steps:");
    for (uint32_t i = 0; i < report->attempts && i < EXESEAL_REPORT_ATTEMPTS; i++)
        if (report->attempt[i].error != 0)
            printf(" %s/%s", exeseal_step_name(report->attempt[i].step), exeseal_errno_name(report->attempt[i].error));
    putchar('\n');
}

/* An execution starts this file again, with this argument; a script does with its own path. */
static bool was_executed(int argc, char **argv) {
    return argc > 1 && (strcmp(argv[1], "executed") == 0 || argv[1][0] == '/');
}

static int finish_reexec(char **argv) {
    begin();
    int error = exeseal_reexec_self(argv, NULL, NULL, 0, NULL, 0);
    end();
    char link[16];
    bool is_memfd = readlink("/proc/self/exe", link, sizeof link) > 7 && memcmp(link, "/memfd:", 7) == 0;
    return error < 0 ? 1 : is_memfd ? IN_MEMFD : IN_FILE;
}

static int run_in_child(const struct scenario *scenario, char **filters) {
    int status = 0;
    outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(outcome != MAP_FAILED, "mmap");
    pid_t child = fork();
    if (child == 0)
        run(scenario, filters);
    require(waitpid(child, &status, 0) == child, "waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_FAILED)
        return NOT_HERE;
    print_outcome(status);
    return 0;
}

int main(int argc, char **argv) {
    if (was_executed(argc, argv))
        return argv[1][0] != '/' || open(argv[1], O_RDONLY) >= 0 ? EXECUTED : 1;
    if (argc == 2 && strcmp(argv[1], "again") == 0)
        return finish_reexec(argv);
    if (argc < 2 || (argc - 2) % 4 != 0)
        return 1;
    if (strcmp(argv[0], program) != 0) {
        if (!mount_own_directories())
            return NOT_HERE;
        copy_self();
        argv[0] = program;
        execv(program, argv);
        return 1;
    }
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(scenarios[i].name, argv[1]) == 0)
            return run_in_child(&scenarios[i], argv + 2);
    return 1;
}
