// SPDX-License-Identifier: MIT
#include "commands.h"
#include "find.h"
#include "message.h"
#include "runtime_kind.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

struct Request {
    exeseal_clone_options clone = {};
    bool wants_report = false;
};

bool is_not_there(int error) {
    return error == -ENOENT || error == -ENOTDIR;
}

// Lists what would have been right.
void complain_of_name(const char *what, const char *text, const char *(*name)(uint32_t)) {
    fprintf(stderr, "exeseal: there is no %s '%s'; there are:", what, text);
    for (uint32_t i = 0; name(i) != nullptr; i++)
        fprintf(stderr, " '%s'", name(i));
    fputc('\n', stderr);
}

bool set_mode(Request &request, const char *text) {
    if (exeseal_mode_parse(text, &request.clone.mode) == 0)
        return true;
    complain_of_name("mode", text, exeseal_mode_name);
    return false;
}

bool set_require(Request &request, const char *text) {
    if (exeseal_guarantee_parse(text, &request.clone.require) == 0)
        return true;
    complain_of_name("guarantee list", text, exeseal_guarantee_name);
    return false;
}

bool set_name(Request &request, const char *text) {
    if (*text == '\0' || strlen(text) >= sizeof request.clone.name || strchr(text, '/') != nullptr) {
        complain(text, "a name has 1 to 63 bytes and no '/'");
        return false;
    }
    strcpy(request.clone.name, text);
    return true;
}

// Opened here and open until the program is executed.
bool set_tmp_dir(Request &request, const char *path) {
    request.clone.tmp_dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    request.clone.flags |= EXESEAL_CLONE_TMP_DIRFD;
    if (request.clone.tmp_dirfd < 0)
        complain(path, strerror(errno));
    return request.clone.tmp_dirfd >= 0;
}

bool set_max_bytes(Request &request, const char *text) {
    char *end = nullptr;
    errno = 0;
    request.clone.max_bytes = strtoull(text, &end, 10);
    bool is_number = *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
    if (!is_number || request.clone.max_bytes == 0)
        complain(text, "a limit is a number of bytes above 0");
    return is_number && request.clone.max_bytes != 0;
}

bool set_option(Request &request, int option) {
    switch (option) {
    case 'm':
        return set_mode(request, optarg);
    case 'r':
        return set_require(request, optarg);
    case 'n':
        return set_name(request, optarg);
    case 'd':
        request.clone.flags |= EXESEAL_CLONE_DROP_PRIVILEGES;
        return true;
    case 't':
        return set_tmp_dir(request, optarg);
    case 'b':
        return set_max_bytes(request, optarg);
    case 'f':
        request.clone.flags |= EXESEAL_CLONE_FAST;
        return true;
    case 'R':
        request.wants_report = true;
        return true;
    default:
        complain("run", "see exeseal --help"); // getopt_long(3) has said why
        return false;
    }
}

bool parse_options(int argc, char **argv, Request &request) {
    static const option kOptions[] = {
        {"drop-privileges", no_argument, nullptr, 'd'},
        {"fast", no_argument, nullptr, 'f'},
        {"max-bytes", required_argument, nullptr, 'b'},
        {"mode", required_argument, nullptr, 'm'},
        {"name", required_argument, nullptr, 'n'},
        {"report", no_argument, nullptr, 'R'},
        {"require", required_argument, nullptr, 'r'},
        {"tmp-dir", required_argument, nullptr, 't'},
        {nullptr, 0, nullptr, 0},
    };
    argv[0] = const_cast<char *>("exeseal"); // getopt_long(3) begins its complaints with it
    for (int option; (option = getopt_long(argc, argv, "+", kOptions, nullptr)) != -1;)
        if (!set_option(request, option))
            return false;
    return true;
}

// The program shows in /proc/PID/exe and comm by its own name.
void name_after(const char *path, exeseal_clone_options &options) {
    if (options.name[0] != '\0')
        return;
    const char *slash = strrchr(path, '/');
    const char *base = slash != nullptr ? slash + 1 : path;
    memcpy(options.name, base, strnlen(base, sizeof options.name - 1)); // the rest is zero
}

// Whether the program is one that cannot be run, as opposed to trouble of our own, like no descriptors left.
bool is_programs_fault(const exeseal_report &report) {
    const exeseal_attempt &attempt = report.attempt[0];
    if (report.attempts != 1)
        return false;
    bool is_no_source =
        attempt.error == EISDIR || attempt.error == ENODEV || attempt.error == ENOEXEC || attempt.error == EACCES;
    return attempt.step == EXESEAL_STEP_PRIVILEGES || (attempt.step == EXESEAL_STEP_SOURCE && is_no_source);
}

int fail(const char *path, const char *what, int error, const exeseal_report &report) {
    fprintf(stderr, "exeseal: %s: %s: %s\n", path, what, strerror(-error));
    print_report(report);
    return is_programs_fault(report) ? kCannotExecute : kFailed;
}

// A name costs nothing to look at; the bytes, which tell for sure, take longer to read than to copy.
void warn_of_second_copy(const Program &program, const exeseal_report &report) {
    bool is_taken_for_copy = (report.guarantees & EXESEAL_GUARANTEE_PEER_SEALED) != 0;
    if (is_taken_for_copy || !is_runtime_name(program.path))
        return;
    const RuntimeKind *kind = find_runtime_kind(program.fd);
    if (kind != nullptr && kind->when != nullptr && !kind->is_on_request)
        complain(program.path, "--fast gains nothing here: it copies itself again unless it runs from a sealed memfd");
}

int execute(int fd, const char *path, char **argv) {
    exeseal_exec_options options = {};
    options.flags = EXESEAL_EXEC_SCRIPT;
    exeseal_report report;
    int error = exeseal_exec_fd(fd, argv, environ, &options, sizeof options, &report, sizeof report);
    fail(path, "cannot be executed", error, report);
    return kCannotExecute;
}

int run_sealed(const char *name, char **argv, Request &request) {
    Program program;
    if (int error = find_program(name, program); error < 0) {
        complain(name, strerror(-error));
        return is_not_there(error) ? kNotFound : kCannotExecute;
    }
    name_after(program.path, request.clone);
    exeseal_report report;
    int fd = exeseal_clone(program.fd, &request.clone, sizeof request.clone, &report, sizeof report);
    if (fd < 0)
        return fail(program.path, "cannot be sealed", fd, report);
    if (request.wants_report) {
        complain(program.path, "sealed");
        print_report(report);
    }
    if ((request.clone.flags & EXESEAL_CLONE_FAST) != 0)
        warn_of_second_copy(program, report);
    argv[0] = program.path;
    return execute(fd, program.path, argv);
}

} // namespace

int run(int argc, char **argv) {
    Request request;
    if (!parse_options(argc, argv, request))
        return kFailed;
    if (optind >= argc) {
        complain("run", "no program is named; see exeseal --help");
        return kFailed;
    }
    return run_sealed(argv[optind], argv + optind, request);
}

int run_linked(const char *name, char **argv) {
    Request request;
    return run_sealed(name, argv, request);
}

} // namespace exeseal_tool
