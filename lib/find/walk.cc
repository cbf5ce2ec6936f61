// SPDX-License-Identifier: MIT
// Follows a path one component at a time and checks each directory that it passes through.
#include "find/walk.h"

#include <cerrno>
#include <cstring>
#include <linux/magic.h>
#include <utility>

namespace exeseal {
namespace {

constexpr int kLinks = 40; // the kernel's limit
constexpr int kLook = O_PATH | O_NOFOLLOW | O_CLOEXEC;

// The part of the path that has not been followed yet. A symbolic link prepends its target.
class Rest {
  public:
    int put_in_front(std::string_view path) {
        std::string_view rest = this->rest();
        size_t slash = has_slash_ ? 1 : 0;
        if (path.size() + slash + rest.size() >= sizeof text_)
            return -ENAMETOOLONG;
        memmove(text_ + path.size() + slash, rest.data(), rest.size());
        text_[path.size()] = '/';
        memcpy(text_, path.data(), path.size());
        begin_ = 0;
        end_ = path.size() + slash + rest.size();
        return 0;
    }

    // Returns the next component, NUL-terminated; "" at the end.
    const char *next() {
        while (begin_ < end_ && text_[begin_] == '/')
            begin_++;
        size_t slash = rest().find('/');
        has_slash_ = slash != std::string_view::npos;
        size_t last = has_slash_ ? begin_ + slash : end_;
        const char *component = text_ + begin_;
        text_[last] = '\0';
        begin_ = last < end_ ? last + 1 : end_;
        return component;
    }

    bool is_at_end() const { return rest().find_first_not_of('/') == std::string_view::npos; }

    // Whether a slash followed the last component, which must then be a directory.
    bool has_slash() const { return has_slash_; }

  private:
    std::string_view rest() const { return {text_ + begin_, end_ - begin_}; }

    char text_[kPathSize];
    size_t begin_ = 0, end_ = 0;
    bool has_slash_ = false;
};

class Walk {
  public:
    Walk(uint32_t user, Found &found) : user_(user), found_(found) {}

    Failure along(std::string_view path) {
        int error = path.starts_with('/') ? rest_.put_in_front(path) : -EINVAL;
        if (error == 0)
            error = start_at_root();
        while (error == 0 && !rest_.is_at_end())
            error = step(rest_.next());
        return error == -ENOENT || error == -ENOTDIR ? end_missing(error) : end(error);
    }

  private:
    // Only the first refusal is reported.
    int refuse(const Failure &refusal) {
        if (!refusal_)
            refusal_ = refusal;
        return -EPERM;
    }

    int refuse(const char *rule) { return refuse({EXESEAL_STEP_LOCATE, EPERM, rule}); }

    Failure end_missing(int error) {
        return ends_in_link_ ? end(refuse("a dangling symbolic link")) : Failure::from(error, EXESEAL_STEP_LOCATE);
    }

    void blame_directory() {
        const char *path = found_.path[0] != '\0' ? found_.path : "/";
        memcpy(found_.parent, path, strlen(path) + 1);
    }

    Failure end(int error) {
        if (!refusal_ && error == -EACCES)
            blame_directory();
        bool is_refused = error == 0 || error == -EACCES || error == -EPERM;
        return refusal_ && is_refused ? refusal_ : Failure::from(error, EXESEAL_STEP_LOCATE, refusal_.where);
    }

    int start_at_root() {
        found_.path[0] = '\0';
        return enter(sys::openat(AT_FDCWD, "/", kLook | O_DIRECTORY));
    }

    // Enters an opened directory and checks it. An untrusted directory is still searched (by
    // descriptor, without following symbolic links): if the program is not in it, there is nothing
    // to report as refused.
    int enter(UniqueFd &directory, const struct statx &file) {
        found_.fd = std::move(directory);
        found_.file = file;
        Failure refusal = distrust_directory(found_.file, found_.path, user_);
        if (refusal && !refusal_) {
            blame_directory();
            refuse(refusal);
        }
        return 0;
    }

    int enter(int opened) {
        UniqueFd directory;
        struct statx file;
        int error = look(opened, directory, file);
        return error < 0 ? error : enter(directory, file);
    }

    static int look(int opened, UniqueFd &fd, struct statx &file) {
        int error = fd.take(opened);
        return error < 0 ? error : sys::statx(fd.get(), "", AT_EMPTY_PATH, file);
    }

    int step(const char *component) {
        if (strcmp(component, ".") == 0)
            return 0;
        if (strcmp(component, "..") == 0)
            return step_up();
        UniqueFd child;
        struct statx file;
        int error = look(sys::openat(found_.fd.get(), component, kLook), child, file);
        if (error < 0)
            return error;
        if (S_ISLNK(file.stx_mode))
            return follow(child.get());
        if (error = append(component); error < 0)
            return error;
        return S_ISDIR(file.stx_mode) ? enter(child, file) : finish(child, file);
    }

    int step_up() {
        size_t slash = std::string_view(found_.path).rfind('/');
        found_.path[slash == std::string_view::npos ? 0 : slash] = '\0';
        return enter(sys::openat(found_.fd.get(), "..", kLook | O_DIRECTORY));
    }

    int follow(int link) {
        char target[kPathSize];
        if (refusal_)
            return -EPERM;
        if (links_++ == kLinks)
            return -ELOOP;
        struct statfs fs;
        if (int error = sys::fstatfs(link, fs); error < 0)
            return error;
        if (fs.f_type == PROC_SUPER_MAGIC)
            return refuse("a symbolic link in /proc, whose text may name another file");
        ends_in_link_ = ends_in_link_ || rest_.is_at_end();
        ssize_t length = sys::readlinkat(link, "", target, sizeof target);
        if (length < 0)
            return static_cast<int>(length);
        if (length == 0 || static_cast<size_t>(length) >= sizeof target)
            return -ENAMETOOLONG;
        int error = rest_.put_in_front({target, static_cast<size_t>(length)});
        return error == 0 && target[0] == '/' ? start_at_root() : error;
    }

    int append(const char *component) {
        size_t length = strlen(found_.path), more = strlen(component);
        if (length + 1 + more >= sizeof found_.path)
            return -ENAMETOOLONG;
        found_.path[length] = '/';
        memcpy(found_.path + length + 1, component, more + 1);
        return 0;
    }

    // A file that is not a directory ends the walk.
    int finish(UniqueFd &child, const struct statx &file) {
        if (rest_.has_slash())
            return -ENOTDIR;
        Failure refusal = distrust_file(file, found_.file, found_.path, user_);
        found_.directory = std::move(found_.fd);
        found_.fd = std::move(child);
        found_.file = file;
        return refusal ? refuse(refusal) : 0;
    }

    uint32_t user_;
    Found &found_;
    Failure refusal_;
    Rest rest_;
    int links_ = 0;
    bool ends_in_link_ = false;
};

} // namespace

Failure walk(std::string_view path, uint32_t user, Found &found) {
    Failure failure = Walk(user, found).along(path);
    if (!failure && S_ISDIR(found.file.stx_mode))
        failure = {EXESEAL_STEP_LOCATE, EISDIR, ""};
    if (failure) {
        found.fd.reset();
        found.directory.reset();
    }
    return failure;
}

} // namespace exeseal
