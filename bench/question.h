/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* A frame that asks, and where in it the address asked for stands: the bench writes, its programs
 * send. */
#pragma once

#include <linux/types.h>

#define QUESTION_MAX 1536

struct question {
  __u32 length;
  __u32 target; /* offset of the low 32 bits of the address asked for; 0 = ask as it stands */
  __u32 group;  /* of the last 32 bits of the IPv6 destination, a solicited-node group; 0 = none */
  __u32 checksum; /* of the ICMPv6 checksum, if there is a group */
  __u32
      stamp; /* of the last 32 bits of the asker's MAC in the payload: when it was sent; 0 = none */
  __u32 first;  /* host order: the lowest address, or its low 32 bits */
  __u32 mask;   /* how many addresses, a power of two, less one */
  __u32 stride; /* from one address to the next, as a shift */
  __u32 seed;   /* of the random order; never 0 */
  __u64 sum;    /* of all that the checksum covers but the words that vary */
  __u8 bytes[QUESTION_MAX];
};
