/* SPDX-License-Identifier: MIT */
/* Files that exeseal_exec_fd cannot run, and the cause that it reports. */
#include "execution.h"

#include <elf.h>

/* A 64-bit ELF program of this machine, unless changed. It names an interpreter if one is given. */
struct crafted {
    Elf64_Ehdr file;
    Elf64_Phdr segment;
    char interpreter[64];
};

static struct crafted craft(const char *interpreter) {
    struct crafted crafted = {0};
    struct bytes own = read_path("/proc/self/exe");
    memcpy(&crafted.file, own.data, sizeof crafted.file);
    free(own.data);
    crafted.file.e_phoff = offsetof(struct crafted, segment);
    crafted.file.e_phnum = 1;
    crafted.file.e_shoff = crafted.file.e_shnum = crafted.file.e_shstrndx = 0;
    crafted.segment.p_type = PT_INTERP;
    crafted.segment.p_offset = offsetof(struct crafted, interpreter);
    crafted.segment.p_filesz = crafted.segment.p_memsz = strlen(interpreter) + 1;
    snprintf(crafted.interpreter, sizeof crafted.interpreter, "%s", interpreter);
    return crafted;
}

static uint16_t foreign_machine(void) {
    struct bytes own = read_path("/proc/self/exe");
    uint16_t machine = ((const Elf64_Ehdr *)(const void *)own.data)->e_machine;
    free(own.data);
    return machine == EM_SPARCV9 ? EM_S390 : EM_SPARCV9;
}

static void missing_interpreter_of_a_program_is_named(void **state) {
    (void)state;
    struct crafted crafted = craft("/no/such/ld.so");
    int fd = sealed_memory(&crafted, sizeof crafted);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_does_not_run(&execution, ENOENT, EXESEAL_STEP_INTERPRETER);
    assert_string_equal(last_attempt(&outcome->report).where, "/no/such/ld.so");
    assert_non_null(strstr(report_text(&outcome->report), "(/no/such/ld.so)"));
    close(fd);
}

static void missing_interpreter_of_a_script_is_named(void **state) {
    (void)state;
    int fd = sealed_text("#! /no/such/shell -e\n");
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
    assert_does_not_run(&execution, ENOENT, EXESEAL_STEP_INTERPRETER);
    assert_string_equal(last_attempt(&outcome->report).where, "/no/such/shell");
    close(fd);
}

/* /proc is usable, so a missing /proc is not the cause. */
static void missing_interpreter_of_an_interpreter_is_named(void **state) {
    (void)state;
    static const char inner[] = "#!/no/such/shell\n";
    struct temp_directory directory = make_temp_directory();
    const char *interpreter = make_file(&directory, "interpreter", inner, sizeof inner - 1, 0755);
    char script[192];
    snprintf(script, sizeof script, "#!%s\n", interpreter);
    int fd = sealed_text(script);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
    run(&execution);
    assert_int_equal(outcome->result, -ENOENT);
    assert_int_equal(last_attempt(&outcome->report).step, EXESEAL_STEP_INTERPRETER);
    assert_int_equal(strncmp(last_attempt(&outcome->report).where, interpreter, 47), 0);
    close(fd);
    remove_temp_directory(&directory);
}

/* Interpreters that the kernel finds and cannot start: check and execution give the same result. */
static void unusable_interpreters_are_named(void **state) {
    (void)state;
    struct temp_directory directory = make_temp_directory();
    char text[192], below[256];
    snprintf(text, sizeof text, "%s", make_file(&directory, "text", "text\n", 5, 0644));
    snprintf(below, sizeof below, "%s/below", text);
    const struct {
        const char *interpreter;
        int error;
    } cases[] = {{"", ENOEXEC}, {directory.path, EACCES}, {text, EACCES}, {below, ENOTDIR}, {"/dev/null", EACCES}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char script[300];
        snprintf(script, sizeof script, "#!%s\n", cases[i].interpreter);
        int fd = sealed_text(script);
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
        assert_does_not_run(&execution, cases[i].error, EXESEAL_STEP_INTERPRETER);
        assert_int_equal(strncmp(last_attempt(&outcome->report).where, cases[i].interpreter, 47), 0);
        close(fd);
        if (strlen(cases[i].interpreter) >= sizeof(((struct crafted *)0)->interpreter))
            continue;
        struct crafted crafted = craft(cases[i].interpreter);
        fd = sealed_memory(&crafted, sizeof crafted);
        execution.fd = fd;
        /* the kernel rejects a name of one byte as malformed */
        bool has_name = *cases[i].interpreter != '\0';
        assert_does_not_run(&execution, cases[i].error, has_name ? EXESEAL_STEP_INTERPRETER : EXESEAL_STEP_FORMAT);
        close(fd);
    }
    remove_temp_directory(&directory);
}

