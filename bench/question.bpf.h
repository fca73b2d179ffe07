/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Draws the next address to ask for and writes it into the question, for whoever sends it. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bench/question.h"
#include "bpf/checksum.h"
#include "bpf/wire.h"

/* Written by the bench before a series of runs. */
struct question question = {};

enum { QUESTION_OFFSETS = 255 }; /* every field stands below; the mask that shows it to the verifier */

/* George Marsaglia's xorshift: as good as any for striking addresses in no order a cache could follow. */
static __always_inline __u32 next_random(void)
{
	__u32 state = question.seed;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	question.seed = state;
	return state;
}

/*
 * The next question. With a stamp it carries `now` where the asker's MAC has its last four bytes: every
 * answer is sent there, whoever gives it.
 */
static __always_inline void ask_next(__u32 now)
{
	__u32 target = question.target & QUESTION_OFFSETS, group = question.group & QUESTION_OFFSETS;
	__u32 stamp = question.stamp & QUESTION_OFFSETS;
	__be32 address, destination;
	__u64 sum = question.sum;

	if (!target)
		return;
	address = BE32(question.first + ((next_random() & question.mask) << question.stride));
	store32(question.bytes + target, address);
	if (stamp) {
		store32(question.bytes + ETHERNET_SOURCE + 2, now);
		store32(question.bytes + stamp, now);
		sum += now;
	}
	if (!group)
		return;
	/* RFC 4291 §2.7.1 and RFC 2464 §7: the groups of network and link follow the target. */
	destination = BE32(0xff000000) | (address & BE32(0x00ffffff));
	store32(question.bytes + group, destination);
	store32(question.bytes + ETHERNET_DESTINATION + 2, destination);
	store16(question.bytes + (question.checksum & QUESTION_OFFSETS),
		checksum_finish(sum + address + destination));
}
