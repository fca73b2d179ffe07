/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a helper or subprogram reads from our stack, in whole words of eight bytes. Without CAP_PERFMON the
 * verifier before Linux 6.12 takes any number it knows a bound of, stored at the start of such a word, for a
 * spilled register, and refuses every later store to a part of that word.
 */
#pragma once

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

/*
 * `index` is where look-ups read theirs from, on the stack. Without CAP_PERFMON the kernel puts a speculation barrier
 * behind every store to the stack that is the first there, or over a value the verifier follows; each costs as much as
 * several look-ups. It follows none in the second half of a word, where clang puts the first variable of four bytes:
 * one for all look-ups of a subprogram costs one barrier. BudgetTest counts them.
 */
static __always_inline void *look_up(void *map, __u32 *index, __u32 value)
{
	*index = value;
	return bpf_map_lookup_elem(map, index);
}

/* The key of a map of one element, apart from the stack. */
const __u32 only_key = 0;

/* Two 32-bit values as they lie in memory one behind the other; an index alone has nothing behind it. */
static __always_inline __u64 word(__u32 first, __u32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (__u64)second << 32 | first;
#else
	return (__u64)first << 32 | second;
#endif
}
