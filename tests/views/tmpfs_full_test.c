/* SPDX-License-Identifier: MIT */
/* A program larger than half of the memory. A filter answers for the kernel, for one descriptor
 * at a time. */
#include "views.h"

#include "sandbox.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { FIRST_FD = 3, LAST_FD = 16 };

/* Refuses the system call with this first argument. */
static void refuse_for_descriptor(long number, int fd, int error) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)fd, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(code), code};
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        child_skip("this kernel takes no seccomp filters");
}

static bool *was_hit; /* in memory shared with the children */

struct refusal {
    int fd, error;
    bool is_memory; /* otherwise a file */
};

/* If the tmpfs is full, tmpfile is tried. If memory itself is short, no other strategy is. */
static void copy_with_refusal(const struct viewer *viewer, void *argument) {
    const struct refusal *refusal = argument;
    int source = open_payload();
    struct bytes bytes = payload_bytes();
    if (viewer->rootless)
        become_rootless(EXESEAL_STRATEGY_TMPFS);
    int descriptors = open_descriptors();
    refuse_for_descriptor(refusal->is_memory ? SYS_pwritev : SYS_sendfile, refusal->fd, refusal->error);
    refuse_others(EXESEAL_STRATEGY_TMPFS);
    struct exeseal_report report;
    int fd = refusal->is_memory ? exeseal_clone_memory(bytes.data, bytes.size, NULL, 0, &report, sizeof report)
                                : exeseal_clone(source, NULL, 0, &report, sizeof report);
    if (attempt_of(&report, EXESEAL_STRATEGY_TMPFS)->error == 0)
        return; /* another descriptor was its writer */
    *was_hit = true;
    check_says(&report, EXESEAL_STRATEGY_TMPFS, EXESEAL_STEP_COPY, refusal->error, "");
    check_equal(report.attempt[1].strategy, EXESEAL_STRATEGY_TMPFS);
    if (refusal->error == ENOSPC) {
        check(fd >= 3);
        check_equal(report.strategy, EXESEAL_STRATEGY_TMPFILE);
        check(holds_bytes(fd, bytes.data, bytes.size));
        check(strstr(report_text(&report), "does not fit into the memory") != NULL);
        check_equal(open_descriptors(), descriptors + 1);
    } else {
        check_equal(fd, -refusal->error);
        check_equal(report.attempts, 2);
        check_equal(open_descriptors(), descriptors);
    }
}

static void assert_refusal(const char *name, int error, bool is_memory) {
    static const uint32_t any[] = {EXESEAL_STRATEGY_NONE};
    *was_hit = false;
    for (int fd = FIRST_FD; fd <= LAST_FD; fd++)
        assert_viewers_named(name, __FILE__, __LINE__, any, 1, copy_with_refusal,
                             &((struct refusal){fd, error, is_memory}));
    assert_true(*was_hit);
}

static void memfd_takes_over_from_a_full_tmpfs(void **state) {
    (void)state;
    assert_refusal(__func__, ENOSPC, false);
    assert_refusal(__func__, ENOSPC, true);
}

static void want_of_memory_stops(void **state) {
    (void)state;
    assert_refusal(__func__, ENOMEM, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memfd_takes_over_from_a_full_tmpfs),
        cmocka_unit_test(want_of_memory_stops),
    };
    was_hit = mmap(NULL, sizeof *was_hit, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return was_hit == MAP_FAILED ? 1 : run_all(tests);
}
