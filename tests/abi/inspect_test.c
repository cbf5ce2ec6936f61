/* SPDX-License-Identifier: MIT */
/* exeseal_inspect: what it reports about a descriptor of any origin. */
#include "support.h"

#include "sandbox.h"

#include <elf.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/xattr.h>

static struct exeseal_info inspected(int fd) {
    struct exeseal_info info;
    memset(&info, 0x5a, sizeof info);
    assert_int_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    return info;
}

static void sealed_memfd_is_told_in_full(void **state) {
    (void)state;
    int source = open_payload(), fd = clone_of(source);
    struct stat file;
    assert_int_equal(fstat(source, &file), 0);
    struct exeseal_info info = inspected(fd);
    assert_int_equal(info.type, EXESEAL_TYPE_MEMFD);
    assert_int_equal(info.guarantees, EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED |
                                          EXESEAL_GUARANTEE_PEER_SEALED | EXESEAL_GUARANTEE_LANDLOCK);
    assert_int_equal(info.size, file.st_size);
    assert_int_equal(info.flags & (EXESEAL_INFO_READ_ONLY | EXESEAL_INFO_CLOSE_ON_EXEC | EXESEAL_INFO_PATH),
                     EXESEAL_INFO_READ_ONLY | EXESEAL_INFO_CLOSE_ON_EXEC);
    assert_int_equal(info.seals, PEER_SEALS);
    assert_int_equal(info.permissions, 0555);
    assert_int_equal(info.image, EXESEAL_IMAGE_STATIC);
    assert_string_equal(info.interpreter, "");
    close(fd);
    close(source);
}

static void path_descriptor_of_a_sealed_memfd_tells_its_seals(void **state) {
    (void)state;
    int fd = exeseal_clone_memory("#!/bin/sh\n", 10, NULL, 0, NULL, 0);
    int path = open(proc_path(fd), O_PATH | O_CLOEXEC);
    struct exeseal_info info = inspected(path);
    assert_int_equal(info.type, EXESEAL_TYPE_MEMFD);
    assert_int_equal(info.seals, PEER_SEALS);
    assert_true((info.flags & EXESEAL_INFO_PATH) != 0);
    assert_int_equal(info.flags & EXESEAL_INFO_READ_ONLY, 0);
    assert_int_equal(info.image, EXESEAL_IMAGE_SCRIPT);
    close(path);
    close(fd);
}

static void seals_are_masks(void **state) {
    (void)state;
    static const struct {
        int seals;
        uint64_t guarantees;
    } cases[] = {
        {0, 0},
        {PEER_SEALS & ~F_SEAL_SEAL, 0},
        {PEER_SEALS & ~F_SEAL_WRITE, 0},
        {PEER_SEALS & ~F_SEAL_SHRINK, 0},
        {PEER_SEALS & ~F_SEAL_GROW, 0},
        {PEER_SEALS, EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_LANDLOCK |
                         EXESEAL_GUARANTEE_PEER_SEALED},
        {PEER_SEALS | F_SEAL_FUTURE_WRITE,
         EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_LANDLOCK},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int fd = make_memfd("x", 1, 0755, cases[i].seals);
        assert_true(fd >= 0);
        struct exeseal_info info = inspected(fd);
        assert_int_equal(info.type, EXESEAL_TYPE_MEMFD);
        assert_int_equal(info.seals, cases[i].seals);
        assert_int_equal(info.guarantees, cases[i].guarantees);
        close(fd);
    }
}

static void exec_seal_is_x_sealed(void **state) {
    (void)state;
    int fd = make_memfd("x", 1, 0755, 0);
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC) < 0) {
        close(fd);
        skip_because("F_SEAL_EXEC needs Linux 6.3");
    }
    assert_int_equal(fcntl(fd, F_ADD_SEALS, PEER_SEALS), 0);
    struct exeseal_info info = inspected(fd);
    assert_int_equal(info.seals, 0x3f);
    assert_int_equal(info.guarantees, EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED |
                                          EXESEAL_GUARANTEE_LANDLOCK | EXESEAL_GUARANTEE_X_SEALED);
    close(fd);
}

static void unsealable_memfd_looks_like_a_file(void **state) {
    (void)state;
    int fd = memfd_create("unsealable", MFD_CLOEXEC);
    struct exeseal_info info = inspected(fd);
    assert_int_equal(info.type, EXESEAL_TYPE_FILE);
    assert_int_equal(info.seals, 0);
    assert_int_equal(info.guarantees, 0);
    close(fd);
}

static void plain_file_promises_nothing(void **state) {
    (void)state;
    int fd = unlinked_file("text", 4, 0640);
    struct exeseal_info info = inspected(fd);
    assert_int_equal(info.type, EXESEAL_TYPE_FILE);
    assert_int_equal(info.guarantees, 0);
    assert_int_equal(info.size, 4);
    assert_int_equal(info.permissions, 0640);
    assert_int_equal(info.image, EXESEAL_IMAGE_NONE);
    assert_int_equal(info.machine, 0);
    close(fd);
}

