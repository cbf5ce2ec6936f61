/* SPDX-License-Identifier: MIT */
/* exeseal.hpp: the interface of exeseal.h as C++17 types. A program links libexeseal only. */
/*
 *     exeseal::Sealed sealed = exeseal::clone_path("/usr/bin/runc");
 *     exeseal::Process process = exeseal::spawn(sealed, {"runc", "--version"}, environ);
 *     return process.wait().code;
 *
 * The types own descriptors, convert options and report failures. Everything else is done by the C
 * function that each comment names; its comment in exeseal.h is the contract.
 *
 * - Each function that can fail exists twice. try_NAME() returns a Result<T>: a value or a Failure.
 *   NAME() returns the value, or throws Error, which holds the Failure. The second form is left out
 *   if exceptions are disabled (-fno-exceptions).
 * - Options are aggregates. Their fields have defaults, so that C++20's designated initializers
 *   can name some of them. In C++17, chain the setters: CloneOptions().with_name("runc").
 * - A function that takes FdRef accepts an int or anything that owns a descriptor, and does not
 *   close it.
 * - The functions allocate memory. Between fork(2) and execve(2), call exeseal.h instead.
 *
 * Requires C++17. Since: 0.1; Linux 5.4. Features that require more say so in exeseal.h.
 */
#ifndef EXESEAL_HPP
#define EXESEAL_HPP

