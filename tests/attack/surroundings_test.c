/* SPDX-License-Identifier: MIT */
/* Guarantees in unusual surroundings: vm.memfd_noexec, no /proc, and a runtime that passes on
 * its descriptor. */
#include "attacks.h"

#include "mounting.h"
#include "sandbox.h"

#include <sched.h>

struct case_of {
    const struct form *form;
    const char *value; /* value of vm.memfd_noexec */
    enum maker maker;
    enum who who;
};

static struct temp_directory directory; /* opens the source */
static char source_path[256];

static bool is_memfd(const struct form *form) {
    return form->strategy == EXESEAL_STRATEGY_MEMFD || form->strategy == EXESEAL_STRATEGY_REUSE;
}

static int clone_source(const struct form *form, struct exeseal_report *report) {
    int source = open(source_path, O_RDONLY | O_CLOEXEC);
    check(source >= 0);
    return clone_as(form, form->is_of_sealed ? clone_of(source) : source, report);
}

static void run_from(int fd) {
    char *argv[] = {"payload", "exit", "0", NULL};
    check_equal(exeseal_exec_fd(fd, argv, NULL, NULL, 0, NULL, 0), 0);
}

static void check_withstands(int fd, const struct exeseal_report *report) {
    if ((report->guarantees & EXESEAL_GUARANTEE_READ_ONLY) == 0)
        return;
    (void)!fchmod(fd, 0777);
    deface(fd);
    check(holds_bytes(fd, program()->data, program()->size));
}

/* --- vm.memfd_noexec --- */

static void set_memfd_noexec(const char *value) {
    int fd = open("/proc/sys/vm/memfd_noexec", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        child_skip("vm.memfd_noexec needs Linux 6.3 and /proc/sys");
    check(write(fd, value, 1) == 1);
    close(fd);
}

static void clone_under_policy(void *argument) {
    const struct case_of *wanted = argument;
    use_private_mounts();
    if (mount("proc", "/proc", "proc", 0, NULL) < 0)
        child_skip("no procfs of this PID namespace to be had");
    set_memfd_noexec(wanted->value);
    become_maker(wanted->form, wanted->maker);
    bool is_refused = is_memfd(wanted->form) && wanted->value[0] == '2';
    struct exeseal_report report;
    int fd = clone_source(wanted->form, &report);
    check((fd >= 0) == !is_refused);
    if (is_refused)
        return;
    check_withstands(fd, &report);
    run_from(fd);
}

/* verity is left out because its source must have fs-verity: docs/guarantees.md has its rows. */
enum { ANYWHERE = VERITY_SOURCE };

/* This process's next child is the first process of the namespace. */
static void enter_namespace(void *argument) {
    if (unshare(CLONE_NEWPID) < 0)
        child_skip("no PID namespace to be had");
    _exit(in_child(clone_under_policy, argument));
}

static void assert_under(const char *name, const char *value) {
    skip_unless_root_named(name);
    for (size_t form = 0; form < ANYWHERE; form++)
        for (int maker = 0; maker < MAKERS; maker++) {
            struct case_of wanted = {.form = &FORM[form], .value = value, .maker = (enum maker)maker};
            int status = in_child(enter_namespace, &wanted);
            if (status == 77)
                skip_test(name, "no vm.memfd_noexec in a PID namespace of its own");
            if (status != 0)
                print_error("%s, made by %s\n", FORM[form].name, maker == BY_ROOT ? "root" : "a user");
            assert_int_equal(status, 0);
        }
}

static void memfd_noexec_0_allows_all(void **state) {
    (void)state;
    assert_under(__func__, "0");
}

static void memfd_noexec_1_allows_all(void **state) {
    (void)state;
    assert_under(__func__, "1");
}

static void memfd_noexec_2_allows_all_but_memfd(void **state) {
    (void)state;
    assert_under(__func__, "2");
}

/* --- no /proc --- */

static void clone_without_proc(void *argument) {
    const struct case_of *wanted = argument;
    use_private_mounts();
    check(umount2("/proc", MNT_DETACH) == 0);
    become_user_of(wanted->maker); /* a user who may not mount */
    struct exeseal_report report;
    int fd = clone_source(wanted->form, &report);
    /* Linux 6.3 */
    bool needs_exec_seal = (wanted->form->require & EXESEAL_GUARANTEE_X_SEALED) != 0;
    check(fd >= 0 || wanted->form->strategy != EXESEAL_STRATEGY_MEMFD || (needs_exec_seal && fd == -EOPNOTSUPP));
    if (fd < 0)
        return;
    check_withstands(fd, &report);
    run_from(fd);
}

static void what_is_made_without_proc_withstands(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t form = 0; form < ANYWHERE; form++)
        for (int maker = 0; maker < MAKERS; maker++) {
            struct case_of wanted = {.form = &FORM[form], .maker = (enum maker)maker};
            assert_child_named(FORM[form].name, __FILE__, __LINE__, clone_without_proc, &wanted);
        }
}

