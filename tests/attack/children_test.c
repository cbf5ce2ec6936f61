/* SPDX-License-Identifier: MIT */
/* Every process of the same user has all capabilities over a child in a user namespace of that
 * user. It can therefore reach whatever the child shares with the host, such as memory, past the
 * rules of ptrace and Yama. So no clone makes a child or enters a namespace. */
#include "support.h"

#include "sandbox.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static void clone_in_every_way(void) {
    struct exeseal_report report;
    for (uint32_t mode = 0; exeseal_mode_name(mode) != NULL; mode++) {
        static const uint64_t flags[] = {0, EXESEAL_CLONE_RECLAIMABLE, EXESEAL_CLONE_DROP_PRIVILEGES};
        for (size_t i = 0; i < COUNT(flags); i++) {
            struct exeseal_clone_options options = {.mode = mode, .flags = flags[i]};
            int source = open_payload(), fd = exeseal_clone(source, &options, sizeof options, &report, sizeof report);
            if (fd >= 0)
                close(fd);
            close(source);
        }
    }
    for (uint32_t strategy = 1; exeseal_strategy_name(strategy) != NULL; strategy++)
        exeseal_probe(strategy, &report, sizeof report);
}

/* Acts like a library that mounts for an unprivileged caller: it starts a child in namespaces of
 * its own that shares memory and descriptors with the host. */
static int live_shortly(void *unused) {
    (void)unused;
    syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = 2000000}, NULL);
    return 0;
}

static bool make_helper(void) {
    static _Alignas(16) char stack[64 << 10];
    enum { FLAGS = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_NEWUSER | CLONE_NEWNS };
    int child = clone(live_shortly, stack + sizeof stack, FLAGS, NULL);
    return child > 0 && waitpid(child, NULL, __WCLONE) == child;
}

static void look_for_namespaces(void *unused) {
    (void)unused;
    become_ordinary_user();
    if (!make_helper())
        child_skip("ordinary users get no user namespace here");
}

/* --- a clone makes no system call that creates a child or enters a namespace: a filter kills it
 * --- */

struct user {
    void (*become)(void);
    void (*act)(void);
    int signal; /* the signal that ends it, or 0 */
};

static void stay_root(void) {}

static void enter_rootless_engine(void) {
    become_rootless(EXESEAL_STRATEGY_BIND);
}

static void make_helper_once(void) {
    make_helper();
}

static void forbid_children(void) {
    static const long calls[] = {SYS_clone, SYS_clone3, SYS_unshare, SYS_setns,
#ifdef SYS_fork
                                 SYS_fork,  SYS_vfork
#endif
    };
    for (size_t i = 0; i < COUNT(calls); i++)
        kill_at_system_call(calls[i]);
}

static void act_alone(void *argument) {
    const struct user *user = argument;
    user->become();
    int status;
    pid_t child = fork();
    if (child == 0) {
        forbid_children();
        user->act();
        _exit(0);
    }
    check(waitpid(child, &status, 0) == child);
    check_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, user->signal);
    check_equal(WIFEXITED(status) ? WEXITSTATUS(status) : 0, 0);
}

static void no_clone_makes_a_child_or_enters_a_namespace(void **state) {
    (void)state;
    static void (*const users[])(void) = {stay_root, become_ordinary_user, enter_rootless_engine};
    for (size_t i = 0; i < COUNT(users); i++)
        assert_child(act_alone, &((struct user){users[i], clone_in_every_way, 0}));
}

static void control_helper_is_noticed(void **state) {
    (void)state;
    assert_child(look_for_namespaces, NULL);
    assert_child(act_alone, &((struct user){become_ordinary_user, make_helper_once, SIGSYS}));
}

/* --- an attacker of the same user looks for children of a host that it may not ptrace --- */

enum { SECRET_SIZE = 16 };
static const char SECRET[SECRET_SIZE] = "the host's own";
static char memory[SECRET_SIZE]; /* the host's; the attacker knows its address */

struct result {
    volatile bool is_over;
    unsigned children; /* the children that the attacker saw */
    bool may_trace, has_read;
};

