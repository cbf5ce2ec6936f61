/* SPDX-License-Identifier: MIT */
/* Parses the text format of cap_iab(3) into execution options. */
#include "exeseal-caps.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>

static uint64_t set_of(cap_iab_t tuple, cap_iab_vector_t vector) {
    uint64_t set = 0;
    for (cap_value_t capability = 0; capability < 64; capability++)
        if (cap_iab_get_vector(tuple, vector, capability) == CAP_SET)
            set |= (uint64_t)1 << capability;
    return set;
}

/* Empties the inheritable and ambient sets too. The core ignores numbers that the kernel does not
 * know.
 */
static int drop_all(struct exeseal_exec_options *options) {
    options->flags |= EXESEAL_EXEC_CAPABILITIES;
    options->drop_bounding = UINT64_MAX;
    options->inheritable = options->ambient = 0;
    return 0;
}

int exeseal_caps_parse(const char *text, struct exeseal_exec_options *options) {
    int saved = errno;
    if (text == NULL || options == NULL)
        return -EINVAL;
    if (strcmp(text, "none") == 0)
        return drop_all(options);
    cap_iab_t tuple = cap_iab_from_text(text);
    int error = tuple != NULL ? 0 : errno == ENOMEM ? -ENOMEM : -EINVAL;
    errno = saved;
    if (error < 0)
        return error;
    options->flags |= EXESEAL_EXEC_CAPABILITIES;
    options->drop_bounding = set_of(tuple, CAP_IAB_BOUND);
    options->inheritable = set_of(tuple, CAP_IAB_INH);
    options->ambient = set_of(tuple, CAP_IAB_AMB);
    cap_free(tuple);
    return 0;
}
