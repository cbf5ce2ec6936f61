// SPDX-License-Identifier: MIT
// The command `exeseal run`: seals a program and executes it.
#include "command.h"
#include "find.h"
#include "forms.h"
#include "header.h"
#include "memory_room.h"
#include "message.h"
#include "others.h"
#include "run_options.h"
#include "runtime_kind.h"
#include "runtime_log.h"
#include "text.h"

#include <cerrno>
#include <cinttypes>
#include <cstring>
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr uint64_t kLandlock = EXESEAL_EXEC_LANDLOCK | EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE;

// Names the memfd after the program, so that /proc/PID/exe shows its name. The kernel takes the
// comm from the name of the memfd, or from the number of the descriptor.
void name_after(const char *path, exeseal_clone_options &options) {
    if (options.name[0] != '\0')
        return;
    const char *slash = strrchr(path, '/');
    const char *base = slash != nullptr ? slash + 1 : path;
    if (strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
        return; // a directory, which is rejected later
    memcpy(options.name, base, strnlen(base, sizeof options.name - 1));
}

// Whether the program itself cannot be cloned. After more than one attempt, the strategies have
// failed.
bool is_programs_fault(const exeseal_report &report) {
    const exeseal_attempt &attempt = report.attempt[0];
    bool is_about_source = exeseal_step_kind(attempt.step) == EXESEAL_KIND_SOURCE;
    return report.attempts == 1 && is_about_source && !is_own_trouble(attempt.error);
}

int fail(const char *path, const char *what, int error, const exeseal_report &report) {
    complain(path, what, strerror(-error));
    print_report(report);
    return is_programs_fault(report) ? kCannotExecute : kFailed;
}

bool is_file(const Program &program) {
    struct stat file;
    return fstat(program.fd, &file) == 0 && S_ISREG(file.st_mode);
}

// Tries it with a few bytes: where no directory has fs-verity, --reclaimable results in a memfd.
bool is_copied_to_disk(const exeseal_clone_options &options) {
    if ((options.flags & EXESEAL_CLONE_RECLAIMABLE) == 0)
        return false;
    exeseal_report report;
    int fd = exeseal_clone_memory("exeseal", strlen("exeseal"), &options, sizeof options, &report, sizeof report);
    if (fd >= 0)
        close(fd);
    return report.strategy == EXESEAL_STRATEGY_VERITY;
}

bool is_too_large(const exeseal_report &report) {
    const exeseal_attempt &last = report.attempt[report.attempts - 1];
    return report.attempts > 0 && report.attempts <= EXESEAL_REPORT_ATTEMPTS && last.step == EXESEAL_STEP_LIMIT &&
           last.error == EFBIG && strcmp(last.where, "max_bytes") == 0;
}

int complain_of_memory(const char *path, const MemoryRoom &room) {
    Sentence text;
    text.add("not sealed: a copy does not fit into the %" PRIu64 " bytes that the memory cgroup %s leaves", room.left,
             room.group);
    complain(path, text.text);
    print_lines("Raise its limit, or use --mode ro-shared-page as root.");
    return kFailed;
}

bool falls_back_to_view(const exeseal_clone_options &options) {
    for (uint32_t mode : options.fallback)
        if (mode == EXESEAL_MODE_RO_SHARED_PAGE)
            return true;
    return false;
}

// A view uses no memory. If it is not possible either, the error of the copy is returned.
int view(const Program &program, exeseal_clone_options options, int error, exeseal_report &report) {
    memset(options.fallback, 0, sizeof options.fallback);
    options.mode = EXESEAL_MODE_RO_SHARED_PAGE;
    exeseal_report of_view;
    int fd = exeseal_clone(program.fd, &options, sizeof options, &of_view, sizeof of_view);
    if (fd < 0)
        return error;
    report = of_view;
    return fd;
}

// The kernel kills a process that exceeds the limit of its memory cgroup. max_bytes limits copies
// and nothing else.
int seal(const Program &program, exeseal_clone_options options, exeseal_report &report, MemoryRoom &room) {
    if (is_file(program))
        room = find_memory_room();
    if (room.left != UINT64_MAX && is_copied_to_disk(options))
        room.left = UINT64_MAX;
    uint64_t limit = options.max_bytes != 0 ? options.max_bytes : UINT64_MAX;
    if (room.left < limit)
        options.max_bytes = room.max_bytes();
    else
        room.left = UINT64_MAX;
    int fd = exeseal_clone(program.fd, &options, sizeof options, &report, sizeof report);
    bool may_be_viewed = room.left != UINT64_MAX && is_too_large(report) && falls_back_to_view(options);
    return fd < 0 && may_be_viewed ? view(program, options, fd, report) : fd;
}

// The name is checked first, since reading the file for markers takes longer than copying it.
void warn_of_second_copy(const Program &program, const exeseal_report &report, const char *option) {
    bool is_taken_for_copy = (report.guarantees & EXESEAL_GUARANTEE_PEER_SEALED) != 0;
    bool is_runtime = is_runtime_name(program.path) || is_runtime_name(program.resolved);
    if (is_taken_for_copy || !is_runtime)
        return;
    const RuntimeKind *kind = find_runtime_kind(program.fd);
    if (kind == nullptr || kind->when == nullptr || kind->is_on_request)
        return;
    Sentence warning;
    warning.add("%s is of no use here: the program copies itself again unless it runs from a sealed memfd", option);
    complain(program.path, warning.text);
}

// Prints the same text as after a refusal by the kernel.
int complain_of_format(const char *path) {
    exeseal_report report = {};
    report.attempts = 1;
    report.attempt[0].step = EXESEAL_STEP_FORMAT;
    report.attempt[0].error = ENOEXEC;
    complain(path, "cannot be executed");
    print_report(report);
    return kCannotExecute;
}

// The kernel executes the interpreter, and these two guarantees concern the executed file.
constexpr uint64_t kNotOfScripts = EXESEAL_GUARANTEE_PEER_SEALED | EXESEAL_GUARANTEE_LANDLOCK;

bool is_refused_as_script(const char *path, uint64_t require) {
    if ((require & kNotOfScripts) == 0)
        return false;
    complain(
        path,
        "a script: its interpreter is executed from a path, so it is neither peer-sealed nor landlock. Use a binary.");
    return true;
}

void warn_of_interpreter(const char *path, exeseal_report &report) {
    report.guarantees &= ~kNotOfScripts;
    complain(path, "a script: only the script is sealed, not its interpreter and not the programs that it executes");
}

void warn_of_inheritance(const Program &program, char *const argv[]) {
    if (starts_containers(program.path, argv) || starts_containers(program.resolved, argv))
        complain(program.path, "--landlock: everything the program starts inherits this, so its containers do not "
                               "start. Use it with runtimes that execute only themselves, such as runsc.");
}

// Whether a setting of the launch failed, as opposed to the program.
bool is_launch_step(uint32_t step) {
    uint32_t kind = exeseal_step_kind(step);
    return kind == EXESEAL_KIND_LAUNCH || kind == EXESEAL_KIND_ARGUMENT;
}

int execute(int fd, const char *path, char **argv, char **environment, exeseal_exec_options options) {
    options.flags |= EXESEAL_EXEC_SCRIPT;
    exeseal_report report;
    int error = exeseal_exec_fd(fd, argv, environment, &options, sizeof options, &report, sizeof report);
    bool is_launch = is_launch_step(report.attempt[0].step);
    fail(path, is_launch ? "cannot be started with these options" : "cannot be executed", error, report);
    return is_launch ? kFailed : kCannotExecute;
}

// Also printed without --report: the user may believe that another program of this name runs.
void tell_of_refused(const Program &program) {
    if (program.refusals[0] == '\0')
        return;
    complain(program.path, "chosen after these candidates were rejected");
    print_lines(program.refusals);
}

void tell(const Program &program, const exeseal_report &report) {
    print_others(program);
    if (is_found_elsewhere(program))
        complain(program.path, "resolved", program.resolved);
    if (program.is_wrapped)
        complain(program.path, "found through a wrapper: the variables that the wrapper sets are not set");
    complain(program.path, "cloned");
    print_report(report);
}

// One line, since the program may write to standard error too.
void tell_in_json(const Program &program, const exeseal_report &report) {
    bool does_memfd_run = report.strategy == EXESEAL_STRATEGY_MEMFD;
    Json json(stderr, Layout::OneLine);
    json.begin_object();
    write_program(json, program);
    write_others(json, program);
    json.string("strategy", strategy_or_null(report.strategy));
    write_report(json, report, does_memfd_run);
    json.end_object();
}

void tell_as_asked(const char *name, Program &program, const exeseal_report &report, ReportForm form) {
    if (form != ReportForm::None)
        look_for_others(name, program);
    if (form != ReportForm::Json)
        tell_of_refused(program);
    if (form == ReportForm::Text)
        tell(program, report);
    else if (form == ReportForm::Json)
        tell_in_json(program, report);
}

// Returns only on failure.
int run_sealed(const char *name, char **argv, RunRequest &request) {
    char **environment = make_environment(request.launch);
    if (environment == nullptr) {
        complain(name, strerror(ENOMEM));
        return kFailed;
    }
    Program program;
    if (int error = find_program(name, program); error < 0)
        return complain_of_search(name, error, program);
    if (is_surely_no_program(program.fd))
        return complain_of_format(program.path);
    name_after(program.path, request.clone);
    exeseal_report report;
    MemoryRoom room;
    int fd = seal(program, request.clone, report, room);
    if (fd < 0 && request.report == ReportForm::Json)
        tell_in_json(program, report);
    if (fd < 0 && room.left != UINT64_MAX && is_too_large(report))
        return complain_of_memory(program.path, room);
    if (fd < 0)
        return fail(program.path, "cannot be cloned", fd, report);
    if (is_script(fd)) {
        if (is_refused_as_script(program.path, request.clone.require))
            return kFailed;
        warn_of_interpreter(program.path, report);
    }
    tell_as_asked(name, program, report, request.report);
    if ((request.clone.flags & EXESEAL_CLONE_RECLAIMABLE) != 0)
        warn_of_second_copy(program, report, "--reclaimable");
    if ((request.launch.options.flags & kLandlock) != 0)
        warn_of_inheritance(program, argv);
    argv[0] = program.path;
    return execute(fd, program.path, argv, environment, request.launch.options);
}

int run_or_log(const char *name, char **argv, RunRequest &request) {
    int code = run_sealed(name, argv, request);
    log_failure(argv + 1, last_complaint());
    return code;
}

int run(int argc, char **argv) {
    RunRequest request;
    if (std::optional<int> status = parse_options(run_command, argc, argv, &request))
        return *status;
    if (!is_consistent(request.launch))
        return kFailed;
    if (optind >= argc)
        return complain_of_operands(run_command, "no PROGRAM is given");
    return run_or_log(argv[optind], argv + optind, request);
}

constexpr OptionGroup kGroups[] = {{"Options for sealing", sealing_options},
                                   {"Options for starting the program", launch_options}};

} // namespace

constinit const Command run_command = {
    "run",
    "[OPTION...] [--] PROGRAM [ARG...]",
    "Seal a program and run it.",
    "Seals PROGRAM into a file descriptor and executes it from there, in place of exeseal. If PROGRAM contains a "
    "slash, "
    "it is the path of a file. Otherwise it is a name, which is searched for as by exeseal resolve.\n"
    "Options after PROGRAM are passed on to it. If they contain --log FILE and --log-format json, as container engines "
    "pass them to a runtime, a failure of exeseal is also appended to FILE as a line of JSON.",
    kGroups,
    run,
    true};

int run_linked(const char *name, char **argv) {
    RunRequest request;
    return run_or_log(name, argv, request);
}

} // namespace exeseal_tool
