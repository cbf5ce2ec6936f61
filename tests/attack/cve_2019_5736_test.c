/* SPDX-License-Identifier: MIT */
/*
 * CVE-2019-5736: a process holds /proc/PID/exe of a container runtime, waits until the runtime
 * has ended, opens the file again for writing and overwrites the runtime on the host
 * (oss-security, 2019-02-11).
 *
 * The attackers are root, the owner of the file, and root of a user namespace. The control is a
 * plain execution, where each must succeed.
 */
#include "support.h"

#include "sandbox.h"

static const char OVERWRITTEN[] = "#!/bin/sh\necho overwritten\n";

enum attacker { ROOT, OWNER, NAMESPACE_ROOT };

/* A strategy, or this: the program is executed by its path. */
#define PLAIN EXESEAL_STRATEGY_NONE

struct attack {
    enum attacker attacker;
    uint32_t start;
    bool truncates; /* O_WRONLY|O_TRUNC instead of O_RDWR */
};

/* The runtime. It runs until its input ends. */
struct victim {
    pid_t pid;
    int input;
};

static struct victim start_victim(uint32_t start, const char *path, int fd) {
    static char *argv[] = {"payload", "wait", NULL};
    int input[2], output[2];
    check(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    struct victim victim = {fork(), input[1]};
    if (victim.pid == 0) {
        check(dup2(input[0], STDIN_FILENO) >= 0 && dup2(output[1], STDOUT_FILENO) >= 0);
        if (start == PLAIN)
            execv(path, argv);
        else
            exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0);
        _exit(98);
    }
    close(input[0]);
    close(output[1]);
    char byte;
    check(read(output[0], &byte, 1) == 1); /* the victim runs */
    close(output[0]);
    return victim;
}

static void end_victim(struct victim victim) {
    int status;
    close(victim.input);
    check(waitpid(victim.pid, &status, 0) == victim.pid);
    check_equal(status, 0);
}

/* Returns whether the program behind the held descriptor could be written to. The attacker first
 * changes the permissions if it may. */
static bool overwrite(int held, bool truncates) {
    (void)!chmod(proc_path(held), 0777);
    int fd = open(proc_path(held), (truncates ? O_WRONLY | O_TRUNC : O_RDWR) | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool written = write(fd, OVERWRITTEN, sizeof OVERWRITTEN - 1) > 0;
    int error = errno;
    if (!written)
        check_equal(error, EPERM); /* the seal refused it */
    close(fd);
    return written;
}

/* A running program cannot be opened for writing, sealed or not. */
static void try_while_it_runs(int held) {
    check(open(proc_path(held), O_RDWR | O_CLOEXEC) < 0);
    check(errno == ETXTBSY || errno == EACCES || errno == EROFS);
}

static bool is_unchanged(const char *path, const struct bytes *program) {
    struct bytes now = read_path(path);
    bool same = now.size == program->size && memcmp(now.data, program->data, now.size) == 0;
    free(now.data);
    return same;
}

static void become(enum attacker attacker) {
    if (attacker == ROOT)
        return;
    become_ordinary_user();
}

static void attack_runtime(void *argument) {
    const struct attack *attack = argument;
    struct bytes program = read_path(built_program("lib/support/payload"));
    become(attack->attacker);
    struct temp_directory directory = make_temp_directory();
    char path[256];
    snprintf(path, sizeof path, "%s", make_file(&directory, "runtime", program.data, program.size, 0755));
    int source = open(path, O_RDONLY | O_CLOEXEC);
    if (attack->attacker == NAMESPACE_ROOT) {
        become_root_of_user_namespace();
        use_private_mounts();
    }
    struct exeseal_clone_options options = leave_only(attack->start);
    struct exeseal_report report;
    int fd = attack->start == PLAIN ? -1 : exeseal_clone(source, &options, sizeof options, &report, sizeof report);
    check(attack->start == PLAIN || (fd >= 3 && report.strategy == attack->start));
    close(source);

    struct victim victim = start_victim(attack->start, path, fd);
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)victim.pid);
    int held = open(link, O_PATH | O_CLOEXEC);
    check(held >= 0);
    try_while_it_runs(held);
    end_victim(victim);
    bool written = overwrite(held, attack->truncates);
    bool unchanged = is_unchanged(path, &program);
    remove_temp_directory(&directory);

    if (attack->start == PLAIN) { /* the control */
        check(written);
        check(!unchanged);
        return;
    }
    check(unchanged);
    if (attack->start == EXESEAL_STRATEGY_TMPFILE) {
        /* an unlinked copy can be written to, so tmpfile promises neither SEALED nor READ_ONLY */
        check(written);
        check_equal(report.guarantees & (EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_READ_ONLY), 0);
        return;
    }
    check(!written);
    check(holds_bytes(fd, program.data, program.size));
    end_victim(start_victim(attack->start, NULL, fd)); /* it runs as before */
}

