// SPDX-License-Identifier: MIT
// Finds the log file in the arguments of a container runtime, and appends a failure to it.
#include "runtime_log.h"

#include "json.h"
#include "message.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

struct Log {
    const char *path = nullptr;
    const char *format = "text"; // the default of every runtime
};

bool is_option(const char *word) {
    return word[0] == '-' && word[1] != '\0';
}

// The arguments after these commands belong to the program in the container.
bool is_command(const char *word) {
    constexpr const char *kCommands[] = {"create", "run", "exec", "restore", "do"};
    for (const char *command : kCommands)
        if (strcmp(word, command) == 0)
            return true;
    return false;
}

// Returns the value in "--NAME=VALUE", or the next word after "--NAME", or nullptr for another
// option. runc and runsc, which are written in Go, accept a single '-' too.
const char *value_of(const char *name, const char *word, const char *next) {
    word += word[1] == '-' ? 2 : 1;
    size_t length = strlen(name);
    if (strncmp(word, name, length) != 0)
        return nullptr;
    return word[length] == '=' ? word + length + 1 : word[length] == '\0' ? next : nullptr;
}

// Stops at the command of the runtime: the first word that is neither an option nor possibly the
// value of one.
Log find_log(char *const arguments[]) {
    Log log;
    bool may_be_value = false;
    for (; *arguments != nullptr && strcmp(*arguments, "--") != 0; arguments++) {
        const char *word = *arguments;
        if (!is_option(word) && (!may_be_value || is_command(word)))
            break;
        may_be_value = is_option(word) && strchr(word, '=') == nullptr;
        if (!is_option(word))
            continue;
        if (const char *path = value_of("log", word, arguments[1]))
            log.path = path;
        if (const char *format = value_of("log-format", word, arguments[1]))
            log.format = format;
    }
    return log;
}

// In the format of RFC 3339.
void write_time(char (&text)[32]) {
    time_t now = time(nullptr);
    tm parts = {};
    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

// Uses one write(2), since another process of the runtime may append too.
bool append(FILE *file, const char *message) {
    static char buffer[1 << 14];
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    char now[32];
    write_time(now);
    Json json(file, Layout::OneLine);
    json.begin_object();
    json.string("level", "error");
    json.string("msg", message);
    json.string("time", now);
    json.end_object();
    return fclose(file) == 0;
}

} // namespace

void log_failure(char *const arguments[], const char *message) {
    Log log = find_log(arguments);
    if (log.path == nullptr || log.path[0] == '\0' || strcmp(log.format, "json") != 0)
        return;
    // Opens it as runc does, but does not wait for the reader of a FIFO.
    int fd = open(log.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
    FILE *file = fd >= 0 ? fdopen(fd, "a") : nullptr;
    if (file == nullptr || !append(file, message))
        complain(log.path, "the runtime's log cannot be written", strerror(errno));
}

} // namespace exeseal_tool