/* The interpreter exists, but the kernel rejects the headers (fs/binfmt_elf.c). The check
 * applies the same limits. */
static void headers_that_the_kernel_refuses_are_no_program(void **state) {
    (void)state;
    enum { ROOM = 5 << 20 };
    static const struct {
        uint64_t interpreter_size; /* 0: unchanged */
        uint16_t headers;
    } cases[] = {{1, 1}, {sizeof "/bin/sh" - 1, 1}, {4097, 1}, {5000, 1}, {0, 1171}, {0, 65535}};
    struct crafted crafted = craft("/bin/sh");
    unsigned char *bytes = calloc(1, ROOM);
    assert_non_null(bytes);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct crafted damaged = crafted;
        damaged.file.e_phnum = cases[i].headers;
        if (cases[i].interpreter_size != 0)
            damaged.segment.p_filesz = cases[i].interpreter_size;
        memcpy(bytes, &damaged, sizeof damaged);
        int fd = sealed_memory(bytes, ROOM);
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
        assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_FORMAT);
        close(fd);
    }
    free(bytes);
}

/* The kernel goes by e_machine there and ignores the class and byte order in e_ident. */
static void program_with_a_wrong_ident_runs(void **state) {
    (void)state;
#if defined(__x86_64__) || defined(__aarch64__)
    static const unsigned char classes[] = {ELFCLASS32, 7}, orders[] = {ELFDATA2MSB, 0};
    int source = open_payload();
    struct bytes program = read_all(source);
    for (size_t i = 0; i < COUNT(classes); i++) {
        program.data[EI_CLASS] = classes[i];
        program.data[EI_DATA] = orders[i];
        int fd = sealed_memory(program.data, program.size);
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
        assert_runs(&execution);
        assert_check_says(fd, 0, 0);
        close(fd);
    }
    free(program.data);
    close(source);
#else
    skip_because("not known of this architecture");
#endif
}

/* Control characters in a hostile file's name do not reach the terminal of a reader. */
static void control_bytes_in_an_interpreter_are_not_told(void **state) {
    (void)state;
    int fd = sealed_text("#!/no/such\x1b[31m/\x07shell\x7f\n");
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
    assert_does_not_run(&execution, ENOENT, EXESEAL_STEP_INTERPRETER);
    assert_string_equal(last_attempt(&outcome->report).where, "/no/such?[31m/?shell?");
    assert_non_null(strstr(report_text(&outcome->report), "(/no/such?[31m/?shell?)"));
    close(fd);
}

static void program_cut_in_its_headers_is_no_program(void **state) {
    (void)state;
    struct bytes own = read_path("/proc/self/exe");
    const Elf64_Ehdr *header = (const void *)own.data;
    const size_t end = header->e_phoff + (size_t)header->e_phnum * header->e_phentsize;
    const size_t sizes[] = {sizeof *header, 100, end - 1};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        int fd = sealed_memory(own.data, sizes[i]);
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
        assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_FORMAT);
        close(fd);
    }
    free(own.data);
}

static void foreign_architecture_is_named(void **state) {
    (void)state;
    struct crafted crafted = craft("/no/such/ld.so");
    crafted.file.e_machine = foreign_machine();
    int fd = sealed_memory(&crafted, sizeof crafted);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_ARCHITECTURE);
    close(fd);
}

static void foreign_byte_order_is_named(void **state) {
    (void)state;
    struct crafted crafted = craft("/no/such/ld.so");
    crafted.file.e_ident[EI_DATA] = crafted.file.e_ident[EI_DATA] == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB;
    crafted.file.e_type = (Elf64_Half)(crafted.file.e_type << 8);
    crafted.file.e_machine = (Elf64_Half)(EM_S390 << 8);
    int fd = sealed_memory(&crafted, sizeof crafted);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_ARCHITECTURE);
    close(fd);
}

