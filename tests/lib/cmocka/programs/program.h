/* SPDX-License-Identifier: MIT */
/* <cmocka.h>, after what it wants included before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
