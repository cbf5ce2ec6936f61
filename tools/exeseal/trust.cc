// SPDX-License-Identifier: MIT
#include "trust.h"

#include <climits>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>

namespace exeseal_tool {
namespace {

bool is_roots_alone(const struct stat &object) {
    return object.st_uid == 0 && (object.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool is_directory_safe(const char *path) {
    struct stat directory;
    return lstat(path, &directory) == 0 && S_ISDIR(directory.st_mode) && is_roots_alone(directory);
}

// Of a path without symbolic links. Cuts it.
bool are_parents_safe(char *path) {
    for (char *slash; (slash = strrchr(path, '/')) != nullptr;) {
        *slash = '\0';
        if (!is_directory_safe(*path != '\0' ? path : "/"))
            return false;
    }
    return true;
}

} // namespace

const char *distrust(const char *path, int fd) {
    char real[PATH_MAX];
    struct stat file, named;
    if (fstat(fd, &file) != 0 || realpath(path, real) == nullptr || lstat(real, &named) != 0)
        return "it cannot be found out whose it is";
    if (file.st_dev != named.st_dev || file.st_ino != named.st_ino)
        return "it is being replaced";
    if (file.st_uid != 0)
        return "its owner is not root";
    if (!is_roots_alone(file))
        return "others than root can write to it";
    if ((file.st_mode & (S_ISUID | S_ISGID)) != 0)
        return "it is setuid or setgid";
    return are_parents_safe(real) ? nullptr : "others than root can write to its directory";
}

} // namespace exeseal_tool
