/* SPDX-License-Identifier: MIT */
/* While a copy is put into huge pages, the host's other threads can see a mapping of it.
 * Whatever they do to that mapping, the copy's bytes do not change and the copy can be sealed. */
#include "huge_pages.h"

#include "watch.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { SIZE = 3 * HUGE_PAGE + 12345 };

static unsigned char *pattern;

struct host {
    void (*attack)(struct host *);
    long calls[2]; /* the system call at which it attacks */
    bool is_naive; /* the naive copy stores into a shared mapping */
    int source, socket;
    int orders[2], done[2];   /* one byte for each order to attack; one byte when it is done */
    unsigned char *kept;      /* a mapping that still exists once the copy is sealed */
    unsigned hits, inherited; /* attacks, and children that inherited the mapping */
};

/* --- the thread that attacks --- */

struct mapping {
    unsigned char *start;
    size_t size;
};

/* Size 0 means that no mapping exists now. */
static struct mapping find_mapping(void) {
    char line[512];
    unsigned long start = 0, end = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    check(maps != NULL);
    bool is_found = false;
    while (!is_found && fgets(line, sizeof line, maps) != NULL)
        is_found = strstr(line, "/memfd:") != NULL && sscanf(line, "%lx-%lx", &start, &end) == 2;
    fclose(maps);
    return is_found ? (struct mapping){(unsigned char *)start, end - start} : (struct mapping){NULL, 0};
}

static void store(struct host *host) {
    struct mapping mapping = find_mapping();
    if (mapping.size == 0)
        return;
    check(mprotect(mapping.start, mapping.size, PROT_READ | PROT_WRITE) == 0);
    mapping.start[0] = (unsigned char)~pattern[0];
    host->hits++;
}

static bool may_write_past_protection(void) {
    unsigned char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    check(page != MAP_FAILED && memory >= 0);
    bool may = pwrite(memory, "x", 1, (off_t)(uintptr_t)page) == 1;
    close(memory);
    munmap(page, 4096);
    return may;
}

/* Writes as a debugger does, past PROT_READ. */
static void write_by_proc(struct host *host) {
    struct mapping mapping = find_mapping();
    int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    unsigned char other = (unsigned char)~pattern[0];
    host->hits += mapping.size > 0 && pwrite(memory, &other, 1, (off_t)(uintptr_t)mapping.start) == 1;
    close(memory);
}

