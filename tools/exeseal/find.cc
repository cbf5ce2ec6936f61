// SPDX-License-Identifier: MIT
#include "find.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

constexpr const char *kSystemDirectories = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

int open_at(Program &program, int flags = 0) {
    program.fd = open(program.path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
    return program.fd < 0 ? -errno : 0;
}

// Without waiting for somebody to write to a FIFO. A file that is leased says EAGAIN, and is worth to wait for.
int open_found(Program &program) {
    int error = open_at(program, O_NONBLOCK);
    return error == -EAGAIN ? open_at(program) : error;
}

bool is_executable_file(const Program &program) {
    struct stat file;
    return fstat(program.fd, &file) == 0 && S_ISREG(file.st_mode) &&
           faccessat(AT_FDCWD, program.path, X_OK, AT_EACCESS) == 0;
}

int open_in(const char *directory, size_t length, const char *name, Program &program) {
    int written = snprintf(program.path, sizeof program.path, "%.*s/%s", static_cast<int>(length), directory, name);
    if (written < 0 || static_cast<size_t>(written) >= sizeof program.path)
        return -ENAMETOOLONG;
    if (int error = open_found(program); error < 0)
        return error;
    if (is_executable_file(program))
        return 0;
    close(program.fd);
    program.fd = -1;
    return -EACCES;
}

// As execvp(3) does, a file that may not be executed is passed over, and remembered in case there is no better one.
// Relative directories, the empty one among them, are not searched.
int search(const char *directories, const char *name, Program &program) {
    int answer = -ENOENT;
    for (const char *directory = directories; directory != nullptr && *directory != '\0';) {
        const char *end = strchrnul(directory, ':');
        if (*directory == '/') {
            int error = open_in(directory, static_cast<size_t>(end - directory), name, program);
            if (error == 0)
                return 0;
            if (error != -ENOENT && error != -ENOTDIR)
                answer = error;
        }
        directory = *end == ':' ? end + 1 : end;
    }
    return answer;
}

} // namespace

int find_program(const char *name, Program &program) {
    if (*name == '\0')
        return -ENOENT;
    if (strchr(name, '/') == nullptr)
        return search(geteuid() == 0 ? kSystemDirectories : getenv("PATH"), name, program);
    if (strlen(name) >= sizeof program.path)
        return -ENAMETOOLONG;
    strcpy(program.path, name);
    return open_at(program);
}

int find_file(const char *name, Program &program) {
    struct stat file;
    bool is_something_else = strchr(name, '/') != nullptr && stat(name, &file) == 0 && !S_ISREG(file.st_mode);
    return is_something_else ? -EACCES : find_program(name, program);
}

int find_system_program(const char *name, Program &program) {
    return strchr(name, '/') == nullptr ? search(kSystemDirectories, name, program) : -ENOENT;
}

} // namespace exeseal_tool
