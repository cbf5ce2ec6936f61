/* SPDX-License-Identifier: MIT */
/* Everything that root, the owner and another user can do to the descriptor that exeseal_clone
 * returned. */
#include "support.h"

#include "sandbox.h"

#include <sys/mman.h>
#include <sys/sendfile.h>

enum { SIZE = 100000 };
enum attacker { ROOT, OWNER, OTHER, ATTACKERS };

static const char *const ATTACKER_NAMES[] = {"root", "the owner", "another user"};
static unsigned char *pattern;

struct attack {
    enum attacker attacker;
    uint64_t require;
    void (*run)(int fd, enum attacker attacker);
};

static void run_attack(void *argument) {
    const struct attack *attack = argument;
    if (attack->attacker == OWNER)
        become_ordinary_user();
    struct exeseal_clone_options options = {.require = attack->require};
    int fd = exeseal_clone_memory(pattern, SIZE, &options, sizeof options, NULL, 0);
    if (fd == -EOPNOTSUPP && (attack->require & EXESEAL_GUARANTEE_X_SEALED) != 0)
        child_skip("F_SEAL_EXEC needs Linux 6.3");
    check(fd >= 3);
    if (attack->attacker == OTHER)
        become_ordinary_user();
    attack->run(fd, attack->attacker);
    check(holds_bytes(fd, pattern, SIZE));
    check_equal(access_mode(fd), O_RDONLY);
    check_equal(seals_of(fd) & PEER_SEALS, PEER_SEALS);
}

static void assert_withstands(const char *name, uint64_t require, void (*run)(int, enum attacker)) {
    for (int attacker = geteuid() == 0 ? ROOT : OWNER; attacker < (geteuid() == 0 ? ATTACKERS : OTHER); attacker++) {
        struct attack attack = {(enum attacker)attacker, require, run};
        int status = in_child(run_attack, &attack);
        if (status != 0 && status != 77)
            print_error("%s: %s\n", name, ATTACKER_NAMES[attacker]);
        if (status == 77)
            skip_test(name, "F_SEAL_EXEC needs Linux 6.3");
        assert_int_equal(status, 0);
    }
}

/* Opens the file through /proc, after making it writable if possible. Returns -1 if it cannot be
 * opened. */
static int reopen(int fd, int flags) {
    (void)!fchmod(fd, 0777);
    return open(proc_path(fd), flags | O_CLOEXEC);
}

static void write_through_it(int fd, enum attacker attacker) {
    (void)attacker;
    check(write(fd, "x", 1) < 0 && errno == EBADF);
    check(pwrite(fd, "x", 1, 0) < 0 && errno == EBADF);
    check(ftruncate(fd, 0) < 0);
    check(fallocate(fd, 0, 0, SIZE * 2) < 0);
    check(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    void *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
    check(map == MAP_FAILED || mprotect(map, SIZE, PROT_READ | PROT_WRITE) < 0);
}

static void write_through_a_reopened_one(int fd, enum attacker attacker) {
    int writable = reopen(fd, O_RDWR);
    if (writable < 0) {
        check_equal(errno, EACCES);
        check_equal(attacker, OTHER);
        return;
    }
    check(write(writable, "x", 1) < 0 && errno == EPERM);
    check(pwrite(writable, "x", 1, SIZE) < 0 && errno == EPERM);
    check(ftruncate(writable, 0) < 0 && errno == EPERM);
    check(ftruncate(writable, SIZE * 2) < 0 && errno == EPERM);
    check(fallocate(writable, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) < 0 && errno == EPERM);
    check(fallocate(writable, 0, 0, SIZE * 2) < 0 && errno == EPERM);
    check(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, writable, 0) == MAP_FAILED && errno == EPERM);
    void *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, writable, 0);
    check(map == MAP_FAILED || mprotect(map, SIZE, PROT_READ | PROT_WRITE) < 0);
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), ends[2];
    check(sendfile(writable, zero, NULL, 1) < 0);
    check(pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "x", 1) == 1);
    check(splice(ends[0], NULL, writable, NULL, 1, 0) < 0);
    close(writable);
}

