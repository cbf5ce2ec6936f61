// SPDX-License-Identifier: MIT
// Reads the first bytes of a file, and says whether the kernel could execute it.
#include "header.h"

#include "surroundings.h"

#include <cstring>
#include <dirent.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace exeseal_tool {
namespace {

// The kernel reads as many bytes to choose the format (BINPRM_BUF_SIZE).
struct Header {
    char bytes[256] = {};
    ssize_t length;

    explicit Header(int fd) : length(pread(fd, bytes, sizeof bytes, 0)) {}

    bool begins_with(const char *text) const { return strncmp(bytes, text, strlen(text)) == 0; }
    bool is_empty() const { // a hole, for example
        static const char zeros[sizeof bytes] = {};
        return memcmp(bytes, zeros, sizeof bytes) == 0;
    }
};

// The formats of the kernel itself: scripts, ELF, and the flat format of machines without MMU.
bool is_of_known_format(const Header &header) {
    return header.begins_with("#!") || header.begins_with("\177ELF") || header.begins_with("bFLT");
}

bool is_file(int fd) {
    struct stat file;
    return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size > 0;
}

// Each format is a file in this directory, beside "register" and "status". The formats are not
// visible if binfmt_misc is not mounted, and a user namespace may have its own (Linux 6.7).
bool may_formats_be_registered() {
    DIR *directory = is_initial_user_namespace() ? opendir("/proc/sys/fs/binfmt_misc") : nullptr;
    if (directory == nullptr)
        return true;
    int own = 0, formats = 0;
    for (dirent *entry; (entry = readdir(directory)) != nullptr;) {
        bool is_own = strcmp(entry->d_name, "register") == 0 || strcmp(entry->d_name, "status") == 0;
        own += is_own;
        formats += !is_own && entry->d_name[0] != '.';
    }
    closedir(directory);
    return own != 2 || formats > 0;
}

} // namespace

bool is_script(int fd) {
    return Header(fd).begins_with("#!");
}

bool is_surely_no_program(int fd) {
    Header header(fd);
    if (header.length <= 0 || is_of_known_format(header) || !is_file(fd))
        return false;
    return header.is_empty() || !may_formats_be_registered();
}

} // namespace exeseal_tool
