// SPDX-License-Identifier: MIT

//go:build linux && cgo && !exeseal_purego

#include "exeseal-reexec.h"

EXESEAL_REEXEC_OR_RUN_UNSEALED;