static void assert_attack(const char *name, enum attacker attacker, uint32_t start) {
    if (attacker == ROOT && geteuid() != 0)
        skip_test(name, "needs root");
    for (int truncates = 0; truncates < 2; truncates++) {
        struct attack attack = {attacker, start, truncates};
        assert_child_named(name, __FILE__, __LINE__, attack_runtime, &attack);
    }
}

static void assert_withstood(const char *name, enum attacker attacker) {
    static const uint32_t read_only[] = {EXESEAL_STRATEGY_MEMFD, EXESEAL_STRATEGY_TMPFS, EXESEAL_STRATEGY_OVERLAY,
                                         EXESEAL_STRATEGY_BIND};
    for (size_t i = 0; i < COUNT(read_only); i++)
        assert_attack(name, attacker, read_only[i]);
}

static void control_root_overwrites_a_plain_runtime(void **state) {
    (void)state;
    assert_attack(__func__, ROOT, PLAIN);
}

static void control_owner_overwrites_a_plain_runtime(void **state) {
    (void)state;
    assert_attack(__func__, OWNER, PLAIN);
}

static void control_namespace_root_overwrites_a_plain_runtime(void **state) {
    (void)state;
    assert_attack(__func__, NAMESPACE_ROOT, PLAIN);
}

static void root_cannot_overwrite_a_sealed_runtime(void **state) {
    (void)state;
    assert_withstood(__func__, ROOT);
}

static void owner_cannot_overwrite_a_sealed_runtime(void **state) {
    (void)state;
    assert_attack(__func__, OWNER, EXESEAL_STRATEGY_MEMFD); /* the others require mounts */
}

static void namespace_root_cannot_overwrite_a_sealed_runtime(void **state) {
    (void)state;
    assert_withstood(__func__, NAMESPACE_ROOT);
}

static void tmpfile_keeps_the_file_on_disk_from_root(void **state) {
    (void)state;
    assert_attack(__func__, ROOT, EXESEAL_STRATEGY_TMPFILE);
}

static void tmpfile_keeps_the_file_on_disk_from_its_owner(void **state) {
    (void)state;
    assert_attack(__func__, OWNER, EXESEAL_STRATEGY_TMPFILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_root_overwrites_a_plain_runtime),
        cmocka_unit_test(control_owner_overwrites_a_plain_runtime),
        cmocka_unit_test(control_namespace_root_overwrites_a_plain_runtime),
        cmocka_unit_test(root_cannot_overwrite_a_sealed_runtime),
        cmocka_unit_test(owner_cannot_overwrite_a_sealed_runtime),
        cmocka_unit_test(namespace_root_cannot_overwrite_a_sealed_runtime),
        cmocka_unit_test(tmpfile_keeps_the_file_on_disk_from_root),
        cmocka_unit_test(tmpfile_keeps_the_file_on_disk_from_its_owner),
    };
    return run_all(tests);
}