static void truncate_by_opening(int fd, enum attacker attacker) {
    (void)attacker;
    int truncated = reopen(fd, O_WRONLY | O_TRUNC);
    check(truncated < 0);
    check(errno == EPERM || errno == EACCES);
    check(truncate(proc_path(fd), 1) < 0);
}

static void write_memory_of_the_process(int fd, enum attacker attacker) {
    (void)attacker;
    /* A private mapping can be changed; the file behind it cannot. */
    unsigned char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    check(map != MAP_FAILED);
    memset(map, 0, SIZE);
    munmap(map, SIZE);
    /* /proc/self/mem writes to a read-only page as a debugger does: here into a private page
     * too. */
    void *shared = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
    int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (shared != MAP_FAILED && mem >= 0)
        check(pwrite(mem, "x", 1, (off_t)(uintptr_t)shared) < 0);
}

static void change_seals(int fd, enum attacker attacker) {
    (void)attacker;
    static const int seals[] = {F_SEAL_SEAL, F_SEAL_FUTURE_WRITE, F_SEAL_EXEC, 0x3f};
    int writable = reopen(fd, O_RDWR);
    for (size_t i = 0; i < COUNT(seals); i++) {
        int unknown = (seals[i] & F_SEAL_EXEC) != 0 ? EINVAL : EPERM; /* before Linux 6.3 */
        check(fcntl(fd, F_ADD_SEALS, seals[i]) < 0 && (errno == EPERM || errno == unknown));
        if (writable >= 0)
            check(fcntl(writable, F_ADD_SEALS, seals[i]) < 0 && (errno == EPERM || errno == unknown));
    }
}

static void give_it_a_name(int fd, enum attacker attacker) {
    (void)attacker;
    check(linkat(fd, "", AT_FDCWD, "/tmp/exeseal-test-name", AT_EMPTY_PATH) < 0);
    check(linkat(AT_FDCWD, proc_path(fd), AT_FDCWD, "/tmp/exeseal-test-name", AT_SYMLINK_FOLLOW) < 0);
}

/* Another user may only read and execute: the mode is 0555. */
static void change_permissions_as_another_user(int fd, enum attacker attacker) {
    if (attacker != OTHER)
        return;
    check(fchmod(fd, 0777) < 0 && errno == EPERM);
    check(fchmod(fd, 0) < 0 && errno == EPERM);
    check_equal(permissions_of(fd), 0555);
}

static void change_x_bits(int fd, enum attacker attacker) {
    (void)attacker;
    static const mode_t modes[] = {0444, 0, 0666, 0544, 0777 & ~0100};
    for (size_t i = 0; i < COUNT(modes); i++)
        check(fchmod(fd, modes[i]) < 0 && errno == EPERM);
    check_equal(permissions_of(fd) & 0111, 0111);
    check_equal(seals_of(fd), 0x3f);
}

static void descriptor_itself_cannot_write(void **state) {
    (void)state;
    assert_withstands(__func__, 0, write_through_it);
}

static void reopened_descriptor_cannot_write(void **state) {
    (void)state;
    assert_withstands(__func__, 0, write_through_a_reopened_one);
}

static void opening_does_not_truncate(void **state) {
    (void)state;
    assert_withstands(__func__, 0, truncate_by_opening);
}

static void mappings_do_not_reach_it(void **state) {
    (void)state;
    assert_withstands(__func__, 0, write_memory_of_the_process);
}

static void seals_cannot_be_changed(void **state) {
    (void)state;
    assert_withstands(__func__, 0, change_seals);
    assert_withstands(__func__, EXESEAL_GUARANTEE_X_SEALED, change_seals);
}

static void it_cannot_be_given_a_name(void **state) {
    (void)state;
    assert_withstands(__func__, 0, give_it_a_name);
}

static void another_user_cannot_change_permissions(void **state) {
    (void)state;
    skip_unless_root();
    assert_withstands(__func__, 0, change_permissions_as_another_user);
}

