/* SPDX-License-Identifier: MIT */
#include <exeseal-reexec.h>

EXESEAL_REEXEC_OR_RUN_UNSEALED;
