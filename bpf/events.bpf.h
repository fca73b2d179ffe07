/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells the speaker, and every `isat watch`, what it should know; limited here, where a flood arrives. */
#pragma once

#include "bpf/event_limit.h"
#include "bpf/maps.bpf.h"
#include "bpf/settings.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/wire.h"

/* Nothing but `scratch` is kept over a call. The tick is noted last: who comes between reads the clock anew. */
static __always_inline __u64 boot_now(struct scratch *scratch)
{
	scratch->jiffies = bpf_jiffies64();
	if (scratch->tick.jiffies != scratch->jiffies) {
		scratch->tick.boot_ns = bpf_ktime_get_boot_ns();
		ISAT_REREAD();
		scratch->tick.jiffies = scratch->jiffies;
	}
	return scratch->tick.boot_ns;
}

/* The third word of struct event: kind, family and the six bytes of the MAC. */
static __always_inline __u64 sort_and_mac(__u32 sort, mac_t mac)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return mac << 16 | (sort & 0xff) << 8 | sort >> 8;
#else
#error "the order of bytes in mac_t"
#endif
}

/*
 * `sort` is kind << 8 | family; the address in two words. Not static, so that the verifier walks it once
 * rather than for each of its callers.
 */
__noinline int tell(__u32 sort, __u32 slot, mac_t mac, __u64 address, __u64 rest)
{
	__u32 index;
	struct event_limit *limit = look_up(&event_limits, &index, slot);
	struct scratch *scratch = scratch_here();
	__u64 now = scratch ? boot_now(scratch) : bpf_ktime_get_boot_ns();
	/* struct event */
	__u64 event[] = { now, word(interface_index, slot), sort_and_mac(sort, mac), address, rest };

	if (!limit)
		return 0;
	if (is_held_back(limit, sort >> 8, now)) {
		__sync_fetch_and_add(&limit->suppressed, 1);
		return 0;
	}
	if (bpf_ringbuf_output(&events, event, sizeof(event), 0))
		__sync_fetch_and_add(&limit->suppressed, 1); /* the speaker reads too slowly */
	for (__u32 i = 0; i < TAP_SLOTS; i++) {
		void *ring = look_up(&taps, &index, i);

		if (ring)
			bpf_ringbuf_output(ring, event, sizeof(event), 0);
	}
	return 0;
}
