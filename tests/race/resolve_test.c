/* SPDX-License-Identifier: MIT */
/* A trusted program and a decoy that breaks one rule swap places at full speed while a program
 * is resolved and cloned. The result is the trusted program or an error. The control checks and
 * then opens by path, and runs the decoy. */
#include "resolution.h"

#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    ROUNDS = 20000, /* of each attack */
    SECONDS = 10,   /* of each, for slow machines and sanitizers */
    FEWEST_ROUNDS = 500,
};

#define GOOD "good"
#define EVIL "evil"

struct attack {
    const char *name;
    void (*prepare)(void);
    const char *path; /* the path that is resolved */
    /* what is swapped; during the swap `path` leads to neither or both */
    const char *trusted, *decoy;
};

/* --- the attacker --- */

struct attacker {
    const struct attack *attack;
    atomic_bool stop;
    atomic_uint swaps;
};

static void *swap_until_stopped(void *argument) {
    struct attacker *attacker = argument;
    const struct attack *attack = attacker->attack;
    while (!atomic_load(&attacker->stop)) {
        check(syscall(SYS_renameat2, AT_FDCWD, attack->trusted, AT_FDCWD, attack->decoy, RENAME_EXCHANGE) == 0);
        atomic_fetch_add(&attacker->swaps, 1);
    }
    return NULL;
}

static void prepare_file_others_write(void) {
    put_file("/place/bin/decoy", EVIL, 0777, 0);
}

static void prepare_foreign_file(void) {
    put_file("/place/bin/decoy", EVIL, 0755, FOREIGN_USER);
}

static void prepare_link_in_place_of_file(void) {
    put_link("/place/bin/decoy", "/tmp/runc");
}

/* Opening it for reading waits for a writer. There is no control because it would wait as well. */
static void prepare_fifo(void) {
    check(mkfifo("/place/bin/decoy", 0755) == 0);
    alarm(60);
}

static void prepare_directory_others_write(void) {
    put_file("/place/decoy/runc", EVIL, 0755, 0);
    put_directory("/place/decoy", 0777, 0);
}

static void prepare_foreign_directory(void) {
    put_file("/place/decoy/runc", EVIL, 0755, 0);
    put_directory("/place/decoy", 0755, FOREIGN_USER);
}

static void prepare_link_in_place_of_directory(void) {
    put_link("/place/decoy", "/tmp");
}

static void prepare_links_to_directories(void) {
    put_link("/place/link", "bin");
    put_link("/place/decoy", "/tmp");
}

static void prepare_links_to_files(void) {
    put_link("/place/link", "/place/bin/runc");
    put_link("/place/decoy", "../tmp/runc");
}

/* Moves a directory in which a walk stands, so that ".." leads elsewhere than where the walk
 * came from. There is no control: the kernel's own walk is so fast that it was fooled once in
 * 60,000 tries, and not at all in 5 s. */
static void prepare_moving_directory(void) {
    put_directory("/place/bin/inner", 0755, 0);
    put_directory("/tmp/inner", 0755, 0);
}

static void prepare_wrapped_program(void) {
    put_file("/place/runc", "#!/bin/sh\nexec -a \"$0\" \"/place/bin/runc\" \"$@\"\n", 0755, 0);
    put_link("/place/bin/decoy", "/tmp/runc");
}

static const struct attack attacks[] = {
    {"file that others write", prepare_file_others_write, "/place/bin/runc", "/place/bin/runc", "/place/bin/decoy"},
    {"file of another user", prepare_foreign_file, "/place/bin/runc", "/place/bin/runc", "/place/bin/decoy"},
    {"link in place of the file", prepare_link_in_place_of_file, "/place/bin/runc", "/place/bin/runc",
     "/place/bin/decoy"},
    {"FIFO in place of the file", prepare_fifo, "/place/bin/runc", "/place/bin/runc", "/place/bin/decoy"},
    {"directory that others write", prepare_directory_others_write, "/place/bin/runc", "/place/bin", "/place/decoy"},
    {"directory of another user", prepare_foreign_directory, "/place/bin/runc", "/place/bin", "/place/decoy"},
    {"link in place of the directory", prepare_link_in_place_of_directory, "/place/bin/runc", "/place/bin",
     "/place/decoy"},
    {"link to a directory", prepare_links_to_directories, "/place/link/runc", "/place/link", "/place/decoy"},
    {"link to a file", prepare_links_to_files, "/place/link", "/place/link", "/place/decoy"},
    {"directory that moves", prepare_moving_directory, "/place/bin/inner/../runc", "/place/bin/inner", "/tmp/inner"},
    {"program of a wrapper", prepare_wrapped_program, "/place/runc", "/place/bin/runc", "/place/bin/decoy"},
};