static void text_is_no_program(void **state) {
    (void)state;
    static const char *const texts[] = {"echo no program\n", "\n", "x", "#", "\177ELF", "MZ no ELF either"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        int fd = sealed_text(texts[i]);
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = EXESEAL_EXEC_SCRIPT};
        assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_FORMAT);
        close(fd);
    }
}

/* The kernel's own check (AT_EXECVE_CHECK) accepts an empty file. */
static void empty_file_is_no_program(void **state) {
    (void)state;
    int fd = make_memfd("", 0, 0755, 0);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    assert_does_not_run(&execution, ENOEXEC, EXESEAL_STEP_FORMAT);
    close(fd);
}

static void file_without_x_bit_is_eacces(void **state) {
    (void)state;
    struct bytes program = read_path(built_program("lib/support/payload"));
    int fd = make_memfd(program.data, program.size, 0444, PEER_SEALS);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    run(&execution);
    assert_true(outcome->returned);
    assert_int_equal(outcome->result, -EACCES);
    assert_check_says(fd, 0, -EACCES);
    free(program.data);
    close(fd);
}

static void file_open_for_writing_is_etxtbsy(void **state) {
    (void)state;
    struct bytes program = read_path(built_program("lib/support/payload"));
    int fd = unlinked_file(program.data, program.size, 0755);
    int writer = open(proc_path(fd), O_RDWR | O_CLOEXEC);
    assert_true(writer >= 0);
    struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY};
    run(&execution);
    assert_true(outcome->returned);
    if (outcome->result != -ETXTBSY)
        print_error("%s", report_text(&outcome->report));
    assert_int_equal(outcome->result, -ETXTBSY);
    assert_non_null(strstr(report_text(&outcome->report), "open for writing"));
    close(writer);
    assert_runs(&execution);
    assert_string_equal(outcome->output, "it runs\n");
    free(program.data);
    close(fd);
}

static void bad_descriptors_are_ebadf(void **state) {
    (void)state;
    static const int numbers[] = {-1, -2, AT_FDCWD, INT32_MIN, 1023};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct execution execution = {.fd = numbers[i], .argv = PAYLOAD_SAY};
        run(&execution);
        assert_true(outcome->returned);
        assert_int_equal(outcome->result, -EBADF);
        assert_check_says(numbers[i], 0, -EBADF);
    }
}

/* A directory is never blamed on a policy, whatever its x bits. */
static void directory_is_eacces(void **state) {
    static const uint64_t checks[] = {0, EXESEAL_EXEC_CHECK};
    (void)state;
    int fd = open("/", O_PATH | O_CLOEXEC);
    for (size_t i = 0; i < COUNT(checks); i++) {
        struct execution execution = {.fd = fd, .argv = PAYLOAD_SAY, .options.flags = checks[i]};
        run(&execution);
        assert_int_equal(outcome->result, -EACCES);
        assert_int_not_equal(last_attempt(&outcome->report).step, EXESEAL_STEP_POLICY);
    }
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_interpreter_of_a_program_is_named),
        cmocka_unit_test(missing_interpreter_of_a_script_is_named),
        cmocka_unit_test(missing_interpreter_of_an_interpreter_is_named),
        cmocka_unit_test(unusable_interpreters_are_named),
        cmocka_unit_test(headers_that_the_kernel_refuses_are_no_program),
        cmocka_unit_test(program_with_a_wrong_ident_runs),
        cmocka_unit_test(control_bytes_in_an_interpreter_are_not_told),
        cmocka_unit_test(program_cut_in_its_headers_is_no_program),
        cmocka_unit_test(foreign_architecture_is_named),
        cmocka_unit_test(foreign_byte_order_is_named),
        cmocka_unit_test(text_is_no_program),
        cmocka_unit_test(empty_file_is_no_program),
        cmocka_unit_test(file_without_x_bit_is_eacces),
        cmocka_unit_test(file_open_for_writing_is_etxtbsy),
        cmocka_unit_test(bad_descriptors_are_ebadf),
        cmocka_unit_test(directory_is_eacces),
    };
    return run_all(tests);
}
