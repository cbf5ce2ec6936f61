/* SPDX-License-Identifier: MIT */
/* Lets the program that it is linked with run unsealed. */
#include <exeseal-reexec.h>

EXESEAL_REEXEC_OR_RUN_UNSEALED;
