/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* What the sink counted: answers, and how long each took. */
#pragma once

#include <linux/types.h>

/* A bin for each sixteenth of a power of two, of nanoseconds in 32 bits. */
#define LATENCY_STEPS 16
#define LATENCY_BINS (32 * LATENCY_STEPS)

struct sunk {
  __u64 answers;
  __u64 others; /* neighbour discovery of the stack, multicast reports and the like */
  __u64 bins[LATENCY_BINS];
};