static void write_only_descriptor_is_looked_into(void **state) {
    (void)state;
    int file = unlinked_file("#!/bin/true", 11, 0700);
    int fd = open(proc_path(file), O_WRONLY);
    struct exeseal_info info = inspected(fd);
    assert_int_equal(info.flags & (EXESEAL_INFO_READ_ONLY | EXESEAL_INFO_CLOSE_ON_EXEC), 0);
    assert_int_equal(info.image, EXESEAL_IMAGE_SCRIPT);
    assert_string_equal(info.interpreter, "/bin/true");
    close(fd);
    close(file);
}

static void other_kinds_are_told_apart(void **state) {
    (void)state;
    int ends[2], sockets[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    const struct {
        int fd;
        uint32_t type;
    } cases[] = {
        {open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), EXESEAL_TYPE_DIRECTORY},
        {open("/", O_PATH | O_CLOEXEC), EXESEAL_TYPE_DIRECTORY},
        {open("/dev/null", O_RDONLY | O_CLOEXEC), EXESEAL_TYPE_OTHER},
        {ends[0], EXESEAL_TYPE_STREAM},
        {ends[1], EXESEAL_TYPE_STREAM},
        {sockets[0], EXESEAL_TYPE_STREAM},
        {sockets[1], EXESEAL_TYPE_STREAM},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct exeseal_info info = inspected(cases[i].fd);
        assert_int_equal(info.type, cases[i].type);
        assert_int_equal(info.guarantees, 0);
        assert_int_equal(info.size, 0);
        assert_int_equal(info.image, EXESEAL_IMAGE_NONE);
        close(cases[i].fd);
    }
}

static void privilege_bits_are_told(void **state) {
    (void)state;
    int setuid = unlinked_file("x", 1, 04755), setgid = unlinked_file("x", 1, 02755);
    const uint32_t both = EXESEAL_INFO_SETUID | EXESEAL_INFO_SETGID;
    assert_int_equal(inspected(setuid).flags & both, EXESEAL_INFO_SETUID);
    assert_int_equal(inspected(setuid).permissions, 04755);
    assert_int_equal(inspected(setgid).flags & both, EXESEAL_INFO_SETGID);
    close(setuid);
    close(setgid);
}

static void file_capabilities_are_told(void **state) {
    (void)state;
    skip_unless_root();
    int fd = unlinked_file("x", 1, 0755);
    assert_int_equal(inspected(fd).flags & EXESEAL_INFO_CAPABILITIES, 0);
    struct vfs_cap_data capabilities = {.magic_etc = VFS_CAP_REVISION_2};
    capabilities.data[0].permitted = 1;
    if (fsetxattr(fd, "security.capability", &capabilities, sizeof capabilities, 0) < 0) {
        close(fd);
        skip_because("no file capabilities can be set here");
    }
    assert_true((inspected(fd).flags & EXESEAL_INFO_CAPABILITIES) != 0);
    close(fd);
}

static void dynamic_program_names_its_interpreter(void **state) {
    (void)state;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct exeseal_info info = inspected(fd);
    assert_int_equal(info.image, EXESEAL_IMAGE_DYNAMIC);
    assert_int_equal(info.interpreter[0], '/');
    assert_int_equal(access(info.interpreter, X_OK), 0);
    assert_true(info.machine != 0);
    assert_int_equal(info.flags & EXESEAL_INFO_FOREIGN, 0);
    close(fd);
}

/* A program of another architecture, complete and without its program headers. */
static void foreign_program_is_told(void **state) {
    (void)state;
    struct {
        Elf64_Ehdr file;
        Elf64_Phdr segment;
    } elf = {.file = {.e_type = ET_EXEC, .e_machine = EM_SPARCV9, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1},
             .segment = {.p_type = PT_LOAD}};
    memcpy(elf.file.e_ident, ELFMAG, SELFMAG);
    elf.file.e_ident[EI_CLASS] = ELFCLASS64;
    elf.file.e_ident[EI_DATA] = ELFDATA2LSB;
    elf.file.e_phoff = sizeof elf.file;
    static const size_t sizes[] = {sizeof elf, sizeof elf.file};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        int fd = unlinked_file(&elf, sizes[i], 0755);
        struct exeseal_info info = inspected(fd);
        assert_int_equal(info.image, i == 0 ? EXESEAL_IMAGE_STATIC : EXESEAL_IMAGE_NONE);
        assert_int_equal(info.machine, EM_SPARCV9);
        assert_true((info.flags & EXESEAL_INFO_FOREIGN) != 0);
        close(fd);
    }
}

