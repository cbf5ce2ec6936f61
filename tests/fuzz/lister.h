/* SPDX-License-Identifier: MIT */
/* What descriptors_fuzz and the program that it starts agree on. */
#pragma once

#define LISTED 64 /* descriptors from 0 on are listed: the inode of each, or 0 */
