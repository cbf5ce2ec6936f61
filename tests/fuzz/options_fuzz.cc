// SPDX-License-Identifier: MIT
// Fuzzes the structs of the interface: their sizes, reserved bytes, flags and numbers.
#include "fuzz.h"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

using namespace exeseal::fuzz;

namespace {

constexpr size_t kLargest = 4096;
char program[] = "#!/bin/sh\n";
char *const argv[] = {program, nullptr};

// A struct as the input has it. The bytes beyond those that the library knows are zero, except
// perhaps one.
template <typename Struct> class Hostile {
  public:
    explicit Hostile(Input &input)
        : size_(input.number<uint16_t>() % (kLargest + 16)), memory_(size_, std::string(size_, '\0')) {
        bool is_unknown = (input.byte() & 1) != 0;
        input.take(std::min(size_, sizeof known)).copy(memory_.as(), size_);
        if (is_unknown && size_ > sizeof known)
            memory_.as()[sizeof known + input.number<uint16_t>() % (size_ - sizeof known)] = 1;
        has_unknown_ = is_unknown && size_ > sizeof known;
        memcpy(&known, memory_.as(), std::min(size_, sizeof known));
    }

    const Struct *get() { return memory_.as<Struct>(); }
    size_t size() const { return size_; }

    // The errno for a wrong size or an unknown byte, which each function returns; 0 if both are
    // right. In this version the first size is the present one.
    int refusal() const { return size_ < sizeof(Struct) ? -EINVAL : size_ > kLargest || has_unknown_ ? -E2BIG : 0; }

    // Sets flags that the target requires, if the struct has room for them.
    void set_flags(uint64_t flags) {
        if (size_ < sizeof(Struct))
            return;
        known.flags |= flags;
        memcpy(memory_.as(), &known, sizeof known);
    }

    Struct known = {};

  private:
    size_t size_;
    Exact memory_;
    bool has_unknown_ = false;
};

bool is_about_arguments(const exeseal_report &report) {
    return report.attempts == 1 && report.attempt[0].step == EXESEAL_STEP_ARGUMENT;
}

// Holds that the struct is rejected for its form if it has to be, and returns whether it was.
bool hold_refusal(int refusal, int result, const exeseal_report &report) {
    hold(refusal == 0 || result == refusal, "a wrong size, or an unknown byte, is rejected");
    hold(refusal == 0 || is_about_arguments(report), "the report names the argument");
    hold_report(report, result);
    return refusal != 0;
}

bool are_modes_right(const exeseal_clone_options &options) {
    uint32_t modes[] = {options.mode, options.fallback[0], options.fallback[1], options.fallback[2],
                        options.fallback[3]};
    bool has_ended = false;
    for (size_t i = 0; i < 5; i++) {
        bool is_automatic = modes[i] == EXESEAL_MODE_AUTOMATIC;
        if (exeseal_mode_name(modes[i]) == nullptr || (has_ended && !is_automatic))
            return false;
        has_ended = has_ended || is_automatic;
        if (!is_automatic && std::count(modes, modes + 5, modes[i]) != 1)
            return false;
    }
    return true;
}

void fuzz_clone(Input &input) {
    constexpr uint64_t kPages = EXESEAL_CLONE_SMALL_PAGES | EXESEAL_CLONE_HUGE_PAGES;
    Hostile<exeseal_clone_options> options(input);
    exeseal_report report;
    int result = exeseal_clone_memory(program, sizeof program, options.get(), options.size(), &report, sizeof report);
    if (result >= 0)
        close(result);
    if (hold_refusal(options.refusal(), result, report))
        return;
    const exeseal_clone_options &known = options.known;
    bool is_right = (known.flags & ~uint64_t{31}) == 0 && (known.flags & kPages) != kPages && known.require < 128 &&
                    are_modes_right(known) && memchr(known.name, '\0', sizeof known.name) != nullptr;
    hold(is_right || result == -EINVAL, "an unknown flag, guarantee or mode, or an endless name, is rejected");
    bool has_directory = (known.flags & EXESEAL_CLONE_TMP_DIRFD) != 0;
    hold(!is_right || has_directory || !is_about_arguments(report), "nothing else of the options is rejected");
    if (result < 0)
        return;
    hold((known.require & ~report.guarantees) == 0, "a result has each guarantee that is required");
    hold(report.strategy != EXESEAL_STRATEGY_NONE && report.bytes == sizeof program, "a result is reported");
    hold(result >= 3, "a result is never 0, 1 or 2");
}

void fuzz_exec(Input &input) {
    static const int fd = exeseal_clone_memory(program, sizeof program, nullptr, 0, nullptr, 0);
    Hostile<exeseal_exec_options> options(input);
    options.set_flags(EXESEAL_EXEC_CHECK);
    exeseal_report report;
    int result = exeseal_exec_fd(fd, argv, nullptr, options.get(), options.size(), &report, sizeof report);
    if (hold_refusal(options.refusal(), result, report))
        return;
    const exeseal_exec_options &known = options.known;
    bool has_unknown_flag = (known.flags >> 10) != 0;
    bool keeps_nothing = known.keep_count != 0 && (known.flags & EXESEAL_EXEC_CLOSE_OTHERS) == 0;
    hold(!(has_unknown_flag || keeps_nothing) || result == -EINVAL, "an unknown or a missing flag is rejected");
    exeseal_report again;
    hold(result == exeseal_exec_fd(fd, argv, nullptr, options.get(), options.size(), &again, sizeof again) &&
             is_same(report, again),
         "the same answer twice");
}

void fuzz_spawn(Input &input) {
    static const int fd = exeseal_clone_memory(program, sizeof program, nullptr, 0, nullptr, 0);
    Hostile<exeseal_spawn_options> options(input);
    exeseal_exec_options check = {};
    check.flags = EXESEAL_EXEC_CHECK | EXESEAL_EXEC_SCRIPT;
    exeseal_report report;
    int result = exeseal_spawn_fd(fd, argv, nullptr, &check, sizeof check, options.get(), options.size(), &report,
                                  sizeof report);
    if (hold_refusal(options.refusal(), result, report))
        return;
    const exeseal_spawn_options &known = options.known;
    bool is_known = (known.flags >> 3) == 0 && known.reserved == 0 && known.map_count <= EXESEAL_SPAWN_MAP;
    hold(is_known || result == -EINVAL, "an unknown flag, a reserved bit, or a map that is too long, is rejected");
    bool has_negative = false;
    for (uint32_t i = 0; is_known && i < known.map_count; i++)
        has_negative = has_negative || known.map[i].from < 0 || known.map[i].to < 0;
    hold(!has_negative || result == -EBADF, "a negative descriptor is rejected");
    hold(!is_known || has_negative || !is_about_arguments(report), "nothing else of the options is rejected");
}

void fuzz_resolve(Input &input) {
    Hostile<exeseal_resolve_options> options(input);
    int result = exeseal_resolve("/", nullptr, nullptr, options.get(), options.size(), nullptr, 0, nullptr, 0);
    if (int refusal = options.refusal(); refusal != 0)
        hold(result == refusal, "a wrong size, or an unknown byte, is rejected");
    else
        hold((options.known.flags >> 1) == 0 ? result != -EINVAL : result == -EINVAL, "an unknown flag is rejected");
}

// A struct that the library fills: what fits is written, and zeroes beyond.
template <typename Struct, typename Call> void fuzz_output(Input &input, Call call) {
    size_t size = input.number<uint16_t>() % (kLargest + 16);
    Exact memory(size), full(sizeof(Struct));
    int result = call(memory.as<Struct>(), size), expected = call(full.as<Struct>(), sizeof(Struct));
    if (size < sizeof(Struct) || size > kLargest) {
        hold(result == (size > kLargest ? -E2BIG : -EINVAL), "a wrong size is rejected");
        hold(memory.bytes() == std::string(size, '\xa5'), "what was rejected is left unchanged");
        return;
    }
    hold(result == expected, "a larger struct does not change the result");
    hold(memory.bytes().substr(0, sizeof(Struct)) == full.bytes(), "a larger struct begins with the same bytes");
    hold(memory.bytes().substr(sizeof(Struct)).find_first_not_of('\0') == memory.bytes().npos, "its rest is zero");
}

int probe_nothing(exeseal_report *report, size_t size) {
    return exeseal_probe(EXESEAL_STRATEGY_NONE, report, size);
}

int inspect_memfd(exeseal_info *info, size_t size) {
    static const int fd = memfd_create("", MFD_CLOEXEC);
    return exeseal_inspect(fd, info, size);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    // These keep a descriptor or a mapping from their first call on.
    static const bool has_begun = [] {
        Input empty(nullptr, 0);
        fuzz_exec(empty), fuzz_spawn(empty);
        fuzz_output<exeseal_info>(empty, inspect_memfd);
        return true;
    }();
    (void)has_begun;
    Input input(data, size);
    SameDescriptors same;
    switch (input.byte() % 6) {
    case 0:
        fuzz_clone(input);
        break;
    case 1:
        fuzz_exec(input);
        break;
    case 2:
        fuzz_spawn(input);
        break;
    case 3:
        fuzz_resolve(input);
        break;
    case 4:
        fuzz_output<exeseal_report>(input, probe_nothing);
        break;
    default:
        fuzz_output<exeseal_info>(input, inspect_memfd);
    }
    return 0;
}