static void program_cut_in_its_headers_is_none(void **state) {
    (void)state;
    struct bytes own = read_path("/proc/self/exe");
    const Elf64_Ehdr *header = (const void *)own.data;
    const size_t end = header->e_phoff + (size_t)header->e_phnum * header->e_phentsize;
    /* the interpreter's name lies behind its headers */
    const size_t sizes[] = {100, end - 1, end, own.size};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        int fd = unlinked_file(own.data, sizes[i], 0755);
        assert_int_equal(inspected(fd).image, sizes[i] == own.size ? EXESEAL_IMAGE_DYNAMIC : EXESEAL_IMAGE_NONE);
        close(fd);
    }
    free(own.data);
}

/* A file that nobody may execute runs under no Landlock ruleset, and no peer would run it. */
static void sealed_memfd_without_an_x_bit_promises_less(void **state) {
    (void)state;
    static const mode_t modes[] = {0644, 0};
    for (size_t i = 0; i < COUNT(modes); i++) {
        int fd = make_memfd("x", 1, modes[i], PEER_SEALS);
        assert_int_equal(inspected(fd).guarantees, EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED);
        close(fd);
    }
}

static void inspect_unreadable_path_as_ordinary_user(void *argument) {
    struct exeseal_info info;
    become_ordinary_user();
    check_equal(exeseal_inspect(*(const int *)argument, &info, sizeof info), 0);
    check_equal(info.flags & (EXESEAL_INFO_UNREAD | EXESEAL_INFO_CAPABILITIES), EXESEAL_INFO_UNREAD);
    check_equal(info.image, EXESEAL_IMAGE_NONE);
    check_equal(info.permissions, 0711);
    check_equal(info.type, EXESEAL_TYPE_FILE);
}

static void file_that_cannot_be_read_says_so(void **state) {
    (void)state;
    int file = unlinked_file("#!/bin/true\n", 12, 0711), path = open(proc_path(file), O_PATH | O_CLOEXEC);
    assert_int_equal(inspected(path).flags & EXESEAL_INFO_UNREAD, 0);
    close(file);
    skip_unless_root();
    assert_child(inspect_unreadable_path_as_ordinary_user, &path);
    close(path);
}

static void script_names_its_interpreter(void **state) {
    (void)state;
    static const struct {
        const char *text, *interpreter;
    } cases[] = {
        {"#!/bin/sh\n", "/bin/sh"},
        {"#! \t/bin/sh -e\n", "/bin/sh"},
        {"#!/bin/sh", "/bin/sh"},
        {"#!", ""},
        {"#!\n", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int fd = unlinked_file(cases[i].text, strlen(cases[i].text), 0755);
        struct exeseal_info info = inspected(fd);
        assert_int_equal(info.image, EXESEAL_IMAGE_SCRIPT);
        assert_string_equal(info.interpreter, cases[i].interpreter);
        close(fd);
    }
}

static void sealed_script_does_not_speak_for_its_interpreter(void **state) {
    (void)state;
    const uint64_t both = EXESEAL_GUARANTEE_PEER_SEALED | EXESEAL_GUARANTEE_LANDLOCK;
    int script = exeseal_clone_memory("#!/bin/sh\n", 10, NULL, 0, NULL, 0);
    int payload = open_payload(), program = clone_of(payload);
    assert_int_equal(inspected(program).guarantees & both, both);
    assert_int_equal(inspected(script).guarantees, EXESEAL_GUARANTEE_READ_ONLY | EXESEAL_GUARANTEE_SEALED);
    close(program);
    close(payload);
    close(script);
}

static void endless_interpreter_is_cut(void **state) {
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text);
    memcpy(text, "#!/", 3);
    int fd = unlinked_file(text, sizeof text, 0755);
    struct exeseal_info info = inspected(fd);
    assert_true(strnlen(info.interpreter, sizeof info.interpreter) < sizeof info.interpreter);
    close(fd);
}

