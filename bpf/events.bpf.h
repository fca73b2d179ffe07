/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells the speaker, and every `isat watch`, what it should know; limited here, where a flood arrives. */
#pragma once

#include "bpf/maps.bpf.h"
#include "bpf/wire.h"

enum { EVENT_INTERVAL_NS = 1000000000 };

static __always_inline __u64 boot_now(void)
{
	__u32 zero = 0;
	__u64 coarse = bpf_ktime_get_coarse_ns();
	struct tick *tick = bpf_map_lookup_elem(&ticks, &zero);

	if (!tick) /* never so: the array has one element */
		return bpf_ktime_get_boot_ns();
	if (tick->coarse_ns != coarse) {
		tick->boot_ns = bpf_ktime_get_boot_ns();
		tick->coarse_ns = coarse;
	}
	return tick->boot_ns;
}

/* One event per announcement, kind and second goes out, so that no flood of claims hides a conflict. */
static __always_inline int is_held_back(struct event_limit *limit, __u32 kind, __u64 now)
{
	__u64 *last, before;

	if (kind == EVENT_CONFLICT)
		last = &limit->last_boot_ns[0];
	else if (kind == EVENT_CLAIM)
		last = &limit->last_boot_ns[1];
	else
		return 0;
	before = *(volatile __u64 *)last;
	/* Signed: another CPU's clock may be a tick ahead of what this one remembers. */
	if (before != 0 && (__s64)(now - before) < EVENT_INTERVAL_NS)
		return 1;
	/* Whoever wins on another CPU reports it. */
	return __sync_val_compare_and_swap(last, before, now) != before;
}

/* `sort` is kind << 8 | family; a subprogram, as it is rare and would be inlined a dozen times. */
static __noinline int report(__u32 sort, __u32 ifindex, __u32 slot, mac_t mac,
			     const __be32 *address)
{
	struct event event = {};
	struct event_limit *limit = bpf_map_lookup_elem(&event_limits, &slot);

	if (!limit)
		return 0;
	event.boot_ns = boot_now();
	if (is_held_back(limit, sort >> 8, event.boot_ns)) {
		__sync_fetch_and_add(&limit->suppressed, 1);
		return 0;
	}
	event.ifindex = ifindex;
	event.slot = slot;
	event.kind = (__u8)(sort >> 8);
	event.family = (__u8)sort;
	for (int i = 0; i < 6; i++)
		event.mac[i] = (__u8)(mac >> (8 * i));
	__builtin_memcpy(event.address, address, sizeof(event.address));
	if (bpf_ringbuf_output(&events, &event, sizeof(event), 0))
		__sync_fetch_and_add(&limit->suppressed, 1); /* the speaker reads too slowly */
	for (__u32 i = 0; i < TAP_SLOTS; i++) {
		__u32 index = i;
		void *ring = bpf_map_lookup_elem(&taps, &index);

		if (ring)
			bpf_ringbuf_output(ring, &event, sizeof(event), 0);
	}
	return 0;
}
