/* SPDX-License-Identifier: MIT */
/* The targets: clones of every strategy, and naive ones against which each attack
 * must succeed. */
#ifndef TARGETS_H
#define TARGETS_H

#include "support.h"
#include "watch.h"

/* A target BY_USER that mounts is made in new user and mount namespaces, as in a rootless
 * container engine. */
enum maker { BY_USER, BY_ROOT, MAKERS };

enum who { OTHER, OWNER, OWNERS_NAMESPACE, ROOT, MAKERS_NAMESPACE, WHOS };
extern const char *const WHO_NAMES[WHOS];

/* How one kind of target is made. */
struct form {
    const char *name;
    uint32_t strategy; /* the strategy that must have made it */
    uint32_t mode;
    uint64_t flags, require;
    long refused[2]; /* system calls that the maker is denied, so that this strategy is reached */
    bool mounts;
    bool is_of_sealed;
    bool is_of_verity; /* the source gets fs-verity */
    bool is_on_disk;   /* made in, and from, a directory on a file system that has fs-verity */
    int (*make_naive)(const char *source);
};

enum { REUSE, MEMFD, X_SEALED_MEMFD, TMPFS, TMPFILE, OVERLAY, BIND, VERITY_SOURCE, VERITY_COPY, FORMS };
enum { NAIVE_FORMS = 6 };
extern const struct form FORM[FORMS], NAIVE[NAIVE_FORMS];

struct target {
    const struct form *form;
    enum maker maker;
    int fd;     /* what the attackers get; -1: not possible here, see report */
    int reader; /* for comparison afterwards */
    int source;
    char path[256]; /* of the source; for `reuse`, of the file that it was sealed from */
    struct temp_directory directory;
    struct exeseal_report report;
    struct stat file;   /* when it was made */
    int context;        /* a file system context that the maker left open, or -1 */
    int user_namespace; /* the maker's */
    pid_t running;      /* a child of the attacker */
    int input;          /* closing it ends that child */
};

/* An action of another process at the same time. */
struct interference {
    void (*before)(const struct target *target, void *argument); /* the source exists */
    void (*during_copy)(void *argument);
    void *argument;
};

void make_target(struct target *target, const struct form *form, enum maker maker);
void make_target_despite(struct target *target, const struct form *form, enum maker maker,
                         const struct interference *interference);
void discard_target(struct target *target);

/* Returns whether the user who runs these tests can act as this one. */
bool can_make(enum maker maker);
bool can_be(const struct target *target, enum who who);

/* In a child: clones by this strategy only. Returns -1 if another strategy made the result. */
int clone_as(const struct form *form, int source, struct exeseal_report *report);

/* In a child. Skips the test if that is not possible. */
void become(const struct target *target, enum who who);
void become_maker(const struct form *form, enum maker maker);
void become_user_of(enum maker maker); /* without namespaces of its own */

void start_program(struct target *target);
void end_program(struct target *target);

bool has_other_bytes(const struct target *target);
bool has_other_x_bits(const struct target *target);

/* The static program that is cloned. */
const struct bytes *program(void);

#endif