#include <exeseal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exeseal {
// The name of the inline namespace keeps these functions apart from those inside libexeseal.a.
inline namespace cpp0 {

// Which strategies may make the sealed executable: EXESEAL_MODE_*.
enum class Mode : uint32_t {
    automatic = EXESEAL_MODE_AUTOMATIC,
    independent_data_copy = EXESEAL_MODE_INDEPENDENT_DATA_COPY,
    ro_shared_page = EXESEAL_MODE_RO_SHARED_PAGE,
};

// The ways to make a sealed executable: EXESEAL_STRATEGY_*.
enum class Strategy : uint32_t {
    none = EXESEAL_STRATEGY_NONE,
    reuse = EXESEAL_STRATEGY_REUSE,
    memfd = EXESEAL_STRATEGY_MEMFD,
    tmpfile = EXESEAL_STRATEGY_TMPFILE,
    tmpfs = EXESEAL_STRATEGY_TMPFS,
    overlay = EXESEAL_STRATEGY_OVERLAY,
    bind = EXESEAL_STRATEGY_BIND,
    verity = EXESEAL_STRATEGY_VERITY,
};

// The steps at which an attempt can end: EXESEAL_STEP_*.
enum class Step : uint32_t {
    done = EXESEAL_STEP_DONE,
    argument = EXESEAL_STEP_ARGUMENT,
    source = EXESEAL_STEP_SOURCE,
    privileges = EXESEAL_STEP_PRIVILEGES,
    limit = EXESEAL_STEP_LIMIT,
    require = EXESEAL_STEP_REQUIRE,
    stability = EXESEAL_STEP_STABILITY,
    noexec = EXESEAL_STEP_NOEXEC,
    create = EXESEAL_STEP_CREATE,
    copy = EXESEAL_STEP_COPY,
    permissions = EXESEAL_STEP_PERMISSIONS,
    seal = EXESEAL_STEP_SEAL,
    reopen = EXESEAL_STEP_REOPEN,
    verify = EXESEAL_STEP_VERIFY,
    no_new_privs = EXESEAL_STEP_NO_NEW_PRIVS,
    close_others = EXESEAL_STEP_CLOSE_OTHERS,
    execveat = EXESEAL_STEP_EXECVEAT,
    proc_exec = EXESEAL_STEP_PROC_EXEC,
    script = EXESEAL_STEP_SCRIPT,
    interpreter = EXESEAL_STEP_INTERPRETER,
    architecture = EXESEAL_STEP_ARCHITECTURE,
    format = EXESEAL_STEP_FORMAT,
    locate = EXESEAL_STEP_LOCATE,
    mount = EXESEAL_STEP_MOUNT,
    read_only = EXESEAL_STEP_READ_ONLY,
    capabilities = EXESEAL_STEP_CAPABILITIES,
    directory = EXESEAL_STEP_DIRECTORY,
    death_signal = EXESEAL_STEP_DEATH_SIGNAL,
    landlock = EXESEAL_STEP_LANDLOCK,
    spawn = EXESEAL_STEP_SPAWN,
    policy = EXESEAL_STEP_POLICY,
};

// The kinds of steps: EXESEAL_KIND_*.
enum class Kind : uint32_t {
    none = EXESEAL_KIND_NONE,
    argument = EXESEAL_KIND_ARGUMENT,
    source = EXESEAL_KIND_SOURCE,
    sealing = EXESEAL_KIND_SEALING,
    launch = EXESEAL_KIND_LAUNCH,
    execution = EXESEAL_KIND_EXECUTION,
    cause = EXESEAL_KIND_CAUSE,
};

// The evidence that the source was stable while it was read: EXESEAL_EVIDENCE_*.
enum class Evidence : uint32_t {
    none = EXESEAL_EVIDENCE_NONE,
    times = EXESEAL_EVIDENCE_TIMES,
    lease = EXESEAL_EVIDENCE_LEASE,
    seals = EXESEAL_EVIDENCE_SEALS,
    running = EXESEAL_EVIDENCE_RUNNING,
    memory = EXESEAL_EVIDENCE_MEMORY,
    snapshot = EXESEAL_EVIDENCE_SNAPSHOT,
    verity = EXESEAL_EVIDENCE_VERITY,
};

// The promises of a sealed executable, one bit each: EXESEAL_GUARANTEE_*.
enum class Guarantee : uint64_t {
    read_only = EXESEAL_GUARANTEE_READ_ONLY,
    sealed = EXESEAL_GUARANTEE_SEALED,
    x_sealed = EXESEAL_GUARANTEE_X_SEALED,
    own_pages = EXESEAL_GUARANTEE_OWN_PAGES,
    peer_sealed = EXESEAL_GUARANTEE_PEER_SEALED,
    landlock = EXESEAL_GUARANTEE_LANDLOCK,
    stable = EXESEAL_GUARANTEE_STABLE,
};

// The type of a descriptor: EXESEAL_TYPE_*.
enum class Type : uint32_t {
    file = EXESEAL_TYPE_FILE,
    memfd = EXESEAL_TYPE_MEMFD,
    directory = EXESEAL_TYPE_DIRECTORY,
    stream = EXESEAL_TYPE_STREAM,
    other = EXESEAL_TYPE_OTHER,
};

// The form of an executable image: EXESEAL_IMAGE_*.
enum class Image : uint32_t {
    none = EXESEAL_IMAGE_NONE,
    static_elf = EXESEAL_IMAGE_STATIC,
    dynamic_elf = EXESEAL_IMAGE_DYNAMIC,
    script = EXESEAL_IMAGE_SCRIPT,
};

// Properties of a descriptor, one bit each: EXESEAL_INFO_*.
enum class InfoFlag : uint32_t {
    read_only = EXESEAL_INFO_READ_ONLY,
    path = EXESEAL_INFO_PATH,
    close_on_exec = EXESEAL_INFO_CLOSE_ON_EXEC,
    read_only_mount = EXESEAL_INFO_READ_ONLY_MOUNT,
    noexec_mount = EXESEAL_INFO_NOEXEC_MOUNT,
    setuid = EXESEAL_INFO_SETUID,
    setgid = EXESEAL_INFO_SETGID,
    capabilities = EXESEAL_INFO_CAPABILITIES,
    unread = EXESEAL_INFO_UNREAD,
    foreign = EXESEAL_INFO_FOREIGN,
    verity = EXESEAL_INFO_VERITY,
};

// A set of bits that are named by Flag. Converts from one Flag; operator| joins sets.
template <class Flag> class Bits {
  public:
    constexpr Bits() = default;
    constexpr Bits(Flag flag) : bits_(static_cast<uint64_t>(flag)) {}
    constexpr explicit Bits(uint64_t bits) : bits_(bits) {}

    constexpr uint64_t value() const { return bits_; }
    // True if all bits of `wanted` are set.
    constexpr bool has(Bits wanted) const { return (bits_ & wanted.bits_) == wanted.bits_; }
    constexpr explicit operator bool() const { return bits_ != 0; }

    friend constexpr Bits operator|(Bits left, Bits right) { return Bits(left.bits_ | right.bits_); }
    friend constexpr Bits operator&(Bits left, Bits right) { return Bits(left.bits_ & right.bits_); }
    friend constexpr bool operator==(Bits left, Bits right) { return left.bits_ == right.bits_; }
    friend constexpr bool operator!=(Bits left, Bits right) { return left.bits_ != right.bits_; }

  private:
    uint64_t bits_ = 0;
};

using Guarantees = Bits<Guarantee>;
using InfoFlags = Bits<InfoFlag>;

constexpr Guarantees operator|(Guarantee left, Guarantee right) {
    return Guarantees(left) | right;
}
constexpr InfoFlags operator|(InfoFlag left, InfoFlag right) {
    return InfoFlags(left) | right;
}

/*
 * Return the name of a value, as exeseal_mode_name() and its siblings do.
 *
 * Returns: a constant string; nullptr if libexeseal is older than the value.
 * Errors: none.
 * Since: 0.1.
 * Safety: any thread; async-signal-safe.
 */
inline const char *name(Mode mode) noexcept {
    return exeseal_mode_name(static_cast<uint32_t>(mode));
}
inline const char *name(Strategy strategy) noexcept {
    return exeseal_strategy_name(static_cast<uint32_t>(strategy));
}
inline const char *name(Step step) noexcept {
    return exeseal_step_name(static_cast<uint32_t>(step));
}
inline const char *name(Evidence evidence) noexcept {
    return exeseal_evidence_name(static_cast<uint32_t>(evidence));
}

/*
 * Returns the names of a set of guarantees, separated by commas, as parse_guarantees() reads them.
 *
 * Returns: for example "sealed,own-pages"; "" for the empty set.
 * Errors: none.
 * Since: 0.1.
 * Safety: any thread.
 */
inline std::string names(Guarantees guarantees) {
    std::string text;
    for (uint32_t bit = 0; const char *each = exeseal_guarantee_name(bit); bit++)
        if (guarantees.has(Guarantees(uint64_t{1} << bit)))
            text.append(text.empty() ? "" : ",").append(each);
    return text;
}

// Returns the kind of a step, as exeseal_step_kind() does.
inline Kind kind(Step step) noexcept {
    return static_cast<Kind>(exeseal_step_kind(static_cast<uint32_t>(step)));
}

// One attempt of one strategy in one place: struct exeseal_attempt.
struct Attempt {
    Strategy strategy = Strategy::none;
    Step step = Step::done;
    int error = 0;     // a positive errno value; 0: the attempt succeeded
    std::string where; // the directory, setting or object concerned

    // Tells what the user can do, as exeseal_advice() does; nullptr if there is no advice.
    const char *advice() const noexcept {
        return exeseal_advice(static_cast<uint32_t>(strategy), static_cast<uint32_t>(step), error);
    }
};

// The attempts and the result: struct exeseal_report.
class Report {
  public:
    exeseal_report c{}; // for calls of the C interface

    Strategy strategy() const noexcept { return static_cast<Strategy>(c.strategy); }
    Guarantees guarantees() const noexcept { return Guarantees(c.guarantees); }
    Evidence evidence() const noexcept { return static_cast<Evidence>(c.evidence); }
    uint64_t bytes() const noexcept { return c.bytes; }
    uint64_t huge_bytes() const noexcept { return c.huge_bytes; }
    uint32_t retries() const noexcept { return c.retries; }

    // The attempts that were recorded, in their order.
    std::vector<Attempt> attempts() const {
        std::vector<Attempt> list;
        for (uint32_t i = 0; i < c.attempts && i < EXESEAL_REPORT_ATTEMPTS; i++) {
            const exeseal_attempt &from = c.attempt[i];
            list.push_back({static_cast<Strategy>(from.strategy), static_cast<Step>(from.step), from.error,
                            std::string(from.where, strnlen(from.where, sizeof from.where))});
        }
        return list;
    }

    // The lines of exeseal_report_format(), with advice.
    std::string text() const {
        int length = exeseal_report_format(&c, sizeof c, nullptr, 0);
        std::string text(length > 0 ? static_cast<size_t>(length) : 0, '\0');
        if (length > 0)
            exeseal_report_format(&c, sizeof c, text.data(), text.size() + 1);
        return text;
    }
};

// Why a call failed.
struct Failure {
    const char *function = ""; // the C function or the system call
    int error = 0;             // a positive errno value
    Report report;             // what was tried
    std::string why;           // try_resolve(): the candidates that were refused, a line each

    // The function and the error, then `why` and the report, with advice. No newline at the end.
    std::string message() const {
        std::string text = std::string(function) + ": " + std::generic_category().message(error) + "\n" + why;
        text += report.text();
        text.erase(text.find_last_not_of('\n') + 1);
        return text;
    }
};

// The exception of all functions here. code() is the errno value; what() is Failure::message().
class Error : public std::system_error {
  public:
    explicit Error(Failure failure)
        : std::system_error(failure.error, std::generic_category(), failure.function),
          state_(std::make_shared<const State>(State{failure, failure.message()})) {}

    const char *what() const noexcept override { return state_->message.c_str(); }
    const Failure &failure() const noexcept { return state_->failure; }
    const Report &report() const noexcept { return state_->failure.report; }

  private:
    struct State {
        Failure failure;
        std::string message;
    };
    std::shared_ptr<const State> state_; // shared, so that copying an Error cannot throw
};

// A value or a Failure, like std::expected<T, Failure> of C++23.
template <class T> class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    // Only if has_value().
    T &operator*() &noexcept { return *std::get_if<0>(&state_); }
    const T &operator*() const &noexcept { return *std::get_if<0>(&state_); }
    T &&operator*() &&noexcept { return std::move(*std::get_if<0>(&state_)); }
    T *operator->() noexcept { return std::get_if<0>(&state_); }
    const T *operator->() const noexcept { return std::get_if<0>(&state_); }

    // Only if not has_value().
    const Failure &error() const noexcept { return *std::get_if<1>(&state_); }

#ifdef __cpp_exceptions
    // Moves the value out, or throws Error.
    T value() && {
        if (!has_value())
            throw Error(error());
        return std::move(**this);
    }
#endif

  private:
    std::variant<T, Failure> state_;
};

