// SPDX-License-Identifier: MIT
// Searches PATH and the system directories for other files with the name of the program.
#include "others.h"

#include "exeseal.h"
#include "forms.h"
#include "message.h"
#include "text.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>

namespace exeseal_tool {
namespace {

constexpr const char *kPath = "PATH=";
constexpr const char *kReason = "a different file of this name, which is not executed";

// The directories that the library searches, in the same order.
void read_system_path(Sentence &path) {
    char *entries[32], buffer[128];
    int count = exeseal_environment(nullptr, nullptr, entries, 32, buffer, sizeof buffer);
    for (int i = 0; i < count; i++)
        if (strncmp(entries[i], kPath, strlen(kPath)) == 0)
            path.add("%s", entries[i] + strlen(kPath));
}

class Others {
  public:
    Others(const char *name, Program &program) : name_(name), program_(program) {
        if (fstat(program.fd, &told_[0]) == 0)
            count_ = 1;
    }

    void look() {
        Sentence system;
        read_system_path(system);
        system.add(":/opt/%s", name_);
        look_in(system.text);
        const char *path = getenv("PATH");
        look_in(path != nullptr ? path : "");
    }

  private:
    void look_in(const char *list) {
        while (*list != '\0') {
            int length = static_cast<int>(strcspn(list, ":"));
            char path[PATH_MAX];
            if (list[0] == '/' && snprintf(path, sizeof path, "%.*s/%s", length, list, name_) < PATH_MAX)
                look_at(path);
            list += length + (list[length] == ':' ? 1 : 0);
        }
    }

    // Files before the program in this order were rejected, and are listed as such.
    void look_at(const char *path) {
        struct stat file;
        is_behind_ = is_behind_ || strcmp(path, program_.path) == 0;
        if (stat(path, &file) != 0 || !S_ISREG(file.st_mode) || is_told(file) || count_ == kMost)
            return;
        told_[count_++] = file;
        if (!is_behind_)
            return;
        size_t length = strlen(program_.others);
        if (length + strlen(path) + 2 > sizeof program_.others)
            return;
        for (; *path != '\0'; path++)
            program_.others[length++] = shown(*path);
        program_.others[length] = '\n';
    }

    bool is_told(const struct stat &file) const {
        for (size_t i = 0; i < count_; i++)
            if (file.st_dev == told_[i].st_dev && file.st_ino == told_[i].st_ino)
                return true;
        return false;
    }

    static constexpr size_t kMost = 16;

    const char *name_;
    Program &program_;
    struct stat told_[kMost]; // the program itself is the first
    size_t count_ = 0;
    bool is_behind_ = false;
};

} // namespace

void look_for_others(const char *name, Program &program) {
    if (strchr(name, '/') == nullptr)
        Others(name, program).look();
}

void print_others(const Program &program) {
    const char *lines = program.others;
    for (Line path; take_line(lines, path);) {
        Sentence sentence;
        sentence.add("%.*s: %s", path.length, path.text, kReason);
        print_lines(sentence.text);
    }
}

void write_others(Json &json, const Program &program) {
    const char *lines = program.others;
    json.begin_array("others");
    for (Line path; take_line(lines, path);)
        write_refusal(json, path, {kReason, static_cast<int>(strlen(kReason))});
    json.end_array();
}

} // namespace exeseal_tool
