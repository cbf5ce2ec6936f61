/* SPDX-License-Identifier: MIT */
/*
 * Each strategy against each guarantee: what the strategy promises, what exeseal_clone reports,
 * and what is left after every attack by every attacker. The test fails if a promise is broken,
 * and also if a guarantee that no attack breaks is not promised.
 */
#include "measure.h"
#include "page.h"

#include "sandbox.h"

#include <sched.h>
#include <sys/mount.h>

enum promise { NO, YES, EVIDENCE };

/* STABLE requires evidence: the source is the maker's own file, so a lease is possible. */
static const enum promise PROMISE[FORMS][BITS] = {
    /*                  READ_ONLY SEALED X_SEALED OWN_PAGES PEER_SEALED LANDLOCK STABLE */
    [REUSE] = {YES, YES, NO, NO, YES, YES, EVIDENCE},
    [MEMFD] = {YES, YES, NO, YES, YES, YES, EVIDENCE},
    [X_SEALED_MEMFD] = {YES, YES, YES, YES, NO, YES, EVIDENCE},
    [TMPFS] = {YES, NO, NO, YES, NO, NO, EVIDENCE},
    [TMPFILE] = {NO, NO, NO, YES, NO, NO, EVIDENCE},
    [OVERLAY] = {YES, NO, NO, NO, NO, NO, NO},
    [BIND] = {YES, NO, NO, NO, NO, NO, NO},
    [VERITY_SOURCE] = {YES, YES, NO, NO, NO, NO, YES},
    [VERITY_COPY] = {YES, YES, NO, YES, NO, NO, EVIDENCE},
};

static bool has_form(uint32_t strategy) {
    for (size_t i = 0; i < FORMS; i++)
        if (FORM[i].strategy == strategy)
            return true;
    return false;
}

static void every_strategy_is_attacked(void **state) {
    (void)state;
    assert_every_strategy(has_form);
}

struct place {
    const struct form *form;
    unsigned bit;
};

static void assert_reported(const struct cell *cell, enum promise promise) {
    if (promise == EVIDENCE && !cell->is_reported)
        skip_test("evidence", "no lease to be had on the file system of the temporary directory");
    if (cell->is_reported != (promise != NO))
        print_error("exeseal_clone %s it\n", cell->is_reported ? "reports" : "does not report");
    assert_int_equal(cell->is_reported, promise != NO);
}

static void cell_is_as_promised(void **state) {
    const struct place *place = *state;
    const struct cell *cell = &cells_of(place->form)[place->bit];
    enum promise promise = PROMISE[place->form - FORM][place->bit];
    if (!cell->is_measured)
        skip_test(place->form->name, cell->missing);
    assert_reported(cell, promise);
    if (promise == NO && !cell->is_broken && geteuid() != 0)
        skip_test(place->form->name, "needs root to be broken");
    if (cell->is_broken != (promise == NO))
        print_error("%s %s: %s%s\n", place->form->name, exeseal_guarantee_name(place->bit),
                    cell->is_broken ? "promised, and broken by " : "not promised, and nothing breaks it",
                    cell->is_broken ? cell->by : "");
    assert_int_equal(cell->is_broken, promise == NO);
}

static void control_attack_succeeds_somewhere(void **state) {
    const struct attack *attack = *state;
    skip_unless_root();
    bool succeeds = succeeds_somewhere(attack);
    if (!succeeds)
        print_error("%s changes nothing anywhere\n", attack->name);
    assert_true(succeeds);
}

/* Otherwise nothing could break STABLE. */
static void control_copy_can_be_changed_while_it_is_made(void **state) {
    (void)state;
    static const int copies[] = {MEMFD, TMPFS, TMPFILE};
    for (size_t i = 0; i < COUNT(copies); i++) {
        bool claims;
        assert_true(store_reaches_copy(&FORM[copies[i]], BY_USER, &claims));
        assert_false(claims);
    }
}

static void page_is_written_from_the_measurement(void **state) {
    (void)state;
    skip_unless_root();
    for (size_t form = 0; form < FORMS; form++)
        for (unsigned bit = 0; bit < BITS; bit++)
            if (!FORM[form].is_on_disk && !cells_of(&FORM[form])[bit].is_measured)
                skip_because("not every strategy is to be had here");
    if (!page_is_up_to_date())
        print_error("run this test with EXESEAL_UPDATE=1 to write %s\n", PAGE_PATH);
    assert_true(page_is_up_to_date());
}

/* Not in the table because it depends on the kernel: who can reach the superblock of a tmpfs. */
static void superblock_of_tmpfs_is_out_of_reach_of_others(void **state) {
    (void)state;
    static const enum who outsiders[] = {OTHER, OWNERS_NAMESPACE};
    const struct attack *attack = attack_named("the handle of the root directory");
    skip_unless_root();
    for (int maker = 0; maker < MAKERS; maker++) {
        for (size_t i = 0; i < COUNT(outsiders); i++)
            assert_false(breaks_into(&FORM[TMPFS], (enum maker)maker, attack, outsiders[i]));
        for (int who = 0; who < WHOS; who++)
            if (breaks_into(&FORM[TMPFS], (enum maker)maker, attack, (enum who)who))
                print_message("made by %s: %s, as %s, makes it writable\n", maker == BY_ROOT ? "root" : "a user",
                              attack->name, WHO_NAMES[who]);
    }
}

static struct CMUnitTest tests[FORMS * BITS + 32];
static struct place places[FORMS * BITS];
static char names[FORMS * BITS + 32][80];

static struct CMUnitTest named(size_t index, const char *name, const char *of, CMUnitTestFunction run, void *state) {
    snprintf(names[index], sizeof names[index], "%s %s", name, of);
    return (struct CMUnitTest){names[index], run, NULL, NULL, state};
}

int main(void) {
    /* Mounts that an attack makes end with this process. */
    if (geteuid() == 0 && (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)) {
        puts("skip: no mount namespace to be had");
        return 77;
    }
    size_t count = 0;
    for (size_t i = 0; i < ATTACK_COUNT; i++, count++)
        tests[count] =
            named(count, "control:", ATTACKS[i].name, control_attack_succeeds_somewhere, (void *)&ATTACKS[i]);
    for (size_t i = 0; i < COUNT(places); i++, count++) {
        places[i] = (struct place){&FORM[i / BITS], (unsigned)(i % BITS)};
        tests[count] = named(count, FORM[i / BITS].name, exeseal_guarantee_name((uint32_t)(i % BITS)),
                             cell_is_as_promised, &places[i]);
    }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(every_strategy_is_attacked);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(control_copy_can_be_changed_while_it_is_made);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(superblock_of_tmpfs_is_out_of_reach_of_others);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(page_is_written_from_the_measurement);
    return run_group(tests, count);
}