// Success or a Failure.
template <> class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Failure failure) : failure_(std::move(failure)) {}

    bool has_value() const noexcept { return !failure_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    // Only if not has_value().
    const Failure &error() const noexcept { return *failure_; }

#ifdef __cpp_exceptions
    // Throws Error if not has_value().
    void value() && {
        if (failure_)
            throw Error(*failure_);
    }
#endif

  private:
    std::optional<Failure> failure_;
};

// Owns a descriptor and closes it. -1: it owns none.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor &&other) noexcept : fd_(other.release()) {}
    Descriptor &operator=(Descriptor &&other) noexcept {
        reset(other.release());
        return *this;
    }
    ~Descriptor() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    // Gives the descriptor up without closing it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    // Closes the descriptor and owns `fd` instead. errno is left unchanged.
    void reset(int fd = -1) noexcept {
        int kept = errno;
        if (int old = std::exchange(fd_, fd); old >= 0)
            close(old);
        errno = kept;
    }

  private:
    int fd_ = -1;
};

// A descriptor that is used and not closed.
class FdRef {
  public:
    FdRef(int fd) noexcept : fd_(fd) {}
    FdRef(const Descriptor &descriptor) noexcept : fd_(descriptor.get()) {}
    int get() const noexcept { return fd_; }

  private:
    int fd_;
};

// A sealed executable: a read-only, close-on-exec descriptor, and how it was made.
class Sealed : public Descriptor {
  public:
    Sealed(int fd, const Report &report) noexcept : Descriptor(fd), report_(report) {}
    const Report &report() const noexcept { return report_; }

  private:
    Report report_;
};

// Arguments or an environment: an array of the C interface, which is used, or strings, which are
// copied.
class Strings {
  public:
    Strings(char *const *array) noexcept : array_(array) {} // main's argv, or environ
    Strings(std::initializer_list<std::string> list) : Strings(std::vector<std::string>(list)) {}
    Strings(std::vector<std::string> list) : strings_(std::move(list)) {
        for (std::string &string : strings_)
            pointers_.push_back(string.data());
        pointers_.push_back(nullptr);
        array_ = pointers_.data();
    }
    Strings(const Strings &) = delete; // array_ points into the object
    Strings &operator=(const Strings &) = delete;

