/* SPDX-License-Identifier: MIT */
/* Writes the inode of each of its descriptors to a file: lister FILE. */
#include "lister.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
    uint64_t inodes[LISTED] = {0};
    for (int fd = 0; fd < LISTED; fd++) {
        struct stat file;
        if (fstat(fd, &file) == 0)
            inodes[fd] = file.st_ino;
    }
    int list = argc == 2 ? open(argv[1], O_WRONLY | O_CLOEXEC) : -1;
    return list >= 0 && write(list, inodes, sizeof inodes) == sizeof inodes ? 0 : 1;
}