static void prepare(const struct attack *attack) {
    enter_empty_root();
    put_file("/place/bin/runc", GOOD, 0755, 0);
    put_directory("/tmp", 01777, 0);
    put_file("/tmp/runc", EVIL, 0755, 0);
    attack->prepare();
}

/* --- the defender --- */

struct tally {
    unsigned rounds, good, refused, missing, not_cloned;
};

static void check_is_the_trusted_one(int fd) {
    struct stat file;
    check(fstat(fd, &file) == 0);
    check(S_ISREG(file.st_mode) && file.st_uid == 0 && (file.st_mode & 06022) == 0);
    check(holds_bytes(fd, GOOD, strlen(GOOD)));
}

static void resolve_and_clone(const struct attack *attack, struct tally *tally) {
    resolve(attack->path);
    tally->rounds++;
    if (resolved.fd < 0) {
        check(resolved.fd == -EPERM || resolved.fd == -ENOENT);
        check((resolved.fd == -EPERM) == (resolved.why[0] != '\0'));
        tally->refused += resolved.fd == -EPERM;
        tally->missing += resolved.fd == -ENOENT;
        return;
    }
    check_is_the_trusted_one(resolved.fd);
    int clone = clone_of(resolved.fd);
    if (clone >= 0) {
        check(holds_bytes(clone, GOOD, strlen(GOOD)));
        tally->good++;
        close(clone);
    } else {
        check_equal(clone, -ESTALE);
        tally->not_cloned++;
    }
    close(resolved.fd);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void defend(const struct attack *attack, struct tally *tally) {
    double end = now() + SECONDS;
    while (tally->rounds < FEWEST_ROUNDS || tally->good == 0 || tally->refused == 0 ||
           (tally->rounds < ROUNDS && now() < end))
        resolve_and_clone(attack, tally);
}

/* --- the control: everything is checked by path and opened afterwards --- */

static bool is_good(const char *path) {
    struct stat file;
    return stat(path, &file) == 0 && file.st_uid == 0 && (file.st_mode & 022) == 0;
}

static bool judge_by_path(const char *path) {
    char *real = realpath(path, NULL);
    bool good = real != NULL && is_good(path) && is_good(real);
    for (char *slash; good && (slash = strrchr(real, '/')) != NULL; *slash = '\0')
        good = slash == real || (*slash = '\0', is_good(real)); /* the test's own "/" */
    free(real);
    return good;
}

static bool opens_decoy(const char *path) {
    if (!judge_by_path(path))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_decoy = fd >= 0 && holds_bytes(fd, EVIL, strlen(EVIL));
    if (fd >= 0)
        close(fd);
    return is_decoy;
}

/* Returns the number of tries until it was fooled. */
static unsigned fool_check_then_open(const struct attack *attack) {
    /* An unwrapper that works by path opens the program that the wrapper names. */
    bool is_wrapper = attack->prepare == prepare_wrapped_program;
    const char *path = is_wrapper ? attack->trusted : attack->path;
    unsigned tries = 1;
    while (!opens_decoy(path))
        tries++;
    return tries;
}

/* --- the race --- */

static bool has_control(const struct attack *attack) {
    return attack->prepare != prepare_moving_directory && attack->prepare != prepare_fifo;
}

static void run_attack(void *argument) {
    struct attacker attacker = {.attack = argument};
    prepare(attacker.attack);
    struct tally tally = {0};
    pthread_t thread;
    check(pthread_create(&thread, NULL, swap_until_stopped, &attacker) == 0);
    double start = now();
    defend(attacker.attack, &tally);
    double took = now() - start;
    unsigned swaps = atomic_load(&attacker.swaps);
    unsigned fooled = has_control(attacker.attack) ? fool_check_then_open(attacker.attack) : 0;
    atomic_store(&attacker.stop, true);
    pthread_join(thread, NULL);
    dprintf(
        STDOUT_FILENO,
        "%s: %u rounds in %.1f s, %u swaps: %u good, %u refused, %u missing, %u not cloned; by path fooled at try %u\n",
        attacker.attack->name, tally.rounds, took, swaps, tally.good, tally.refused, tally.missing, tally.not_cloned,
        fooled);
    check(swaps > 0);
}

static void what_comes_out_is_trusted_whatever_changes_places(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t i = 0; i < COUNT(attacks); i++) {
        struct attack attack = attacks[i];
        assert_child(run_attack, &attack);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out_is_trusted_whatever_changes_places),
    };
    return run_all(tests);
}
