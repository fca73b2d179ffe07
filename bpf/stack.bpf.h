/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a helper or subprogram reads from our stack, in whole words of eight bytes. Without CAP_PERFMON the
 * verifier before Linux 6.12 takes any number it knows a bound of, stored at the start of such a word, for a
 * spilled register, and refuses every later store to a part of that word.
 */
#pragma once

#include <linux/types.h>

/* Two 32-bit values as they lie in memory one behind the other; an index alone has nothing behind it. */
static __always_inline __u64 word(__u32 first, __u32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (__u64)second << 32 | first;
#else
	return (__u64)first << 32 | second;
#endif
}
