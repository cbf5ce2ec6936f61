/* SPDX-License-Identifier: MIT */
/* What is attacked: sealed executables of every strategy, and naive ones that each attack must get the better of. */
#ifndef TARGETS_H
#define TARGETS_H

#include "support.h"
#include "watch.h"

/* What mounts is made BY_USER in a user and a mount namespace of its own, as in a rootless container engine. */
enum maker { BY_USER, BY_ROOT, MAKERS };

enum who { OTHER, OWNER, OWNERS_NAMESPACE, ROOT, MAKERS_NAMESPACE, WHOS };
extern const char *const WHO_NAMES[WHOS];

/* How one kind of target is made. */
struct form {
    const char *name;
    uint32_t strategy; /* what has to come out */
    uint32_t mode;
    uint64_t flags, require;
    long refused[2]; /* system calls that the maker lacks, so that this strategy's turn comes */
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
    int fd;     /* what the attackers get; -1: not to be had here, see report */
    int reader; /* to look whether it was changed */
    int source;
    char path[256]; /* of the source; of what it was sealed from for `reuse` */
    struct temp_directory directory;
    struct exeseal_report report;
    struct stat file;   /* as it was made */
    int context;        /* a file system context that the maker left open, or -1 */
    int user_namespace; /* the maker's */
    pid_t running;      /* a child of whoever attacks */
    int input;          /* closing it ends that one */
};

/* What somebody does meanwhile. */
struct interference {
    void (*before)(const struct target *target, void *argument); /* the source is there */
    void (*during_copy)(void *argument);
    void *argument;
};

void make_target(struct target *target, const struct form *form, enum maker maker);
void make_target_despite(struct target *target, const struct form *form, enum maker maker,
                         const struct interference *interference);
void discard_target(struct target *target);

/* Whether a user who runs these tests can be this one. */
bool can_make(enum maker maker);
bool can_be(const struct target *target, enum who who);

/* In a child: clones by this strategy and no other. What does not come out so is -1. */
int clone_as(const struct form *form, int source, struct exeseal_report *report);

/* In a child. Skips where it cannot be had. */
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