    char *const *get() const noexcept { return array_; }

  private:
    std::vector<std::string> strings_;
    std::vector<char *> pointers_;
    char *const *array_ = nullptr;
};

// struct exeseal_clone_options.
struct CloneOptions {
    Mode mode = Mode::automatic;
    // Modes to try after mode; automatic ends the list.
    std::array<Mode, EXESEAL_CLONE_FALLBACKS> fallback{};
    Guarantees require{};         // skip strategies that lack one
    uint64_t max_bytes = 0;       // 0: a file's own size, 512 MiB for a stream
    std::string name{};           // of the result, at most 63 bytes; "": "exeseal"
    std::optional<int> tmp_dir{}; // the directory that verity and tmpfile try first
    bool drop_privileges = false; // accept losing file privileges
    bool reclaimable = false;     // try verity before memfd
    bool small_pages = false;     // no huge pages
    bool huge_pages = false;      // huge pages also beside other threads

    CloneOptions &with_mode(Mode value) { return mode = value, *this; }
    template <class... Modes> CloneOptions &with_fallback(Modes... modes) {
        static_assert(sizeof...(Modes) <= EXESEAL_CLONE_FALLBACKS, "too many modes");
        return fallback = {modes...}, *this;
    }
    CloneOptions &with_require(Guarantees value) { return require = value, *this; }
    CloneOptions &with_max_bytes(uint64_t value) { return max_bytes = value, *this; }
    CloneOptions &with_name(std::string value) { return name = std::move(value), *this; }
    CloneOptions &with_tmp_dir(FdRef value) { return tmp_dir = value.get(), *this; }
    CloneOptions &with_drop_privileges(bool value = true) { return drop_privileges = value, *this; }
    CloneOptions &with_reclaimable(bool value = true) { return reclaimable = value, *this; }
    CloneOptions &with_small_pages(bool value = true) { return small_pages = value, *this; }
    CloneOptions &with_huge_pages(bool value = true) { return huge_pages = value, *this; }

    exeseal_clone_options c() const noexcept {
        exeseal_clone_options to{};
        to.flags = (tmp_dir ? EXESEAL_CLONE_TMP_DIRFD : 0) | (drop_privileges ? EXESEAL_CLONE_DROP_PRIVILEGES : 0) |
                   (reclaimable ? EXESEAL_CLONE_RECLAIMABLE : 0) | (small_pages ? EXESEAL_CLONE_SMALL_PAGES : 0) |
                   (huge_pages ? EXESEAL_CLONE_HUGE_PAGES : 0);
        to.require = require.value();
        to.max_bytes = max_bytes;
        to.mode = static_cast<uint32_t>(mode);
        to.tmp_dirfd = tmp_dir.value_or(0);
        // A name that is too long leaves no NUL in the field, which the library rejects.
        memcpy(to.name, name.data(), std::min(name.size(), sizeof to.name));
        for (size_t i = 0; i < fallback.size(); i++)
            to.fallback[i] = static_cast<uint32_t>(fallback[i]);
        return to;
    }
};

// The capability sets of ExecOptions, as bits 1 << CAP_*.
struct CapabilitySets {
    uint64_t drop_bounding = 0; // drop from the bounding set; CAP_SETPCAP
    uint64_t inheritable = 0;
    uint64_t ambient = 0; // a subset of inheritable
};

// struct exeseal_exec_options.
struct ExecOptions {
    bool script = false;               // run scripts: the interpreter inherits the descriptor
    bool no_new_privs = false;         // prctl(PR_SET_NO_NEW_PRIVS)
    bool close_others = false;         // keep only 0, 1, 2 and keep; Linux 5.11
    bool landlock = false;             // execute nothing else; Linux 5.13
    bool landlock_if_possible = false; // landlock, but no error if the kernel has no Landlock
    std::optional<CapabilitySets> capabilities{};
    std::optional<int> directory{};    // descriptor of the working directory
    std::optional<uint32_t> umask{};   // 0 to 0777
    std::optional<int> death_signal{}; // sent when the parent thread ends; 0: none
    std::vector<int> keep{};           // at most EXESEAL_EXEC_KEEP; requires close_others

    ExecOptions &with_script(bool value = true) { return script = value, *this; }
    ExecOptions &with_no_new_privs(bool value = true) { return no_new_privs = value, *this; }
    ExecOptions &with_close_others(std::vector<int> kept = {}) {
        return close_others = true, keep = std::move(kept), *this;
    }
    ExecOptions &with_landlock(bool value = true) { return landlock = value, *this; }
    ExecOptions &with_landlock_if_possible(bool value = true) { return landlock_if_possible = value, *this; }
    ExecOptions &with_capabilities(CapabilitySets value) { return capabilities = value, *this; }
    ExecOptions &with_directory(FdRef value) { return directory = value.get(), *this; }
    ExecOptions &with_umask(uint32_t value) { return umask = value, *this; }
    ExecOptions &with_death_signal(int value) { return death_signal = value, *this; }

