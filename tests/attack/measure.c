/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include "landlock.h"

#include <sys/mman.h>

struct trial {
    struct target *target;
    const struct attack *attack;
    enum who who;
};

struct change {
    bool bytes, x_bits;
};

static void attack_main(void *argument) {
    const struct trial *trial = argument;
    struct target *target = trial->target;
    if (trial->attack->needs_program)
        start_program(target);
    become(target, trial->who);
    trial->attack->run(target);
    end_program(target);
}

/* An attacker that is not available proves nothing. It is reported once. */
static void note_untried(enum who who) {
    static bool is_noted[WHOS];
    if (!is_noted[who])
        print_message("not tried here: attacks as %s\n", WHO_NAMES[who]);
    is_noted[who] = true;
}

static struct change try_attack(struct trial *trial) {
    enum { SKIPPED = 77, BROKEN = 99 };
    int status = in_child(attack_main, trial);
    if (status == SKIPPED)
        note_untried(trial->who);
    assert_int_not_equal(status, BROKEN);
    return (struct change){has_other_bytes(trial->target), has_other_x_bits(trial->target)};
}

/* --- properties that need no attack: visible in the target, or shown by using it --- */

static void run_without_any_path(void *argument) {
    char *argv[] = {"payload", "exit", "7", NULL};
    allow_execution_only_below(NULL, 0);
    exeseal_exec_fd(((struct target *)argument)->fd, argv, NULL, NULL, 0, NULL, 0);
}

static void measure_landlock(struct target *target, struct cell *cell) {
    int status = in_child(run_without_any_path, target);
    cell->is_measured = status != 77;
    cell->is_broken = status != 7;
    snprintf(cell->missing, sizeof cell->missing, "%s", status == 77 ? "Landlock" : "");
    snprintf(cell->by, sizeof cell->by, "a ruleset that allows no path");
}

/* The seals that crun, LXC and youki compare with. */
static void measure_peers(const struct target *target, struct cell *cell) {
    if (seals_of(target->fd) != PEER_SEALS || (target->file.st_mode & 0111) == 0) {
        cell->is_broken = true;
        snprintf(cell->by, sizeof cell->by, "peers look for a memfd with seals 0xf exactly");
    }
}

static void measure_pages(const struct target *target, struct cell *cell) {
    if (is_same_file(target->fd, target->source)) {
        cell->is_broken = true;
        snprintf(cell->by, sizeof cell->by, "it is the source itself");
    }
}

/* --- stability: a writer in the middle of the copy --- */

enum { PAGE = 4096 };
static const char WRITTEN[] = "by a writer";

struct writer {
    const struct target *target;
    enum who who;
    char *map; /* opened before: with this writer no lease is possible */
};

