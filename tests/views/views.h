/* SPDX-License-Identifier: MIT */
/* One strategy at a time, by root and rootless, and what a good view is. All of it is for children. */
#ifndef VIEWS_H
#define VIEWS_H

#include "support.h"

struct viewer {
    uint32_t strategy; /* EXESEAL_STRATEGY_NONE: whichever comes first */
    bool rootless;     /* see become_rootless; with EXESEAL_STRATEGY_NONE, one who may mount */
};

/* Overlay, bind and mode ro-shared-page as it is, each by root and rootless. */
typedef void (*view_function)(const struct viewer *viewer, void *argument);
#define assert_every_viewer(function, argument)                                                                        \
    assert_viewers_named(__func__, __FILE__, __LINE__, VIEWS, VIEW_COUNT, function, argument)
#define assert_viewers(strategies, function, argument)                                                                 \
    assert_viewers_named(__func__, __FILE__, __LINE__, strategies, COUNT(strategies), function, argument)
enum { VIEW_COUNT = 3 };
extern const uint32_t VIEWS[VIEW_COUNT];
void assert_viewers_named(const char *name, const char *file, int line, const uint32_t *strategies, size_t count,
                          view_function function, void *argument);

/* From here on this process is the user, and no other strategy can be had. */
void become(const struct viewer *viewer);

/* Takes away what the strategies before this one in its plan need. */
void refuse_others(uint32_t strategy);

int view_of(int source, struct exeseal_report *report);

/* By whatever refuse_others left. */
int clone_by(uint32_t strategy, int source, struct exeseal_report *report);

/* --- programs --- */

/* Writes the payload there and opens it. */
int make_program(const char *path);
struct bytes payload_bytes(void);

/* Executes it in a child: exits with 7, as nothing but the payload does. */
void check_runs(int fd);

/* --- what came out --- */

/* A view by this strategy of a file with these bytes, which runs. */
void check_shows(const struct viewer *viewer, int fd, const struct exeseal_report *report, const struct bytes *wanted);

/* What the view's system calls say of writing. */
void check_is_read_only(int fd);

/* The call failed; what this strategy said, and that the text says it too. */
void check_says(const struct exeseal_report *report, uint32_t strategy, uint32_t step, int error, const char *where);
const struct exeseal_attempt *attempt_of(const struct exeseal_report *report, uint32_t strategy);

/* --- files --- */

void remove_tree(const char *path);

/* The whole file as text, in a static buffer. */
const char *text_of(const char *path);

#endif