    exeseal_exec_options c() const noexcept {
        exeseal_exec_options to{};
        to.flags = (script ? EXESEAL_EXEC_SCRIPT : 0) | (no_new_privs ? EXESEAL_EXEC_NO_NEW_PRIVS : 0) |
                   (close_others ? EXESEAL_EXEC_CLOSE_OTHERS : 0) | (landlock ? EXESEAL_EXEC_LANDLOCK : 0) |
                   (landlock_if_possible ? EXESEAL_EXEC_LANDLOCK_IF_POSSIBLE : 0) |
                   (capabilities ? EXESEAL_EXEC_CAPABILITIES : 0) | (directory ? EXESEAL_EXEC_DIRECTORY : 0) |
                   (umask ? EXESEAL_EXEC_UMASK : 0) | (death_signal ? EXESEAL_EXEC_DEATH_SIGNAL : 0);
        CapabilitySets sets = capabilities.value_or(CapabilitySets{});
        to.drop_bounding = sets.drop_bounding;
        to.inheritable = sets.inheritable;
        to.ambient = sets.ambient;
        to.umask = umask.value_or(0);
        to.directory = directory.value_or(0);
        to.death_signal = death_signal.value_or(0);
        // A list that is too long is cut here, and its count is what the library rejects.
        to.keep_count = static_cast<uint32_t>(keep.size());
        std::copy_n(keep.begin(), std::min(keep.size(), size_t{EXESEAL_EXEC_KEEP}), to.keep);
        return to;
    }
};

// Where a standard stream of a child leads.
enum class Stdio {
    inherit, // the caller's
    pipe,    // a pipe, whose other end is in Process
};

// struct exeseal_spawn_options, and pipes.
struct SpawnOptions {
    bool default_signals = false; // block and ignore no signal
    bool new_group = false;       // start a process group
    bool new_session = false;     // start a session, and so a group
    Stdio in = Stdio::inherit;
    Stdio out = Stdio::inherit;
    Stdio err = Stdio::inherit;
    std::vector<exeseal_descriptor_map> map{}; // at most EXESEAL_SPAWN_MAP, pipes included

    SpawnOptions &with_default_signals(bool value = true) { return default_signals = value, *this; }
    SpawnOptions &with_new_group(bool value = true) { return new_group = value, *this; }
    SpawnOptions &with_new_session(bool value = true) { return new_session = value, *this; }
    SpawnOptions &with_in(Stdio value) { return in = value, *this; }
    SpawnOptions &with_out(Stdio value) { return out = value, *this; }
    SpawnOptions &with_err(Stdio value) { return err = value, *this; }
    SpawnOptions &with_descriptor(FdRef from, int to) { return map.push_back({from.get(), to}), *this; }

    exeseal_spawn_options c() const noexcept {
        exeseal_spawn_options to{};
        to.flags = (default_signals ? EXESEAL_SPAWN_DEFAULT_SIGNALS : 0) | (new_group ? EXESEAL_SPAWN_NEW_GROUP : 0) |
                   (new_session ? EXESEAL_SPAWN_NEW_SESSION : 0);
        // A list that is too long is cut here, and its count is what the library rejects.
        to.map_count = static_cast<uint32_t>(map.size());
        std::copy_n(map.begin(), std::min(map.size(), size_t{EXESEAL_SPAWN_MAP}), to.map);
        return to;
    }
};

// struct exeseal_resolve_options, and where to search.
struct ResolveOptions {
    const char *directories = nullptr; // searched after the system's and /opt/NAME
    const char *path = nullptr;        // PATH, searched last
    bool script = false;               // accept scripts; do not unwrap Nix wrappers

    ResolveOptions &with_directories(const char *value) { return directories = value, *this; }
    ResolveOptions &with_path(const char *value) { return path = value, *this; }
    ResolveOptions &with_script(bool value = true) { return script = value, *this; }

    exeseal_resolve_options c() const noexcept {
        exeseal_resolve_options to{};
        to.flags = script ? EXESEAL_RESOLVE_SCRIPT : 0;
        return to;
    }
};

// A program that was found: a close-on-exec descriptor, and struct exeseal_resolution.
class Resolved : public Descriptor {
  public:
    Resolved(int fd, const exeseal_resolution &resolution)
        : Descriptor(fd), path_(resolution.path), resolved_(resolution.resolved),
          wrapper_((resolution.flags & EXESEAL_RESOLUTION_WRAPPER) != 0) {}

    const std::string &path() const noexcept { return path_; }         // for argv[0]
    const std::string &resolved() const noexcept { return resolved_; } // without symbolic links
    bool wrapper() const noexcept { return wrapper_; }                 // a Nix wrapper was skipped

  private:
    std::string path_, resolved_;
    bool wrapper_;
};

// The visible properties of a descriptor: struct exeseal_info.
class Info {
  public:
    exeseal_info c{}; // for calls of the C interface

    Guarantees guarantees() const noexcept { return Guarantees(c.guarantees); }
    InfoFlags flags() const noexcept { return InfoFlags(uint64_t{c.flags}); }
    Type type() const noexcept { return static_cast<Type>(c.type); }
    Image image() const noexcept { return static_cast<Image>(c.image); }
    uint64_t size() const noexcept { return c.size; }
    uint32_t seals() const noexcept { return c.seals; }             // F_SEAL_* of a memfd
    uint32_t permissions() const noexcept { return c.permissions; } // st_mode & 07777
    uint32_t machine() const noexcept { return c.machine; }         // e_machine, see elf(5)
    const char *interpreter() const noexcept { return c.interpreter; }
};

// How a child ended.
struct ExitStatus {
    int code = 0;   // its exit status, if signal is 0
    int signal = 0; // the signal that killed it
    bool success() const noexcept { return code == 0 && signal == 0; }
};