/* --- LISTEN_FDS --- */

enum { FIRST_LISTENED = 3 };

/* Runs in the container, after an execution of its own. */
static int attack_listened(const char *count) {
    for (int fd = FIRST_LISTENED; fd < FIRST_LISTENED + atoi(count); fd++) {
        (void)!fchmod(fd, 0777);
        (void)!write(fd, "x", 1);
        deface(fd);
        deface_path(proc_path(fd));
    }
    return 0;
}

struct handed {
    struct target *target;
    enum who who;
};

static void start_container(void *argument) {
    enum { FIRST_FREE = 20 };
    const struct handed *handed = argument;
    char *argv[] = {"container", "attack", NULL}, *envp[] = {"LISTEN_FDS=1", NULL};
    int test = fcntl(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), F_DUPFD_CLOEXEC, FIRST_FREE);
    int fd = fcntl(handed->target->fd, F_DUPFD_CLOEXEC, FIRST_FREE);
    check(dup2(fd, FIRST_LISTENED) == FIRST_LISTENED);
    become(handed->target, handed->who);
    fexecve(test, argv, envp);
    child_skip("the test does not execute itself");
}

/* Returns whether the passed-on file was changed. */
static bool falls_to_container(const struct form *form, enum maker maker, enum who who) {
    struct target target;
    make_target(&target, form, maker);
    struct handed handed = {&target, who};
    int status = 0;
    if (target.fd >= 0 && can_be(&target, who))
        status = in_child(start_container, &handed);
    bool is_changed = target.fd >= 0 && has_other_bytes(&target);
    discard_target(&target);
    if (status != 0) /* its libraries, perhaps */
        skip_because("the test does not run as everybody");
    return is_changed;
}

static void descriptor_handed_down_by_LISTEN_FDS_is_harmless(void **state) {
    (void)state;
    static const int read_only[] = {REUSE, MEMFD, X_SEALED_MEMFD, TMPFS, OVERLAY, BIND};
    for (size_t i = 0; i < COUNT(read_only); i++)
        for (int maker = 0; maker < MAKERS; maker++)
            for (int who = 0; who < MAKERS_NAMESPACE && can_make((enum maker)maker); who++)
                assert_false(falls_to_container(&FORM[read_only[i]], (enum maker)maker, (enum who)who));
}

static void control_file_handed_down_by_LISTEN_FDS_is_changed(void **state) {
    (void)state;
    assert_true(falls_to_container(&FORM[TMPFILE], BY_USER, OWNER));
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "attack") == 0)
        return attack_listened(getenv("LISTEN_FDS"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memfd_noexec_0_allows_all),
        cmocka_unit_test(memfd_noexec_1_allows_all),
        cmocka_unit_test(memfd_noexec_2_allows_all_but_memfd),
        cmocka_unit_test(what_is_made_without_proc_withstands),
        cmocka_unit_test(descriptor_handed_down_by_LISTEN_FDS_is_harmless),
        cmocka_unit_test(control_file_handed_down_by_LISTEN_FDS_is_changed),
    };
    directory = make_temp_directory();
    snprintf(source_path, sizeof source_path, "%s",
             make_file(&directory, "source", program()->data, program()->size, 0755));
    int result = run_all(tests);
    remove_temp_directory(&directory);
    return result;
}