/* Keeps one capability. Without Yama, this alone keeps the user's other processes out of its
 * memory. */
static void become_host(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {{.effective = 1 << CAP_NET_ADMIN, .permitted = 1 << CAP_NET_ADMIN}};
    check(prctl(PR_SET_KEEPCAPS, 1) == 0);
    become_ordinary_user();
    check(syscall(SYS_capset, &header, sets) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
    memcpy(memory, SECRET, sizeof memory);
}

static int open_memory(pid_t process) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)process);
    return open(path, O_RDWR | O_CLOEXEC);
}

static bool holds_secret(int fd) {
    char found[SECRET_SIZE];
    return pread(fd, found, sizeof found, (off_t)(uintptr_t)memory) == (ssize_t)sizeof found &&
           memcmp(found, SECRET, sizeof found) == 0;
}

static void attack_host(pid_t host, struct result *result) {
    char path[64], list[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)host, (int)host);
    int children = open(path, O_RDONLY | O_CLOEXEC);
    check(children >= 0);
    while (!result->is_over) {
        ssize_t size = pread(children, list, sizeof list - 1, 0);
        if (size <= 0)
            continue;
        list[size] = '\0';
        result->children++;
        int fd = open_memory(atoi(list));
        result->has_read |= fd >= 0 && holds_secret(fd);
        if (fd >= 0)
            close(fd);
    }
}

static void act_for_a_while(void (*act)(void), const struct result *result) {
    enum { ROUNDS = 50 };
    for (int i = 0; i < ROUNDS && !result->has_read; i++)
        act();
}

struct attack {
    void (*act)(void); /* what the host does */
    bool succeeds;
};

static void attack_during(void *argument) {
    const struct attack *attack = argument;
    struct result *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status, ready[2];
    char byte;
    check(pipe2(ready, O_CLOEXEC) == 0);
    pid_t host = fork();
    if (host == 0) {
        become_host();
        check(write(ready[1], "x", 1) == 1);
        kill(getpid(), SIGSTOP); /* until the attacker runs */
        act_for_a_while(attack->act, result);
        _exit(0);
    }
    check(read(ready[0], &byte, 1) == 1);
    pid_t attacker = fork();
    if (attacker == 0) {
        become_ordinary_user();
        result->may_trace = open_memory(host) >= 0;
        check(write(ready[1], "x", 1) == 1);
        attack_host(host, result);
        _exit(0);
    }
    check(read(ready[0], &byte, 1) == 1);
    check(waitpid(host, &status, WUNTRACED) == host && WIFSTOPPED(status) && kill(host, SIGCONT) == 0);
    check(waitpid(host, &status, 0) == host && status == 0);
    result->is_over = true;
    check(waitpid(attacker, &status, 0) == attacker && status == 0);
    check(!result->may_trace);
    check_equal(result->children > 0, attack->succeeds);
    check_equal(result->has_read, attack->succeeds);
}

static void skip_without_lists_of_children(const char *name) {
    if (geteuid() != 0)
        skip_test(name, "needs root");
    if (access("/proc/thread-self/children", R_OK) < 0)
        skip_test(name, "needs CONFIG_PROC_CHILDREN");
}

static void memory_of_a_host_that_clones_stays_its_own(void **state) {
    (void)state;
    skip_without_lists_of_children(__func__);
    assert_child(attack_during, &((struct attack){clone_in_every_way, false}));
}

static void control_memory_of_a_host_with_a_helper_is_read(void **state) {
    (void)state;
    skip_without_lists_of_children(__func__);
    assert_child(look_for_namespaces, NULL);
    assert_child(attack_during, &((struct attack){make_helper_once, true}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_clone_makes_a_child_or_enters_a_namespace),
        cmocka_unit_test(control_helper_is_noticed),
        cmocka_unit_test(memory_of_a_host_that_clones_stays_its_own),
        cmocka_unit_test(control_memory_of_a_host_with_a_helper_is_read),
    };
    return run_all(tests);
}
