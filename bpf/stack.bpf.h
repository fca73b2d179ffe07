/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stack, and what stands in for it. Without CAP_PERFMON the kernel puts a speculation barrier behind every store to
 * the stack that is the first there, or over a value the verifier follows; each costs as much as several look-ups. So
 * nothing is stored there on an ordinary answer's way: what must be in memory is in `scratches`, and registers are made
 * to suffice. BudgetTest counts barriers.
 *
 * What is rare stands on the stack, in whole words of eight bytes: the verifier before Linux 6.12 takes any number it
 * knows a bound of, stored at the start of such a word, for a spilled register, and refuses every later store to a part
 * of that word. An index alone is in the second half, where clang puts the first variable of four bytes.
 */
#pragma once

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "bpf/maps.bpf.h"

/* The key of a map of one element, apart from the stack. */
const __u32 only_key = 0;

/*
 * This CPU's; 0 never, but the verifier cannot know. One frame at a time, since softirqs do not preempt each other;
 * where they do, docs/ARCHITECTURE.md, Kernels, says what may happen.
 */
static __always_inline struct scratch *scratch_here(void)
{
	return bpf_map_lookup_elem(&scratches, &only_key);
}

/* `index`: the scratch's on an ordinary answer's way, else on the stack. */
static __always_inline void *look_up(void *map, __u32 *index, __u32 value)
{
	*index = value;
	return bpf_map_lookup_elem(map, index);
}

/* Two 32-bit values as they lie in memory one behind the other; an index alone has nothing behind it. */
static __always_inline __u64 word(__u32 first, __u32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (__u64)second << 32 | first;
#else
	return (__u64)first << 32 | second;
#endif
}
