// SPDX-License-Identifier: MIT
#include "environment.h"

#include "sys.h"
#include "text.h"

#include <cerrno>

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

    // A string that outlives the environment. Takes the place of one of the same name.
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
    unsigned user = sys::effective_user();
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

// "NAME=VALUE" as it stands, "NAME" as it is in `from`, if it is.
int add_named(Builder &builder, const char *item, char *const *from) {
    if (name_of(item).empty())
        return -EINVAL;
    const char *entry = has_value(item) ? item : find(from, item);
    return entry != nullptr ? builder.add(entry) : 0;
}

} // namespace

int build_environment(const char *const *names, char *const *from, const Environment &environment) {
    Builder builder(environment);
    int error = add_fixed(builder);
    for (; error == 0 && names != nullptr && *names != nullptr; names++)
        error = add_named(builder, *names, from);
    return error < 0 ? error : builder.count();
}

} // namespace exeseal