/* Moves the mapping to an address that the library does not unmap. */
static void keep(struct host *host) {
    struct mapping mapping = find_mapping();
    if (mapping.size == 0 || host->kept != NULL)
        return;
    void *place = mmap(NULL, mapping.size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *moved = mremap(mapping.start, mapping.size, mapping.size, MREMAP_MAYMOVE | MREMAP_FIXED, place);
    check(moved == place);
    host->kept = moved;
    host->hits++;
}

/* Removes the pages from the file. */
static void punch(struct host *host) {
    struct mapping mapping = find_mapping();
    if (mapping.size == 0)
        return;
    (void)!madvise(mapping.start, mapping.size, MADV_REMOVE);
    (void)!madvise(mapping.start, mapping.size, MADV_DONTNEED);
    host->hits++;
}

static void disable_huge_pages(struct host *host) {
    host->hits += prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0;
}

/* A child that lives on would keep the whole copy in memory although it closes each descriptor. */
static void fork_a_child(struct host *host) {
    if (find_mapping().size == 0)
        return;
    pid_t child = fork();
    if (child == 0)
        _exit(find_mapping().size == 0 ? 0 : 1);
    int status;
    check(waitpid(child, &status, 0) == child && WIFEXITED(status));
    host->inherited += WEXITSTATUS(status) != 0;
    host->hits++;
}

static void tell(const int ends[2]) {
    check(write(ends[1], "x", 1) == 1);
}

static bool wait_until_told(const int ends[2]) {
    char byte;
    return read(ends[0], &byte, 1) == 1;
}

static void *attack_when_told(void *argument) {
    struct host *host = argument;
    while (wait_until_told(host->orders)) {
        host->attack(host);
        tell(host->done);
    }
    return NULL;
}

/* --- the host --- */

static int copy_naively(void) {
    int fd = make_memfd("", 0, 0755, 0);
    check(ftruncate(fd, SIZE) == 0);
    unsigned char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(memory != MAP_FAILED);
    memcpy(memory, pattern, SIZE);
    munmap(memory, SIZE);
    return fcntl(fd, F_ADD_SEALS, PEER_SEALS) < 0 ? -errno : fd;
}

static int copy(const struct host *host) {
    struct exeseal_report report;
    return host->is_naive ? copy_naively() : exeseal_clone(host->source, HUGE_PAGES_ASKED_FOR, &report, sizeof report);
}

static void change_what_was_kept(const struct host *host) {
    if (host->kept == NULL)
        return;
    check(mprotect(host->kept, HUGE_PAGE, PROT_READ | PROT_WRITE) == 0);
    memset(host->kept, 0, HUGE_PAGE);
}

static _Noreturn void host_main(struct host *host) {
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(host->orders[1]);
    check(pthread_create(&thread, NULL, attack_when_told, host) == 0);
    stop_clocks();
    int watch = watch_system_calls(host->calls[0], host->calls[1]);
    if (watch < 0)
        child_skip("this kernel has no seccomp notifications");
    send_descriptor(host->socket, watch);
    close(watch);
    int fd = copy(host);
    check(host->hits > 0);
    if (host->is_naive && host->attack == fork_a_child) {
        check(host->inherited > 0);
        _exit(0);
    }
    if (host->is_naive) {
        check(host->kept != NULL ? fd == -EBUSY : fd >= 3 && !holds_bytes(fd, pattern, SIZE));
        _exit(0);
    }
    check(fd >= 3);
    check_equal(host->inherited, 0);
    change_what_was_kept(host);
    check_equal(seals_of(fd), PEER_SEALS);
    check(holds_bytes(fd, pattern, SIZE));
    _exit(0);
}

static void order_attack(pid_t task, void *argument) {
    struct host *host = argument;
    (void)task;
    tell(host->orders);
    check(wait_until_told(host->done));
}

static void attack_host(void *argument) {
    struct host host = *(const struct host *)argument;
    int ends[2], status;
    skip_unless_huge_pages();
    host.source = unlinked_file(pattern, SIZE, 0755);
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    check(pipe2(host.orders, O_CLOEXEC) == 0 && pipe2(host.done, O_CLOEXEC) == 0);
    host.socket = ends[1];
    pid_t child = fork();
    if (child == 0)
        host_main(&host);
    close(ends[1]);
    close(host.done[1]);
    int watch = receive_descriptor(ends[0]);
    if (watch >= 0)
        serve_watch(watch, ends[0], order_attack, &host);
    check(waitpid(child, &status, 0) == child);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* --- the tests --- */

/* While the mapping exists, and just before it is removed. */
static void stores_change_a_page_of_their_own(void **state) {
    (void)state;
    assert_child(attack_host, &((struct host){.attack = store, .calls = {SYS_madvise, SYS_munmap}}));
    assert_child(attack_host, &((struct host){.attack = store, .calls = {SYS_munmap, SYS_munmap}}));
}

static void writes_of_a_debugger_change_a_page_of_their_own(void **state) {
    (void)state;
    if (!may_write_past_protection()) /* CONFIG_PROC_MEM_FORCE_PTRACE or _NEVER, Linux 6.12 */
        skip_because("this kernel lets no process write past PROT_READ by /proc/self/mem");
    assert_child(attack_host, &((struct host){.attack = write_by_proc, .calls = {SYS_madvise, SYS_munmap}}));
}

static void mapping_that_is_kept_changes_nothing(void **state) {
    (void)state;
    assert_child(attack_host, &((struct host){.attack = keep, .calls = {SYS_madvise, SYS_munmap}}));
    assert_child(attack_host, &((struct host){.attack = keep, .calls = {SYS_munmap, SYS_munmap}}));
}

static void pages_cannot_be_taken_away(void **state) {
    (void)state;
    assert_child(attack_host, &((struct host){.attack = punch, .calls = {SYS_madvise, SYS_munmap}}));
}

static void disabling_huge_pages_leaves_a_copy(void **state) {
    (void)state;
    assert_child(attack_host, &((struct host){.attack = disable_huge_pages, .calls = {SYS_madvise, SYS_madvise}}));
}

static void child_that_is_forked_meanwhile_does_not_get_it(void **state) {
    (void)state;
    assert_child(attack_host, &((struct host){.attack = fork_a_child, .calls = {SYS_munmap, SYS_munmap}}));
}

static void control_child_gets_a_usual_mapping(void **state) {
    (void)state;
    assert_child(attack_host,
                 &((struct host){.attack = fork_a_child, .calls = {SYS_munmap, SYS_munmap}, .is_naive = true}));
}

static void control_shared_mapping_is_written_through_or_busy(void **state) {
    (void)state;
    assert_child(attack_host, &((struct host){.attack = store, .calls = {SYS_munmap, SYS_munmap}, .is_naive = true}));
    assert_child(attack_host, &((struct host){.attack = keep, .calls = {SYS_munmap, SYS_munmap}, .is_naive = true}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores_change_a_page_of_their_own),
        cmocka_unit_test(writes_of_a_debugger_change_a_page_of_their_own),
        cmocka_unit_test(mapping_that_is_kept_changes_nothing),
        cmocka_unit_test(pages_cannot_be_taken_away),
        cmocka_unit_test(disabling_huge_pages_leaves_a_copy),
        cmocka_unit_test(child_that_is_forked_meanwhile_does_not_get_it),
        cmocka_unit_test(control_child_gets_a_usual_mapping),
        cmocka_unit_test(control_shared_mapping_is_written_through_or_busy),
    };
    pattern = make_pattern(SIZE);
    int result = run_all(tests);
    free(pattern);
    return result;
}
