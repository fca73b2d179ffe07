/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is counted: requests answered, by the announcement's slot, and all frames, by family and outcome. */
#pragma once

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/maps.bpf.h"
#include "bpf/settings.bpf.h"
#include "bpf/stack.bpf.h"

/* Rare, and so apart. */
__noinline int count_step(__u32 slot)
{
	__u32 index;
	__u64 *count = look_up(&answered, &index, bpf_get_smp_processor_id() * slots + slot);

	if (count)
		*count += ANSWERED_STEP;
	return 0;
}

/*
 * `index` as in look_up(). Both counts are this CPU's own: no atomic needed. The byte is added to in its word: with a
 * pointer into the word the verifier walks ten times as many instructions.
 */
static __always_inline void count_answer(__u32 *index, __u32 slot)
{
	__u32 shift = slot % ANSWERED_LOW_COUNTS * 8;
	__u64 *counts = look_up(&answered_low, index,
				bpf_get_smp_processor_id() * (slots / ANSWERED_LOW_COUNTS) +
					slot / ANSWERED_LOW_COUNTS);
	__u64 count;

	if (!counts)
		return;
	count = *counts + (1ULL << shift);
	if (count >> shift & (ANSWERED_STEP - 1)) {
		*counts = count;
		return;
	}
	if (!(count >> shift & 0xff))
		count -= 1ULL << shift << 8; /* what ran over into its neighbour */
	*counts = count;
	count_step(slot);
}

static __always_inline void count_under(const void *key)
{
	__u64 *frames = bpf_map_lookup_elem(&outcomes, key);

	if (frames)
		++*frames;
}

__noinline int count_seldom(__u32 which)
{
	struct scratch *scratch = scratch_here();

	if (!scratch)
		return 0;
	scratch->index = outcome_keys[0] + which;
	count_under(&scratch->index);
	return 0;
}

/*
 * By a constant key what is counted most, for the other way is a call and one look-up more. Not by a sum: once the
 * verifier has one to guard, it takes no two states for the same.
 */
static __always_inline void count(enum isat_family family, enum isat_outcome outcome)
{
	if (family == FAMILY_OTHER && outcome == OUTCOME_OTHER_TRAFFIC)
		count_under(OUTCOME_KEY(FAMILY_OTHER, OUTCOME_OTHER_TRAFFIC));
	else if (family == FAMILY_ARP && outcome == OUTCOME_ANSWERED)
		count_under(OUTCOME_KEY(FAMILY_ARP, OUTCOME_ANSWERED));
	else if (family == FAMILY_ARP && outcome == OUTCOME_NOT_ANNOUNCED)
		count_under(OUTCOME_KEY(FAMILY_ARP, OUTCOME_NOT_ANNOUNCED));
	else if (family == FAMILY_NDP && outcome == OUTCOME_ANSWERED)
		count_under(OUTCOME_KEY(FAMILY_NDP, OUTCOME_ANSWERED));
	else if (family == FAMILY_NDP && outcome == OUTCOME_NOT_ANNOUNCED)
		count_under(OUTCOME_KEY(FAMILY_NDP, OUTCOME_NOT_ANNOUNCED));
	else
		count_seldom(family * OUTCOME_COUNT + outcome);
}
