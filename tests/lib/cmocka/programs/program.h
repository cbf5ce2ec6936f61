/* SPDX-License-Identifier: MIT */
/* <cmocka.h>, after the headers that it requires. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