// Makes a Failure; not part of the interface.
inline Failure failure_of(const char *function, int error, const Report &report = {}, const char *why = "") {
    Failure failure;
    failure.function = function;
    failure.error = error;
    failure.report = report;
    failure.why = why;
    return failure;
}

// A child that executes a descriptor. The destructor closes its descriptors and neither ends the
// child nor waits for it.
class Process {
  public:
    explicit Process(int pidfd) noexcept : pidfd_(pidfd) {}

    Descriptor in, out, err; // the caller's ends of the pipes; empty without Stdio::pipe

    // Readable when the child has ended, see pidfd_open(2).
    int pidfd() const noexcept { return pidfd_.get(); }

    /*
     * Waits until the child ends, by waitid(2).
     *
     * Returns: how it ended.
     * Errors:
     *   ECHILD   it was waited for already, or SIGCHLD is ignored
     * Since: 0.1; Linux 5.4.
     * Safety: any thread. If in is a pipe that the child reads to its end, close it first.
     */
    Result<ExitStatus> try_wait() noexcept {
        constexpr auto by_pidfd = static_cast<idtype_t>(3); // P_PIDFD, which glibc has since 2.36
        siginfo_t info{};
        int result;
        do
            result = waitid(by_pidfd, static_cast<id_t>(pidfd()), &info, WEXITED);
        while (result != 0 && errno == EINTR);
        if (result != 0)
            return failure_of("waitid", errno);
        return info.si_code == CLD_EXITED ? ExitStatus{info.si_status, 0} : ExitStatus{0, info.si_status};
    }

    /*
     * Sends a signal to the child, by pidfd_send_signal(2).
     *
     * Returns: nothing.
     * Errors:
     *   ESRCH    it was waited for already
     * Since: 0.1; Linux 5.4.
     * Safety: any thread. No other process can get the signal.
     */
    Result<void> try_kill(int signal) noexcept {
        if (syscall(SYS_pidfd_send_signal, pidfd(), signal, nullptr, 0) != 0)
            return failure_of("pidfd_send_signal", errno);
        return {};
    }

#ifdef __cpp_exceptions
    ExitStatus wait() {
        return try_wait().value();
    }
    void kill(int signal) {
        try_kill(signal).value();
    }
#endif

  private:
    Descriptor pidfd_;
};

// Returns what a call of exeseal_clone() made; not part of the interface.
inline Result<Sealed> sealed_of(const char *function, int fd, const Report &report) {
    if (fd < 0)
        return failure_of(function, -fd, report);
    return Sealed(fd, report);
}

/*
 * Makes a sealed executable from a file or a stream, by exeseal_clone().
 *
 * source    see exeseal_clone()
 * options   by default: a memfd of mode 0555 or less, with the seals SEAL, SHRINK, GROW and WRITE
 *
 * Returns: the sealed executable, with its report.
 * Errors: as exeseal_clone().
 * Since: 0.1; Linux 5.4.
 * Safety: any thread. Blocks until the end of a stream.
 */
inline Result<Sealed> try_clone(FdRef source, const CloneOptions &options = {}) {
    Report report;
    exeseal_clone_options c = options.c();
    int fd = exeseal_clone(source.get(), &c, sizeof c, &report.c, sizeof report.c);
    return sealed_of("exeseal_clone", fd, report);
}

/*
 * Opens a file and makes a sealed executable from it, by exeseal_clone().
 *
 * path      its name. Symbolic links are followed, and PATH is not searched: see try_resolve()
 * options   as for try_clone()
 *
 * Returns: as try_clone().
 * Errors: as open(2), with an empty report, and as exeseal_clone().
 * Since: 0.1; Linux 5.4.
 * Safety: any thread. Blocks until a FIFO has a writer, and until its end.
 */
inline Result<Sealed> try_clone_path(const std::string &path, const CloneOptions &options = {}) {
    Descriptor source(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!source)
        return failure_of("open", errno, {}, (path + "\n").c_str());
    return try_clone(source, options);
}

/*
 * Makes a sealed executable from the running program, by exeseal_clone_self().
 *
 * options   as for try_clone()
 *
 * Returns: as try_clone().
 * Errors: as exeseal_clone_self().
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
inline Result<Sealed> try_clone_self(const CloneOptions &options = {}) {
    Report report;
    exeseal_clone_options c = options.c();
    int fd = exeseal_clone_self(&c, sizeof c, &report.c, sizeof report.c);
    return sealed_of("exeseal_clone_self", fd, report);
}

/*
 * Makes a sealed executable from memory, by exeseal_clone_memory().
 *
 * bytes, length   the memory, which must not change during the call
 * range           a contiguous range with data() and size(): std::vector, std::string, std::span
 * options         as for try_clone()
 *
 * Returns: as try_clone().
 * Errors: as exeseal_clone_memory().
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
inline Result<Sealed> try_clone_memory(const void *bytes, size_t length, const CloneOptions &options = {}) {
    Report report;
    exeseal_clone_options c = options.c();
    int fd = exeseal_clone_memory(bytes, length, &c, sizeof c, &report.c, sizeof report.c);
    return sealed_of("exeseal_clone_memory", fd, report);
}
template <class Range, class = decltype(std::declval<const Range &>().data())>
Result<Sealed> try_clone_memory(const Range &range, const CloneOptions &options = {}) {
    return try_clone_memory(range.data(), range.size() * sizeof *range.data(), options);
}

/*
 * Reports whether a strategy works for this process, by exeseal_probe().
 *
 * strategy   not none
 *
 * Returns: a report with the guarantees.
 * Errors: as exeseal_probe().
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
inline Result<Report> try_probe(Strategy strategy) {
    Report report;
    int result = exeseal_probe(static_cast<uint32_t>(strategy), &report.c, sizeof report.c);
    if (result < 0)
        return failure_of("exeseal_probe", -result, report);
    return report;
}

/*
 * Executes a descriptor in place of the calling process, by exeseal_exec_fd().
 *
 * fd        sealed or not
 * argv      at least one entry, as {"name", "argument"}, a vector of strings, or main's argv
 * envp      the same; environ is the caller's own environment
 * options   by default: nothing is changed
 *
 * Returns: only after a failure.
 * Errors: as exeseal_exec_fd().
 * Since: 0.1; Linux 5.4.
 * Safety: any thread. After a failure some settings may be in effect: call _exit(2).
 */
