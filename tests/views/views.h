/* SPDX-License-Identifier: MIT */
/* One strategy at a time, for root and rootless, and the checks of a view. All functions belong
 * in a child. */
#ifndef VIEWS_H
#define VIEWS_H

#include "support.h"

struct viewer {
    uint32_t strategy; /* EXESEAL_STRATEGY_NONE: whichever is first */
    bool rootless;     /* see become_rootless; with EXESEAL_STRATEGY_NONE, a user who may mount */
};

/* Runs it for overlay, bind and mode ro-shared-page, each as root and rootless. */
typedef void (*view_function)(const struct viewer *viewer, void *argument);
#define assert_every_viewer(function, argument)                                                                        \
    assert_viewers_named(__func__, __FILE__, __LINE__, VIEWS, VIEW_COUNT, function, argument)
#define assert_viewers(strategies, function, argument)                                                                 \
    assert_viewers_named(__func__, __FILE__, __LINE__, strategies, COUNT(strategies), function, argument)
enum { VIEW_COUNT = 3 };
extern const uint32_t VIEWS[VIEW_COUNT];
void assert_viewers_named(const char *name, const char *file, int line, const uint32_t *strategies, size_t count,
                          view_function function, void *argument);

/* Makes this process the user, and leaves no other strategy possible. */
void become(const struct viewer *viewer);

/* Refuses what the strategies before this one in its plan require. */
void refuse_others(uint32_t strategy);

int view_of(int source, struct exeseal_report *report);

/* Clones by the strategy that refuse_others left. */
int clone_by(uint32_t strategy, int source, struct exeseal_report *report);

/* --- programs --- */

/* Writes the payload there and opens it. */
int make_program(const char *path);
struct bytes payload_bytes(void);

/* Executes it in a child and checks that it exits with 7, which only the payload does. */
void check_runs(int fd);

/* --- results --- */

/* Checks for a view by this strategy of a file with these bytes, which runs. */
void check_shows(const struct viewer *viewer, int fd, const struct exeseal_report *report, const struct bytes *wanted);

/* Checks that the view's system calls refuse writing. */
void check_is_read_only(int fd);

/* Checks that the call failed, what this strategy reported, and that the text says the same. */
void check_says(const struct exeseal_report *report, uint32_t strategy, uint32_t step, int error, const char *where);
const struct exeseal_attempt *attempt_of(const struct exeseal_report *report, uint32_t strategy);

/* --- files --- */

void remove_tree(const char *path);

/* Returns the whole file as text, in a static buffer. */
const char *text_of(const char *path);

#endif
