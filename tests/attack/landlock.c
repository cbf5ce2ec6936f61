/* SPDX-License-Identifier: MIT */
#include "landlock.h"

#include "support.h"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void allow(int ruleset, const char *path) {
    struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_EXECUTE};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    check(rule.parent_fd >= 0);
    check(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0);
    close(rule.parent_fd);
}

void allow_execution_only_below(const char *const *paths, size_t count) {
    struct landlock_ruleset_attr attributes = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0)
        child_skip("no Landlock (Linux 5.13)");
    for (size_t i = 0; i < count; i++)
        allow(ruleset, paths[i]);
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    check(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0);
    close(ruleset);
}