inline Failure try_exec(FdRef fd, const Strings &argv, const Strings &envp, const ExecOptions &options = {}) {
    Report report;
    exeseal_exec_options c = options.c();
    int result = exeseal_exec_fd(fd.get(), argv.get(), envp.get(), &c, sizeof c, &report.c, sizeof report.c);
    return failure_of("exeseal_exec_fd", -result, report);
}

/*
 * Reports what would stop try_exec(), by exeseal_exec_fd() with EXESEAL_EXEC_CHECK.
 *
 * fd, argv, envp, options   as for try_exec()
 *
 * Returns: success if no obstacle was found.
 * Errors: those that try_exec() would return, as far as they can be foreseen.
 * Since: 0.1; Linux 5.4.
 * Safety: any thread. Nothing is executed or changed.
 */
inline Result<void> try_check(FdRef fd, const Strings &argv, const Strings &envp, const ExecOptions &options = {}) {
    Report report;
    exeseal_exec_options c = options.c();
    c.flags |= EXESEAL_EXEC_CHECK;
    int result = exeseal_exec_fd(fd.get(), argv.get(), envp.get(), &c, sizeof c, &report.c, sizeof report.c);
    if (result < 0)
        return failure_of("exeseal_exec_fd", -result, report);
    return {};
}

/*
 * Executes a descriptor in a child, by exeseal_spawn_fd().
 *
 * fd, argv, envp, exec_options   as for try_exec()
 * options   by default: the calling thread's signal mask and ignored signals, and its stdio
 *
 * Returns: the child.
 * Errors: as exeseal_spawn_fd(), and as pipe2(2) with an empty report.
 * Since: 0.1; Linux 5.4.
 * Safety: any thread. The calling thread waits until the child has executed. Writing to a pipe
 *   whose child has ended raises SIGPIPE.
 */
inline Result<Process> try_spawn(FdRef fd, const Strings &argv, const Strings &envp, SpawnOptions options = {},
                                 const ExecOptions &exec_options = {}) {
    std::array<Stdio, 3> kinds{options.in, options.out, options.err};
    std::array<Descriptor, 3> ours, theirs;
    for (size_t i = 0; i < kinds.size(); i++) {
        int ends[2];
        if (kinds[i] == Stdio::inherit)
            continue;
        if (pipe2(ends, O_CLOEXEC) != 0)
            return failure_of("pipe2", errno);
        ours[i].reset(ends[i == 0 ? 1 : 0]);
        theirs[i].reset(ends[i == 0 ? 0 : 1]);
        options.with_descriptor(theirs[i], static_cast<int>(i));
    }
    Report report;
    exeseal_exec_options exec_c = exec_options.c();
    exeseal_spawn_options c = options.c();
    int pidfd = exeseal_spawn_fd(fd.get(), argv.get(), envp.get(), &exec_c, sizeof exec_c, &c, sizeof c, &report.c,
                                 sizeof report.c);
    if (pidfd < 0)
        return failure_of("exeseal_spawn_fd", -pidfd, report);
    Process process(pidfd);
    process.in = std::move(ours[0]);
    process.out = std::move(ours[1]);
    process.err = std::move(ours[2]);
    return process;
}

/*
 * Executes a sealed copy of the running program, unless it runs from one, by exeseal_reexec_self().
 *
 * argv      main's own
 * envp      the environment of the copy: environ
 * options   see exeseal_reexec_self()
 *
 * Returns: a report with the guarantees of the running program, if it runs from a sealed copy.
 *   Otherwise it does not return: the copy starts, and its call of this function returns.
 * Errors: as exeseal_reexec_self().
 * Since: 0.1; Linux 5.4.
 * Safety: all other threads end. To be called at the beginning of main.
 */
inline Result<Report> try_reexec_self(const Strings &argv, const Strings &envp, const CloneOptions &options = {}) {
    Report report;
    exeseal_clone_options c = options.c();
    int result = exeseal_reexec_self(argv.get(), envp.get(), &c, sizeof c, &report.c, sizeof report.c);
    if (result < 0)
        return failure_of("exeseal_reexec_self", -result, report);
    return report;
}

/*
 * Finds a program that may be trusted with the caller's privileges, by exeseal_resolve().
 *
 * name      an absolute path, or a name without '/'
 * options   by default: the system's directories, /opt/NAME, and no scripts
 *
 * Returns: the very file that was judged, with its paths.
 * Errors: as exeseal_resolve(). Failure::why has a line for each candidate that was refused.
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
inline Result<Resolved> try_resolve(const std::string &name, const ResolveOptions &options = {}) {
    exeseal_resolve_options c = options.c();
    exeseal_resolution resolution{};
    char why[4096];
    int fd = exeseal_resolve(name.c_str(), options.directories, options.path, &c, sizeof c, &resolution,
                             sizeof resolution, why, sizeof why);
    if (fd < 0)
        return failure_of("exeseal_resolve", -fd, {}, why);
    return Resolved(fd, resolution);
}

/*
 * Report what can be seen of a descriptor or of the running program, by exeseal_inspect() and
 * exeseal_inspect_self().
 *
 * fd   any descriptor
 *
 * Returns: the properties. Those that the file itself holds, as interpreter(), may be hostile.
 * Errors: as exeseal_inspect() and exeseal_inspect_self().
 * Since: 0.1; Linux 5.4.
 * Safety: any thread.
 */
