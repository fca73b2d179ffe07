/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Each interface gets a program of its own with these filled in before it is loaded: the verifier folds
 * them into the code, where a look-up per frame would cost. A new setting is a new program on the link.
 */
#pragma once

#include <linux/types.h>

#include "bpf/abi.h"

const volatile __u32 interface_index = 0;
const volatile __u32 slots = 0;            /* in `answered`, for each CPU */
const volatile __u32 page_mask = 0;        /* how many pages_v4 and pages_v6 hold, less one */
/* Where this interface's are counted, in `outcomes`: keys that need no store to the stack (bpf/stack.bpf.h). */
const volatile __u32 outcome_keys[OUTCOMES_PER_SLOT] = {};
#define OUTCOME_KEY(family, outcome) ((const void *)&outcome_keys[(family) * OUTCOME_COUNT + (outcome)])
const volatile __u8 observe = 0;           /* decide and count, answer nothing */
const volatile __u8 silent_after_deadline = 0;