static void x_sealed_freezes_the_x_bits(void **state) {
    (void)state;
    assert_withstands(__func__, EXESEAL_GUARANTEE_X_SEALED, change_x_bits);
}

static void x_sealed_withstands_the_rest_too(void **state) {
    (void)state;
    assert_withstands(__func__, EXESEAL_GUARANTEE_X_SEALED, write_through_it);
    assert_withstands(__func__, EXESEAL_GUARANTEE_X_SEALED, write_through_a_reopened_one);
    assert_withstands(__func__, EXESEAL_GUARANTEE_X_SEALED, truncate_by_opening);
}

/* As documented, metadata is not sealed without X_SEALED. The x bits can be removed and
 * restored. */
static void strip_x_bits(void *unused) {
    (void)unused;
    int source = open_payload(), fd = clone_of(source);
    char *argv[] = {"payload", "exit", "0", NULL};
    check(fchmod(fd, 0444) == 0);
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), -EACCES);
    check(fchmod(fd, 0555) == 0);
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void owner_can_strip_the_x_bits_of_the_default(void **state) {
    (void)state;
    assert_child(strip_x_bits, NULL);
}

/* Control: each of these succeeds on a memfd without seals. */
static void attack_unsealed_memfd(void *unused) {
    (void)unused;
    int original = make_memfd(pattern, SIZE, 0555, 0), fd = open(proc_path(original), O_RDONLY | O_CLOEXEC);
    int writable = reopen(fd, O_RDWR);
    check(writable >= 0);
    check(write(writable, "x", 1) == 1);
    check(ftruncate(writable, SIZE * 2) == 0);
    check(fallocate(writable, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0);
    void *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, writable, 0);
    check(map != MAP_FAILED);
    munmap(map, SIZE);
    check(fcntl(writable, F_ADD_SEALS, F_SEAL_SEAL) == 0);
    int truncated = reopen(fd, O_WRONLY | O_TRUNC);
    check(truncated >= 0);
    check(!holds_bytes(fd, pattern, SIZE));
}

static void control_unsealed_memfd_is_changed(void **state) {
    (void)state;
    assert_child(attack_unsealed_memfd, NULL);
}

/* The owner can write to a tmpfile through a new descriptor, which a sealed memfd prevents. */
static void attack_tmpfile(void *unused) {
    (void)unused;
    become_ordinary_user();
    struct exeseal_clone_options options = leave_only(EXESEAL_STRATEGY_TMPFILE);
    struct exeseal_report report;
    int fd = exeseal_clone_memory(pattern, SIZE, &options, sizeof options, &report, sizeof report);
    check(fd >= 3);
    check_equal(report.guarantees & (EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_READ_ONLY), 0);
    int writable = reopen(fd, O_RDWR);
    check(writable >= 0);
    check(write(writable, "x", 1) == 1);
    check(!holds_bytes(fd, pattern, SIZE));
    /* The file has no name and cannot get one. */
    check(linkat(AT_FDCWD, proc_path(fd), AT_FDCWD, "/tmp/exeseal-test-name", AT_SYMLINK_FOLLOW) < 0);
}

static void tmpfile_is_only_what_it_promises(void **state) {
    (void)state;
    assert_child(attack_tmpfile, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptor_itself_cannot_write),
        cmocka_unit_test(reopened_descriptor_cannot_write),
        cmocka_unit_test(opening_does_not_truncate),
        cmocka_unit_test(mappings_do_not_reach_it),
        cmocka_unit_test(seals_cannot_be_changed),
        cmocka_unit_test(it_cannot_be_given_a_name),
        cmocka_unit_test(another_user_cannot_change_permissions),
        cmocka_unit_test(x_sealed_freezes_the_x_bits),
        cmocka_unit_test(x_sealed_withstands_the_rest_too),
        cmocka_unit_test(owner_can_strip_the_x_bits_of_the_default),
        cmocka_unit_test(control_unsealed_memfd_is_changed),
        cmocka_unit_test(tmpfile_is_only_what_it_promises),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