inline Result<Info> try_inspect(FdRef fd) {
    Info info;
    int result = exeseal_inspect(fd.get(), &info.c, sizeof info.c);
    if (result < 0)
        return failure_of("exeseal_inspect", -result);
    return info;
}
inline Result<Info> try_inspect_self() {
    Info info;
    int result = exeseal_inspect_self(&info.c, sizeof info.c);
    if (result < 0)
        return failure_of("exeseal_inspect_self", -result);
    return info;
}

/*
 * Find the value that has a name, by exeseal_mode_parse() and exeseal_guarantee_parse().
 *
 * text   the name of a mode; a comma-separated list of guarantees
 *
 * Returns: the mode; the set of guarantees.
 * Errors:
 *   EINVAL   a name is unknown
 * Since: 0.1.
 * Safety: any thread.
 */
inline Result<Mode> try_parse_mode(const std::string &text) {
    uint32_t mode = 0;
    int result = exeseal_mode_parse(text.c_str(), &mode);
    if (result < 0)
        return failure_of("exeseal_mode_parse", -result);
    return static_cast<Mode>(mode);
}
inline Result<Guarantees> try_parse_guarantees(const std::string &text) {
    uint64_t bits = 0;
    int result = exeseal_guarantee_parse(text.c_str(), &bits);
    if (result < 0)
        return failure_of("exeseal_guarantee_parse", -result);
    return Guarantees(bits);
}

/*
 * Builds an environment that has nothing of the host's, by exeseal_environment().
 *
 * names   "NAME=VALUE" is added, "NAME" is copied from `from` if it is set there
 * from    the environment that names refers to, usually environ
 *
 * Returns: the entries.
 * Errors: as exeseal_environment().
 * Since: 0.1.
 * Safety: any thread, while no other changes `from`.
 */
inline Result<std::vector<std::string>> try_environment(const std::vector<std::string> &names, const Strings &from) {
    std::vector<const char *> list;
    for (const std::string &each : names)
        list.push_back(each.c_str());
    list.push_back(nullptr);
    std::vector<char *> envp(32 + list.size());
    char buffer[128];
    int count = exeseal_environment(list.data(), from.get(), envp.data(), envp.size(), buffer, sizeof buffer);
    if (count < 0)
        return failure_of("exeseal_environment", -count);
    return std::vector<std::string>(envp.begin(), envp.begin() + count);
}

#ifdef __cpp_exceptions
/*
 * The same functions with exceptions: each does what try_NAME() does.
 *
 * Returns: the value of the Result.
 * Errors: throws Error.
 * Since: 0.1.
 * Safety: as try_NAME(). An Error that leaves a function after a failed exec() must not be caught
 *   by code that continues the program: see try_exec().
 */
inline Sealed clone(FdRef source, const CloneOptions &options = {}) {
    return try_clone(source, options).value();
}
inline Sealed clone_path(const std::string &path, const CloneOptions &options = {}) {
    return try_clone_path(path, options).value();
}
inline Sealed clone_self(const CloneOptions &options = {}) {
    return try_clone_self(options).value();
}
inline Sealed clone_memory(const void *bytes, size_t length, const CloneOptions &options = {}) {
    return try_clone_memory(bytes, length, options).value();
}
template <class Range, class = decltype(std::declval<const Range &>().data())>
Sealed clone_memory(const Range &range, const CloneOptions &options = {}) {
    return try_clone_memory(range, options).value();
}
inline Report probe(Strategy strategy) {
    return try_probe(strategy).value();
}
[[noreturn]] inline void exec(FdRef fd, const Strings &argv, const Strings &envp, const ExecOptions &options = {}) {
    throw Error(try_exec(fd, argv, envp, options));
}
inline void check(FdRef fd, const Strings &argv, const Strings &envp, const ExecOptions &options = {}) {
    try_check(fd, argv, envp, options).value();
}
inline Process spawn(FdRef fd, const Strings &argv, const Strings &envp, SpawnOptions options = {},
                     const ExecOptions &exec_options = {}) {
    return try_spawn(fd, argv, envp, std::move(options), exec_options).value();
}
inline Report reexec_self(const Strings &argv, const Strings &envp, const CloneOptions &options = {}) {
    return try_reexec_self(argv, envp, options).value();
}
inline Resolved resolve(const std::string &name, const ResolveOptions &options = {}) {
    return try_resolve(name, options).value();
}
inline Info inspect(FdRef fd) {
    return try_inspect(fd).value();
}
inline Info inspect_self() {
    return try_inspect_self().value();
}
inline Mode parse_mode(const std::string &text) {
    return try_parse_mode(text).value();
}
inline Guarantees parse_guarantees(const std::string &text) {
    return try_parse_guarantees(text).value();
}
inline std::vector<std::string> environment(const std::vector<std::string> &names, const Strings &from) {
    return try_environment(names, from).value();
}
#endif

} // namespace cpp0
} // namespace exeseal

#endif
