/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a page of announcements stands in pages_v4 or pages_v6: an array, for the kernel's look-up in a hash
 * map costs more than all the rest of an answer. A page's home follows from its number, so that those of a
 * pool are neighbours, each at home. Only when another page is there already does it stand elsewhere, at one of
 * PAGE_REACH places that a hash of its key leads to, far from each other, as pools fill whole stretches; its
 * home says so. The array has four places for a page, at least: that all of those are taken is one chance in 2^32.
 * Callers take what they get modulo the array's size, a power of two.
 */
#pragma once

#include "bpf/abi.h"
#include "bpf/wire.h"

#define PAGE_REACH 16

/* 2^64 and 2^32 over the golden ratio: Fibonacci hashing (Knuth, vol. 3, section 6.4). */
#define PAGE_SPREAD 0x9e3779b97f4a7c15ULL
#define PAGE_SPREAD_INTERFACE 0x9e3779b9U

ISAT_INLINE __u32 page_hash(__u64 key)
{
	return (__u32)(key * PAGE_SPREAD >> 32);
}

/* `first` is the page's lowest address. */
ISAT_INLINE __u32 page_home_v4(__be32 first, __u32 ifindex)
{
	return BE32(first) / ANNOUNCED_PAGE_SIZE + ifindex * PAGE_SPREAD_INTERFACE;
}

ISAT_INLINE __u32 page_hash_v4(__be32 first, __u32 ifindex)
{
	return page_hash((__u64)first << 32 | ifindex);
}

/* The lowest address in parts, as it lies in memory: its first eight bytes, the next four, the last four. */
ISAT_INLINE __u32 page_home_v6(__u64 prefix, __be32 third, __be32 last, __u32 ifindex)
{
	return BE32(last) / ANNOUNCED_PAGE_SIZE + page_hash(prefix + third) +
	       ifindex * PAGE_SPREAD_INTERFACE;
}

/* And in halves. */
ISAT_INLINE __u32 page_hash_v6(__u64 prefix, __u64 rest, __u32 ifindex)
{
	return page_hash((prefix * PAGE_SPREAD ^ rest) * PAGE_SPREAD + ifindex);
}

/* The places away from home; `step` counts from 0 to PAGE_REACH. */
ISAT_INLINE __u32 page_detour(__u32 hash, __u32 step)
{
	return hash + step * (hash >> 16 | 1);
}
