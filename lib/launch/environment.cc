// SPDX-License-Identifier: MIT
// Builds a clean environment, and filters the variables of socket activation.
#include "launch/environment.h"

#include "base/sys.h"
#include "base/system_path.h"
#include "base/text.h"

#include <cerrno>
#include <climits>

namespace exeseal {
namespace {

std::string_view name_of(std::string_view entry) {
    return take_until(entry, '=');
}

bool has_value(std::string_view entry) {
    return entry.find('=') != entry.npos;
}

class Builder {
  public:
    explicit Builder(const Environment &to) : to_(to) {}

    // Adds an entry, or replaces the one with the same name. The string must outlive the
    // environment.
    int add(const char *entry) {
        size_t i = 0;
        while (i < count_ && name_of(to_.entries[i]) != name_of(entry))
            i++;
        if (i + 1 >= to_.capacity)
            return -E2BIG;
        to_.entries[i] = const_cast<char *>(entry);
        count_ = i == count_ ? count_ + 1 : count_;
        to_.entries[count_] = nullptr;
        return 0;
    }

    int add(const char *name, std::string_view value, uint64_t number) {
        char *entry = to_.text + used_;
        Text text(entry, to_.text_size - used_);
        text << name << "=" << value << number;
        if (text.length() >= to_.text_size - used_)
            return -E2BIG;
        used_ += text.length() + 1;
        return add(entry);
    }

    int count() const { return static_cast<int>(count_); }

  private:
    const Environment &to_;
    size_t count_ = 0, used_ = 0;
};

const char *find(char *const *from, std::string_view name) {
    for (; from != nullptr && *from != nullptr; from++)
        if (has_value(*from) && name_of(*from) == name)
            return *from;
    return nullptr;
}

int add_fixed(Builder &builder) {
    constexpr const char *kCommon[] = {kSystemPath, "TMPDIR=/tmp"};
    constexpr const char *kRoot[] = {"HOME=/root", "USER=root", "LOGNAME=root", "XDG_RUNTIME_DIR=/run"};
    int error = 0;
    for (const char *entry : kCommon)
        error = error < 0 ? error : builder.add(entry);
    unsigned user = sys::geteuid();
    if (user == 0) {
        for (const char *entry : kRoot)
            error = error < 0 ? error : builder.add(entry);
        return error;
    }
    error = error < 0 ? error : builder.add("HOME=/");
    error = error < 0 ? error : builder.add("USER", "", user);
    error = error < 0 ? error : builder.add("LOGNAME", "", user);
    return error < 0 ? error : builder.add("XDG_RUNTIME_DIR", "/run/user/", user);
}

// Adds "NAME=VALUE" as is. "NAME" is copied from `from`, or ignored if it is not set there.
int add_named(Builder &builder, const char *item, char *const *from) {
    if (name_of(item).empty())
        return -EINVAL;
    const char *entry = has_value(item) ? item : find(from, item);
    return entry != nullptr ? builder.add(entry) : 0;
}

constexpr std::string_view kCountOfDescriptors = "LISTEN_FDS";
// See sd_listen_fds(3). Only recent versions of systemd know LISTEN_PIDFDID.
constexpr std::string_view kSocketActivation[] = {kCountOfDescriptors, "LISTEN_PID", "LISTEN_FDNAMES",
                                                  "LISTEN_PIDFDID"};

bool is_of_socket_activation(std::string_view entry) {
    for (std::string_view name : kSocketActivation)
        if (name_of(entry) == name)
            return true;
    return false;
}

// Returns 0 if the value is not a number, or is written in a way that readers interpret
// differently: with a sign, with blanks, or with leading zeros (octal to systemd, decimal to a
// strtol(3) with base 10). Also returns 0 if the number exceeds `most`.
uint32_t promised_descriptors(std::string_view entry, uint32_t most) {
    take_until(entry, '=');
    uint64_t count = 0;
    for (char c : entry) {
        if (c < '0' || c > '9' || (c == '0' && count == 0))
            return 0;
        count = count * 10 + static_cast<unsigned>(c - '0');
        if (count > most)
            return 0;
    }
    return static_cast<uint32_t>(count);
}

bool is_kept(int fd, const int32_t *keep, uint32_t keep_count) {
    for (uint32_t i = 0; i < keep_count; i++)
        if (keep[i] == fd)
            return true;
    return false;
}

bool is_promise_kept(std::string_view entry, const int32_t *keep, uint32_t keep_count) {
    uint32_t count = promised_descriptors(entry, keep_count);
    for (uint32_t i = 0; i < count; i++)
        if (!is_kept(static_cast<int>(3 + i), keep, keep_count))
            return false;
    return count != 0;
}

// If LISTEN_FDS occurs twice, some programs read the first entry and others the last, so both are
// checked.
bool are_promises_kept(char *const *from, const int32_t *keep, uint32_t keep_count) {
    for (; *from != nullptr; from++)
        if (name_of(*from) == kCountOfDescriptors && !is_promise_kept(*from, keep, keep_count))
            return false;
    return true;
}

} // namespace

int build_environment(const char *const *names, char *const *from, const Environment &environment) {
    Builder builder(environment);
    int error = add_fixed(builder);
    for (; error == 0 && names != nullptr && *names != nullptr; names++)
        error = add_named(builder, *names, from);
    return error < 0 ? error : builder.count();
}

int filter_environment(char *const *from, const int32_t *keep, uint32_t keep_count, char **entries, size_t capacity) {
    constexpr char *const kEmpty[] = {nullptr};
    size_t count = 0;
    from = from != nullptr ? from : kEmpty;
    bool keeps_all = are_promises_kept(from, keep, keep_count);
    for (; *from != nullptr; from++) {
        if (!keeps_all && is_of_socket_activation(*from))
            continue;
        if (count + 1 >= capacity)
            return -E2BIG;
        entries[count++] = *from;
    }
    if (count >= capacity || count > INT_MAX)
        return -E2BIG;
    entries[count] = nullptr;
    return static_cast<int>(count);
}

} // namespace exeseal
