/* SPDX-License-Identifier: MIT */
/* Output of the program itself. */
#include "program.h"

/* Exported, though no header declares it. */
void cm_print_error(const char *format, ...) CMOCKA_PRINTF_ATTRIBUTE(1, 2);

static void CMOCKA_PRINTF_ATTRIBUTE(1, 2) pass_on(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprint_message(format, arguments);
    va_end(arguments);
    va_start(arguments, format);
    vprint_error(format, arguments);
    va_end(arguments);
}

static void prints(void **state) {
    (void)state;
    print_message("message %d\n", 1);
    print_error("error %s\n", "2");
    pass_on("passed on: %c\n", '3');
}

static void says_why(void **state) {
    (void)state;
    cm_print_error("because of %d\n", 4);
    fail();
}

int main(void) {
    const struct CMUnitTest output[] = {cmocka_unit_test(prints), cmocka_unit_test(says_why)};
    cmocka_set_message_output(CM_OUTPUT_STDOUT);
    return cmocka_run_group_tests(output, NULL, NULL);
}