static void write_now(void *argument) {
    const struct writer *writer = argument;
    become(writer->target, writer->who);
    int fd = open(writer->target->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        (void)!pwrite(fd, WRITTEN, sizeof WRITTEN, 0);
}

static void write_during_copy(void *argument) {
    in_child(write_now, argument);
}

/* The page is dirty before the copy begins, so no timestamp shows the store. */
static void map_before(const struct target *target, void *argument) {
    struct writer *writer = argument;
    int fd = open(target->path, O_RDWR | O_CLOEXEC);
    writer->map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (writer->map == MAP_FAILED)
        abort();
    writer->map[0] = (char)program()->data[0];
}

static void store_during_copy(void *argument) {
    memcpy(((struct writer *)argument)->map, WRITTEN, sizeof WRITTEN);
}

/* Returns whether the copy has the bytes written meanwhile; *claims: whether the report has
 * STABLE. */
static bool copy_despite(const struct form *form, enum maker maker, const struct interference *interference,
                         bool *claims) {
    struct target target;
    struct writer *writer = interference->argument;
    writer->target = &target;
    make_target_despite(&target, form, maker, interference);
    *claims = target.fd >= 0 && (target.report.guarantees & EXESEAL_GUARANTEE_STABLE) != 0;
    bool is_changed = target.fd >= 0 && has_other_bytes(&target);
    discard_target(&target);
    return is_changed;
}

bool store_reaches_copy(const struct form *form, enum maker maker, bool *claims) {
    struct writer writer = {.map = NULL};
    const struct interference interference = {map_before, store_during_copy, &writer};
    bool is_changed = copy_despite(form, maker, &interference, claims);
    munmap(writer.map, PAGE);
    return is_changed;
}

static void measure_stability(const struct form *form, enum maker maker, struct cell *cell) {
    if (form->is_of_sealed || form->is_of_verity)
        return; /* nothing is copied */
    bool claims, is_broken = store_reaches_copy(form, maker, &claims) && claims;
    for (int who = 0; who < MAKERS_NAMESPACE && !is_broken; who++) {
        struct target shape = {.form = form, .maker = maker};
        struct writer writer = {.who = (enum who)who};
        const struct interference interference = {NULL, write_during_copy, &writer};
        is_broken = can_be(&shape, writer.who) && copy_despite(form, maker, &interference, &claims) && claims;
    }
    if (is_broken && !cell->is_broken)
        snprintf(cell->by, sizeof cell->by, "a write to the source during the copy");
    cell->is_broken |= is_broken;
}

/* --- all of it --- */

static void note(struct cell *cells, uint64_t bits, const struct trial *trial) {
    for (unsigned bit = 0; bit < BITS; bit++)
        if ((bits >> bit & 1) != 0 && !cells[bit].is_broken) {
            cells[bit].is_broken = true;
            snprintf(cells[bit].by, sizeof cells[bit].by, "%s, as %s", trial->attack->name, WHO_NAMES[trial->who]);
        }
}

/* Each attack gets a target of its own, because a failed attack may leave the target changed. */
static struct change attack_fresh(const struct form *form, enum maker maker, const struct attack *attack,
                                  enum who who) {
    struct target target;
    make_target(&target, form, maker);
    struct trial trial = {&target, attack, who};
    struct change change = {false, false};
    if (target.fd >= 0 && can_be(&target, who))
        change = try_attack(&trial);
    discard_target(&target);
    return change;
}

static void measure_attacks(const struct form *form, enum maker maker, struct cell *cells) {
    for (size_t i = 0; i < ATTACK_COUNT; i++)
        for (int who = 0; who < WHOS; who++) {
            struct trial trial = {NULL, &ATTACKS[i], (enum who)who};
            struct change change = attack_fresh(form, maker, trial.attack, trial.who);
            note(cells, change.bytes ? trial.attack->breaks : 0, &trial);
            note(cells, change.x_bits ? EXESEAL_GUARANTEE_X_SEALED : 0, &trial);
        }
}

/* This machine may lack a strategy; these errors, however, are faults of ours. */
static bool is_failure(int error) {
    static const int ours[] = {EIO, ESTALE, EBADF, EFAULT, EBUSY, ETXTBSY, EMFILE, ENFILE};
    for (size_t i = 0; i < COUNT(ours); i++)
        if (error == ours[i])
            return true;
    return false;
}

static void note_missing(struct cell *cells, const struct exeseal_report *report) {
    int error = last_attempt(report).error;
    const char *reason = error != 0 ? strerror(error) : "another strategy made the result";
    for (unsigned bit = 0; bit < BITS; bit++)
        snprintf(cells[bit].missing, sizeof cells[bit].missing, "not available here: %s", reason);
    if (is_failure(error))
        print_error("%s", report_text(report));
    assert_false(is_failure(error));
}

static void measure_made_by(const struct form *form, enum maker maker, struct cell *cells) {
    struct target target;
    make_target(&target, form, maker);
    bool is_made = target.fd >= 0;
    if (!is_made)
        note_missing(cells, &target.report);
    for (unsigned bit = 0; bit < BITS && is_made; bit++) {
        bool is_reported = (target.report.guarantees >> bit & 1) != 0;
        assert_true(!cells[bit].is_measured || cells[bit].is_reported == is_reported);
        cells[bit].is_measured = true;
        cells[bit].is_reported = is_reported;
    }
    if (is_made) {
        measure_landlock(&target, &cells[5]);
        measure_peers(&target, &cells[4]);
        measure_pages(&target, &cells[3]);
    }
    discard_target(&target);
    if (is_made) {
        measure_stability(form, maker, &cells[6]);
        measure_attacks(form, maker, cells);
    }
}

const struct cell *cells_of(const struct form *form) {
    static struct cell cells[FORMS][BITS];
    static bool is_done[FORMS];
    size_t index = (size_t)(form - FORM);
    for (int maker = 0; maker < MAKERS && !is_done[index]; maker++)
        if (can_make((enum maker)maker))
            measure_made_by(form, (enum maker)maker, cells[index]);
    is_done[index] = true;
    return cells[index];
}

bool breaks_into(const struct form *form, enum maker maker, const struct attack *attack, enum who who) {
    struct change change = attack_fresh(form, maker, attack, who);
    return change.bytes || change.x_bits;
}

bool succeeds_somewhere(const struct attack *attack) {
    for (size_t i = 0; i < NAIVE_FORMS; i++)
        if (breaks_into(&NAIVE[i], BY_ROOT, attack, ROOT))
            return true;
    return false;
}

const struct attack *attack_named(const char *name) {
    for (size_t i = 0; i < ATTACK_COUNT; i++)
        if (strcmp(ATTACKS[i].name, name) == 0)
            return &ATTACKS[i];
    return NULL;
}
