// SPDX-License-Identifier: MIT
// Parses the options of `exeseal run`.
#include "run_options.h"

#include "message.h"
#include "text.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <getopt.h>

namespace exeseal_tool {
namespace {

struct Names {
    const char *kind;
    const char *if_empty; // what is said of an empty name in a list
    const char *(*name)(uint32_t);
};

constexpr Names kModes = {"mode", "an empty name in a list of modes; the automatic mode, '', stands alone",
                          exeseal_mode_name};
constexpr Names kGuarantees = {"guarantee", "an empty name in a list of guarantees", exeseal_guarantee_name};

// list: what the name stands in. Names what would have been right.
bool refuse_name(const char *list, const char *name, const Names &names) {
    if (*name == '\0') {
        complain(list, names.if_empty);
        return false;
    }
    Sentence known;
    known.add("no such %s; there are:", names.kind);
    for (uint32_t i = 0; names.name(i) != nullptr; i++)
        known.add(" '%s'", names.name(i));
    complain(name, known.text);
    return false;
}

// The first name of a list, which ends at a comma.
struct FirstName {
    char text[64] = ""; // cut if longer, so that it is no name of ours
    size_t length;

    explicit FirstName(const char *list) : length(strcspn(list, ",")) {
        memcpy(text, list, length < sizeof text ? length : sizeof text - 1);
    }
};

// "A,B,...": A, and what is tried in this order if A cannot be had.
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

bool set_require(RunRequest &request, const char *text) {
    if (exeseal_guarantee_parse(text, &request.clone.require) == 0)
        return true;
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

// Opened here and open until the program is executed.
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
    complain(form, "no form of a report; there is 'json'");
    return false;
}

struct RunOption {
    const char *name;
    int has_argument;
    bool (*set)(RunRequest &request, const char *text);
};

constexpr RunOption kOptions[] = {
    {"drop-privileges", no_argument, set_clone_flag<EXESEAL_CLONE_DROP_PRIVILEGES>},
    {"max-bytes", required_argument, set_max_bytes},
    {"mode", required_argument, set_mode},
    {"name", required_argument, set_name},
    {"reclaimable", no_argument, set_clone_flag<EXESEAL_CLONE_RECLAIMABLE>},
    {"report", optional_argument, set_report},
    {"require", required_argument, set_require},
    {"small-pages", no_argument, set_clone_flag<EXESEAL_CLONE_SMALL_PAGES>},
    {"huge-pages", no_argument, set_clone_flag<EXESEAL_CLONE_HUGE_PAGES>},
    {"tmp-dir", required_argument, set_tmp_dir},
};
constexpr size_t kSealingOptions = sizeof kOptions / sizeof kOptions[0];
constexpr int kFirstIndex = 256; // above every character that getopt_long(3) returns

// What getopt_long(3) knows: the options above, then those of the launch.
struct KnownOptions {
    option list[kSealingOptions + kLaunchOptions + 1] = {};

    KnownOptions() {
        int index = kFirstIndex;
        option *next = list;
        for (const RunOption &sealing : kOptions)
            *next++ = {sealing.name, sealing.has_argument, nullptr, index++};
        for (const LaunchOption &launch : launch_options)
            *next++ = {launch.name, launch.argument != nullptr ? required_argument : no_argument, nullptr, index++};
    }
};

bool set_option(RunRequest &request, size_t index, const char *text) {
    return index < kSealingOptions ? kOptions[index].set(request, text)
                                   : set_launch_option(request.launch, launch_options[index - kSealingOptions], text);
}

} // namespace

bool parse_run_options(int argc, char **argv, RunRequest &request) {
    KnownOptions known;
    opterr = 0;
    for (int found; (found = getopt_long(argc, argv, "+:", known.list, nullptr)) != -1;) {
        if (found < kFirstIndex) {
            complain_of_option(found, argv);
            return false;
        }
        if (!set_option(request, static_cast<size_t>(found - kFirstIndex), optarg))
            return false;
    }
    return is_consistent(request.launch);
}

} // namespace exeseal_tool
