// SPDX-License-Identifier: MIT
// Parses the options that say how the program is sealed.
#include "run_options.h"

#include "message.h"
#include "text.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>

namespace exeseal_tool {
namespace {

struct Names {
    const char *kind;
    const char *if_empty; // the complaint about an empty name in a list
    const char *(*name)(uint32_t);
};

constexpr Names kModes = {"mode", "an empty name in a list; for the automatic mode, write '' alone", exeseal_mode_name};
constexpr Names kGuarantees = {"guarantee", "an empty name in a list", exeseal_guarantee_name};

// Complains of a name in a list, and names the valid ones.
bool refuse_name(const char *list, const char *name, const Names &names) {
    if (*name == '\0') {
        complain(list, names.if_empty);
        return false;
    }
    Sentence known;
    known.add("unknown %s; use one of", names.kind);
    for (uint32_t i = 0; names.name(i) != nullptr; i++)
        known.add(" '%s'", names.name(i));
    complain(name, known.text);
    return false;
}

// The first name of a list whose names are separated by commas.
struct FirstName {
    char text[64] = ""; // a longer name is cut, and is unknown then
    size_t length;

    explicit FirstName(const char *list) : length(strcspn(list, ",")) {
        memcpy(text, list, length < sizeof text ? length : sizeof text - 1);
    }
};

// Sets the mode to the first name of the list, and the fallbacks to the others.
bool set_mode(RunRequest &request, const char *text) {
    exeseal_clone_options &options = request.clone;
    memset(options.fallback, 0, sizeof options.fallback);
    uint32_t *mode = &options.mode, *next = options.fallback;
    *mode = EXESEAL_MODE_AUTOMATIC;
    if (*text == '\0')
        return true;
    for (const char *at = text; mode != nullptr; at++) {
        FirstName name(at);
        if (name.length == 0 || exeseal_mode_parse(name.text, mode) != 0)
            return refuse_name(text, name.text, kModes);
        at += name.length;
        if (*at == '\0')
            return true;
        mode = next < options.fallback + EXESEAL_CLONE_FALLBACKS ? next++ : nullptr;
    }
    complain(text, "too many modes");
    return false;
}

// Adds to what was required before: a wrapper that appends options must not lose it.
bool set_require(RunRequest &request, const char *text) {
    uint64_t guarantees = 0;
    if (exeseal_guarantee_parse(text, &guarantees) == 0) {
        request.clone.require |= guarantees;
        return true;
    }
    for (const char *at = text;; at++) {
        FirstName name(at);
        uint64_t guarantee = 0;
        at += name.length;
        bool is_known = name.length != 0 && exeseal_guarantee_parse(name.text, &guarantee) == 0;
        if (!is_known || *at == '\0')
            return refuse_name(text, name.text, kGuarantees);
    }
}

bool set_name(RunRequest &request, const char *text) {
    if (*text == '\0' || strlen(text) >= sizeof request.clone.name) {
        complain(text, "a name has 1 to 63 bytes");
        return false;
    }
    strcpy(request.clone.name, text);
    return true;
}

// The descriptor stays open until the program is executed.
bool set_tmp_dir(RunRequest &request, const char *path) {
    request.clone.tmp_dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    request.clone.flags |= EXESEAL_CLONE_TMP_DIRFD;
    if (request.clone.tmp_dirfd < 0)
        complain(path, strerror(errno));
    return request.clone.tmp_dirfd >= 0;
}

bool set_max_bytes(RunRequest &request, const char *text) {
    char *end = nullptr;
    errno = 0;
    request.clone.max_bytes = strtoull(text, &end, 10);
    bool is_number = *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
    if (!is_number || request.clone.max_bytes == 0)
        complain(text, "a limit is a number of bytes above 0");
    return is_number && request.clone.max_bytes != 0;
}

template <uint64_t Flag> bool set_clone_flag(RunRequest &request, const char *) {
    request.clone.flags |= Flag;
    return true;
}

bool set_report(RunRequest &request, const char *form) {
    request.report = form == nullptr ? ReportForm::Text : ReportForm::Json;
    if (form == nullptr || strcmp(form, "json") == 0)
        return true;
    complain(form, "unknown form of a report; use json");
    return false;
}

const char *report_form(uint32_t index) {
    return index == 0 ? "json" : nullptr;
}

template <bool (*Function)(RunRequest &, const char *)> bool set(void *request, const char *text) {
    return Function(*static_cast<RunRequest *>(request), text);
}

} // namespace

constinit const Option sealing_options[] = {
    {"mode", "MODE,...", "Use the first of these modes that works. '' is the automatic mode, which is the default.",
     set<set_mode>, false, exeseal_mode_name},
    {"require", "GUARANTEE,...", "Fail unless the result gives all of these guarantees.", set<set_require>, false,
     exeseal_guarantee_name},
    {"max-bytes", "N", "Fail if more than N bytes would have to be copied.", set<set_max_bytes>},
    {"name", "NAME", "Show NAME in /proc/PID/exe instead of the name of the program. At most 63 bytes.", set<set_name>},
    {"reclaimable", nullptr,
     "Try a copy with fs-verity before a memfd. The kernel can reclaim its memory. Of no use for programs that copy "
     "themselves, such as runc and crun.",
     set<set_clone_flag<EXESEAL_CLONE_RECLAIMABLE>>},
    {"small-pages", nullptr, "Do not use huge pages for the copy.", set<set_clone_flag<EXESEAL_CLONE_SMALL_PAGES>>},
    {"huge-pages", nullptr, "Use huge pages for a large copy, even where a hypervisor may have taken back free memory.",
     set<set_clone_flag<EXESEAL_CLONE_HUGE_PAGES>>},
    {"drop-privileges", nullptr,
     "Accept a program with set-user-ID or set-group-ID bit or file capabilities. It runs without these privileges.",
     set<set_clone_flag<EXESEAL_CLONE_DROP_PRIVILEGES>>},
    {"tmp-dir", "DIR", "Try DIR before other directories where a copy must be a file.", set<set_tmp_dir>},
    {"report", "FORM", "Print on standard error how the program was found and cloned, or why it was not.",
     set<set_report>, true, report_form},
};

} // namespace exeseal_tool
