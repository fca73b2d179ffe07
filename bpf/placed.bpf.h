/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether an address is announced on the program's interface: its page (bpf/pages.h) and its place there. */
#pragma once

#include "bpf/abi.h"
#include "bpf/announced.h"
#include "bpf/maps.bpf.h"
#include "bpf/pages.h"
#include "bpf/settings.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/wire.h"

/*
 * What stands in a place may change under us, word by word. Each is read once, and in the order that a writer does not
 * write them in: a page's MAC is there before its bits are, and goes after them. `place`: less than a page has.
 */
static __always_inline int take(const volatile __u64 *bits, const volatile __u64 *answer,
				const volatile __u32 *first_slot, __u32 place, struct announced *found)
{
	if (!(*bits >> place & 1))
		return 0;
	found->mac = *answer & PLACED_MAC;
	ISAT_SETTLE(found->mac);
	found->slot = (__u32)(*first_slot + place);
	ISAT_SETTLE(found->slot);
	return found->mac != 0;
}

static __always_inline int is_page_v4(const struct placed_v4 *placed, __be32 first)
{
	__u64 key;

	__builtin_memcpy(&key, &placed->key, sizeof(key));
	return key == word(first, interface_index);
}

static __always_inline int is_page_v6(const struct placed_v6 *placed, __u64 prefix, __u64 rest)
{
	__u64 key[2];

	__builtin_memcpy(key, placed->key.address, sizeof(key));
	return key[0] == prefix && key[1] == rest && placed->key.ifindex == interface_index;
}

/*
 * Where a page stands that is not at home; -1: nowhere. Rare, and so apart; not static: the verifier then looks at it
 * once and by itself.
 */
__noinline int detour_v4(__be32 first)
{
	__u32 hash = page_hash_v4(first, interface_index);
	__u32 index;

	ISAT_UNROLL /* a loop has no end for the verifier before Linux 6.12, which follows it by speculation */
	for (__u32 step = 0; step < PAGE_REACH; step++) {
		const struct placed_v4 *placed =
			look_up(&pages_v4, &index, page_detour(hash, step) & page_mask);

		if (placed && is_page_v4(placed, first))
			return (int)index;
	}
	return -1;
}

__noinline int detour_v6(__u64 prefix, __u64 rest)
{
	__u32 hash = page_hash_v6(prefix, rest, interface_index);
	__u32 index;

	ISAT_UNROLL /* a loop has no end for the verifier before Linux 6.12, which follows it by speculation */
	for (__u32 step = 0; step < PAGE_REACH; step++) {
		const struct placed_v6 *placed =
			look_up(&pages_v6, &index, page_detour(hash, step) & page_mask);

		if (placed && is_page_v6(placed, prefix, rest))
			return (int)index;
	}
	return -1;
}

static __always_inline int leads_elsewhere(__u64 answer)
{
	return answer >> PLACED_MAC_BITS != 0;
}

static __always_inline __be32 page_first_v4(const unsigned char *address)
{
	return load32(address) & ~BE32(ANNOUNCED_PAGE_MASK);
}

/* `address`, in both, lies in the frame, and is read there again behind each look-up rather than kept. */
static __always_inline int find_placed_v4(__u32 *index, const unsigned char *address,
					  struct announced *found)
{
	__u32 home = page_home_v4(page_first_v4(address), interface_index) & page_mask;
	const struct placed_v4 *placed = look_up(&pages_v4, index, home);

	if (placed && !is_page_v4(placed, page_first_v4(address))) {
		int away = leads_elsewhere(placed->answer) ? detour_v4(page_first_v4(address)) : -1;

		if (away < 0)
			return 0;
		placed = look_up(&pages_v4, index, (__u32)away);
		if (placed && !is_page_v4(placed, page_first_v4(address)))
			return 0;
	}
	ISAT_REREAD();
	return placed && take(&placed->announced, &placed->answer, &placed->first_slot,
			      BE32(load32(address)) & ANNOUNCED_PAGE_MASK, found);
}

/* The second half of the page's lowest address. */
static __always_inline __u64 page_rest_v6(const unsigned char *address)
{
	return load64(address + 8) & ~WORD(0, BE32(ANNOUNCED_PAGE_MASK));
}

static __always_inline int find_placed_v6(__u32 *index, const unsigned char *address,
					  struct announced *found)
{
	__u32 home = page_home_v6(load64(address), load32(address + 8),
				  load32(address + 12) & ~BE32(ANNOUNCED_PAGE_MASK), interface_index) &
		     page_mask;
	const struct placed_v6 *placed = look_up(&pages_v6, index, home);

	if (placed && !is_page_v6(placed, load64(address), page_rest_v6(address))) {
		int away = leads_elsewhere(placed->answer) ?
				   detour_v6(load64(address), page_rest_v6(address)) :
				   -1;

		if (away < 0)
			return 0;
		placed = look_up(&pages_v6, index, (__u32)away);
		if (placed && !is_page_v6(placed, load64(address), page_rest_v6(address)))
			return 0;
	}
	return placed && take(&placed->announced, &placed->answer, &placed->first_slot,
			      BE32(load32(address + 12)) & ANNOUNCED_PAGE_MASK, found);
}