static void inspect_on_a_noexec_read_only_mount(void *unused) {
    (void)unused;
    use_private_mounts();
    cover_with_tmpfs("/mnt", MS_NOEXEC);
    int writer = open("/mnt/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    check(writer >= 0 && write(writer, "x", 1) == 1);
    close(writer);
    int fd = open("/mnt/file", O_RDONLY | O_CLOEXEC);
    struct exeseal_info info;
    check_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    check_equal(info.flags & (EXESEAL_INFO_NOEXEC_MOUNT | EXESEAL_INFO_READ_ONLY_MOUNT), EXESEAL_INFO_NOEXEC_MOUNT);
    check_equal(info.type, EXESEAL_TYPE_FILE); /* tmpfs supports F_GET_SEALS as well */
    check_equal(info.guarantees, 0);
    check(mount(NULL, "/mnt", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    check_equal(exeseal_inspect(fd, &info, sizeof info), 0);
    check_equal(info.flags & (EXESEAL_INFO_NOEXEC_MOUNT | EXESEAL_INFO_READ_ONLY_MOUNT), EXESEAL_INFO_READ_ONLY_MOUNT);
    check_equal(info.guarantees, 0); /* a user who can remount can write */
}

static void mount_flags_are_told(void **state) {
    (void)state;
    skip_unless_root();
    assert_child(inspect_on_a_noexec_read_only_mount, NULL);
}

static void bad_descriptors_are_ebadf(void **state) {
    (void)state;
    static const int numbers[] = {-1, -2, AT_FDCWD, INT32_MIN, 1023};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct exeseal_info info;
        assert_int_equal(exeseal_inspect(numbers[i], &info, sizeof info), -EBADF);
        assert_int_equal(info.type, 0);
    }
}

static void sizes_are_checked_and_the_rest_is_zeroed(void **state) {
    (void)state;
    struct {
        struct exeseal_info info;
        unsigned char later[32];
    } larger;
    int fd = open_payload();
    assert_int_equal(exeseal_inspect(fd, NULL, 0), -EINVAL);
    assert_int_equal(exeseal_inspect(fd, NULL, sizeof larger.info), -EINVAL);
    assert_int_equal(exeseal_inspect(fd, &larger.info, sizeof larger.info - 1), -EINVAL);
    memset(&larger, 0x5a, sizeof larger);
    assert_int_equal(exeseal_inspect(fd, &larger.info, sizeof larger), 0);
    assert_int_equal(larger.info.image, EXESEAL_IMAGE_STATIC);
    for (size_t i = 0; i < sizeof larger.later; i++)
        assert_int_equal(larger.later[i], 0);
    close(fd);
}

static void nothing_is_left_behind(void **state) {
    (void)state;
    int file = open_payload(), path = open(proc_path(file), O_PATH | O_CLOEXEC), before = open_descriptors();
    const int fds[] = {file, path, -1};
    for (size_t i = 0; i < COUNT(fds); i++) {
        struct exeseal_info info;
        errno = 4321;
        exeseal_inspect(fds[i], &info, sizeof info);
        assert_int_equal(errno, 4321);
    }
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(lseek(file, 0, SEEK_CUR), 0);
    close(path);
    close(file);
}

static void running_program_is_told(void **state) {
    (void)state;
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct exeseal_info wanted = inspected(self), info;
    wanted.flags &= ~(uint32_t)(EXESEAL_INFO_READ_ONLY | EXESEAL_INFO_CLOSE_ON_EXEC);
    int before = open_descriptors();
    assert_int_equal(exeseal_inspect_self(&info, sizeof info), 0);
    assert_int_equal(open_descriptors(), before);
    assert_memory_equal(&info, &wanted, sizeof info);
    assert_int_equal(info.type, EXESEAL_TYPE_FILE);
    assert_int_equal(info.guarantees & EXESEAL_GUARANTEE_SEALED, 0);
    assert_int_equal(exeseal_inspect_self(NULL, 0), -EINVAL);
    assert_int_equal(exeseal_inspect_self(&info, sizeof info - 1), -EINVAL);
    assert_int_equal(exeseal_inspect_self(&info, 4097), -E2BIG);
    close(self);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_memfd_is_told_in_full),
        cmocka_unit_test(path_descriptor_of_a_sealed_memfd_tells_its_seals),
        cmocka_unit_test(seals_are_masks),
        cmocka_unit_test(exec_seal_is_x_sealed),
        cmocka_unit_test(unsealable_memfd_looks_like_a_file),
        cmocka_unit_test(plain_file_promises_nothing),
        cmocka_unit_test(write_only_descriptor_is_looked_into),
        cmocka_unit_test(other_kinds_are_told_apart),
        cmocka_unit_test(privilege_bits_are_told),
        cmocka_unit_test(file_capabilities_are_told),
        cmocka_unit_test(dynamic_program_names_its_interpreter),
        cmocka_unit_test(foreign_program_is_told),
        cmocka_unit_test(program_cut_in_its_headers_is_none),
        cmocka_unit_test(sealed_memfd_without_an_x_bit_promises_less),
        cmocka_unit_test(file_that_cannot_be_read_says_so),
        cmocka_unit_test(script_names_its_interpreter),
        cmocka_unit_test(sealed_script_does_not_speak_for_its_interpreter),
        cmocka_unit_test(endless_interpreter_is_cut),
        cmocka_unit_test(mount_flags_are_told),
        cmocka_unit_test(bad_descriptors_are_ebadf),
        cmocka_unit_test(sizes_are_checked_and_the_rest_is_zeroed),
        cmocka_unit_test(running_program_is_told),
        cmocka_unit_test(nothing_is_left_behind),
    };
    return run_all(tests);
}
