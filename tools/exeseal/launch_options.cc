// SPDX-License-Identifier: MIT
// Parses the options that say how the program is started.
#include "launch_options.h"

#include "exeseal-caps.h"
#include "libcap.h"
#include "message.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

struct Signal {
    const char *name;
    int number;
};

// The signals that make sense when the parent has ended.
constexpr Signal kSignals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"KILL", SIGKILL},
                               {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"TERM", SIGTERM}};

// Accepts digits only: no sign, no blanks.
bool parse_number(const char *text, const char *digits, int base, int highest, int &number) {
    if (*text == '\0' || text[strspn(text, digits)] != '\0')
        return false;
    errno = 0;
    unsigned long parsed = strtoul(text, nullptr, base);
    number = static_cast<int>(parsed);
    return errno == 0 && parsed <= static_cast<unsigned long>(highest);
}

bool parse_decimal(const char *text, int highest, int &number) {
    return parse_number(text, "0123456789", 10, highest, number);
}

const char *signal_name(uint32_t index) {
    return index < sizeof kSignals / sizeof kSignals[0] ? kSignals[index].name : nullptr;
}

bool parse_signal(const char *text, int &number) {
    const char *name = strncmp(text, "SIG", 3) == 0 ? text + 3 : text;
    for (const Signal &signal : kSignals)
        if (strcmp(name, signal.name) == 0) {
            number = signal.number;
            return true;
        }
    return parse_decimal(text, SIGRTMAX, number);
}

bool refuse(const char *text, const char *why) {
    complain(text, why);
    return false;
}

// Inherited descriptors are not close-on-exec. Those that exeseal has opened are.
bool is_inherited(int fd) {
    return fcntl(fd, F_GETFD) == 0;
}

char **clean_environment(const Launch &launch) {
    constexpr size_t kFixed = 32;
    static char text[128];
    size_t room = kFixed + launch.entry_count;
    char **clean = static_cast<char **>(calloc(room, sizeof *clean));
    if (clean != nullptr)
        exeseal_environment(launch.entries, environ, clean, room, text, sizeof text);
    return clean;
}

char **own_environment(const Launch &launch) {
    for (size_t i = 0; i < launch.entry_count; i++)
        if (strchr(launch.entries[i], '=') != nullptr && putenv(const_cast<char *>(launch.entries[i])) != 0)
            return nullptr;
    return environ;
}

bool add_entry(Launch &launch, const char *text) {
    if (*text == '\0' || *text == '=')
        return refuse(text, "an entry of the environment is NAME=VALUE or NAME");
    size_t room = launch.entry_count + 2; // for this entry and nullptr
    void *grown = realloc(launch.entries, room * sizeof *launch.entries);
    if (grown == nullptr)
        return refuse(text, strerror(ENOMEM));
    launch.entries = static_cast<const char **>(grown);
    launch.entries[launch.entry_count++] = text;
    launch.entries[launch.entry_count] = nullptr;
    return true;
}

// execve(2) gives root all capabilities of the bounding set, whatever the other sets are.
void warn_of_root(const char *text) {
    if (*text == '\0' && geteuid() == 0)
        complain("--caps ''",
                 "the program keeps all capabilities, since it runs as root; write --caps none to drop them");
}

bool parse_capabilities(Launch &launch, const char *text) {
    int error = exeseal_caps_parse(text, &launch.options);
    if (libcap_trouble != nullptr)
        return refuse("--caps requires libcap", libcap_trouble);
    warn_of_root(text);
    return error == 0 || refuse(text, error == -EINVAL ? "not in the format of cap_iab(3); write, for example, "
                                                         "'!cap_sys_admin,^cap_net_raw'"
                                                       : strerror(-error));
}

bool open_directory(Launch &launch, const char *text) {
    launch.options.directory = open(text, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return launch.options.directory >= 0 || refuse(text, strerror(errno));
}

bool parse_umask(Launch &launch, const char *text) {
    int mask = 0;
    if (!parse_number(text, "01234567", 8, 0777, mask))
        return refuse(text, "a umask is an octal number from 0 to 0777");
    launch.options.umask = static_cast<uint32_t>(mask);
    return true;
}

bool parse_death_signal(Launch &launch, const char *text) {
    return parse_signal(text, launch.options.death_signal) ||
           refuse(text, "a signal is HUP, INT, QUIT, KILL, USR1, USR2, TERM, or a number");
}

bool keep_descriptor(Launch &launch, const char *text) {
    int fd = -1;
    if (!parse_decimal(text, INT_MAX, fd) || !is_inherited(fd))
        return refuse(text, "not a descriptor that exeseal has inherited");
    if (launch.options.keep_count == EXESEAL_EXEC_KEEP)
        return refuse(text, "at most 16 descriptors can be kept");
    launch.options.keep[launch.options.keep_count++] = fd;
    return true;
}

bool use_clean_environment(Launch &launch, const char *) {
    return launch.has_clean_environment = true;
}

using Parse = bool (*)(Launch &launch, const char *text);

// Flags without an argument have no function.
template <uint64_t Flag, Parse Function> bool set(void *request, const char *text) {
    Launch &launch = static_cast<RunRequest *>(request)->launch;
    constexpr Parse kParse = Function;
    if (kParse != nullptr && !kParse(launch, text))
        return false;
    launch.options.flags |= Flag;
    return true;
}

// The names that the argument of an option may contain; nullptr if it has no such table.
using Values = const char *(*)(uint32_t index);

constexpr Values values_of(Parse parse) {
    return parse == parse_death_signal ? signal_name : nullptr;
}

} // namespace

constinit const Option launch_options[] = {
#define EXEC_OPTION(NAME, STEP, check_values, check, apply, option, argument, parse, help, document)                   \
    {option, argument, help, set<EXESEAL_EXEC_##NAME, parse>, false, values_of(parse)},
#include "launch/exec_options.h"
    {"keep-fd", "N", "Keep descriptor N open although --close-fds is given. May be repeated.", set<0, keep_descriptor>},
    {"clean-env", nullptr,
     "Replace the environment by fixed values of PATH, HOME, USER, LOGNAME, TMPDIR and XDG_RUNTIME_DIR.",
     set<0, use_clean_environment>},
    {"env", "NAME[=VALUE]",
     "Add NAME=VALUE to the environment. Without VALUE, keep NAME although --clean-env is given. May be repeated.",
     set<0, add_entry>},
};

bool is_consistent(const Launch &launch) {
    bool closes = (launch.options.flags & EXESEAL_EXEC_CLOSE_OTHERS) != 0;
    return closes || launch.options.keep_count == 0 || refuse("--keep-fd", "requires --close-fds");
}

char **make_environment(const Launch &launch) {
    char **environment = launch.has_clean_environment ? clean_environment(launch) : own_environment(launch);
    if (environment != nullptr && (launch.options.flags & EXESEAL_EXEC_CLOSE_OTHERS) != 0)
        exeseal_environment_filter(environment, launch.options.keep, launch.options.keep_count, environment, SIZE_MAX);
    return environment;
}

} // namespace exeseal_tool
