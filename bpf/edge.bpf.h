/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's edge of the transforms in bpf/respond.h: what a frame is at XDP and at tc, and what is kept of it in maps. */
#pragma once

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/announced.h"
#include "bpf/counts.bpf.h"
#include "bpf/events.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/placed.bpf.h"
#include "bpf/samples.bpf.h"
#include "bpf/settings.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/wire.h"

enum hook { HOOK_XDP, HOOK_TC };

struct frame {
	enum hook hook; /* a constant wherever this is inlined */
	struct xdp_md *xdp;
	struct __sk_buff *skb;
	int shown; /* likewise: to whoever watches frames */
	struct scratch *scratch; /* set where addresses are looked up; else 0 */
};

static __always_inline unsigned char *frame_start(struct frame *frame)
{
	return (void *)(long)(frame->hook == HOOK_XDP ? frame->xdp->data : frame->skb->data);
}

static __always_inline const unsigned char *frame_end(struct frame *frame)
{
	return (void *)(long)(frame->hook == HOOK_XDP ? frame->xdp->data_end : frame->skb->data_end);
}

static __always_inline enum hidden_tag hidden_tag(struct frame *frame)
{
	/* A tag that a driver took out is invisible to XDP: `attach: auto` keeps away from such interfaces. */
	if (frame->hook == HOOK_XDP || !frame->skb->vlan_present)
		return HIDDEN_TAG_NONE;
	if ((frame->skb->vlan_tci & 0x0fff) == 0 && frame->skb->vlan_proto == ETHERTYPE_8021Q)
		return HIDDEN_TAG_PRIORITY;
	return HIDDEN_TAG_VLAN;
}

static __always_inline int find_v4(struct frame *frame, const unsigned char *address,
				   struct announced *found)
{
	return find_placed_v4(&frame->scratch->index, address, found);
}

static __always_inline int find_v6(struct frame *frame, const unsigned char *address,
				   struct announced *found)
{
	return find_placed_v6(&frame->scratch->index, address, found);
}

/* Past the deadline only, and so apart, on a stack of its own. */
__noinline int was_given_up(__u32 slot)
{
	__u32 index;
	const __u32 *given_up = look_up(&yielded, &index, slot);

	return given_up && *given_up;
}

static __always_inline int has_yielded(struct frame *frame, const struct announced *announced)
{
	return was_given_up((__u32)announced->slot);
}

static __always_inline void yield(struct frame *frame, const struct announced *announced)
{
	__u32 index;
	__u32 *given_up = look_up(&yielded, &index, (__u32)announced->slot);

	if (given_up)
		*given_up = 1;
}

static __always_inline int deadline_passed(struct frame *frame)
{
	const volatile __u64 *until = bpf_map_lookup_elem(&deadline, &only_key);
	__u64 limit = until ? *until : 0;

	if (limit == 0)
		return 0;
	frame->scratch->limit = limit; /* over boot_now()'s calls */
	return boot_now(frame->scratch) > frame->scratch->limit;
}

static __always_inline int strict(struct frame *frame)
{
	return silent_after_deadline;
}

static __always_inline int observing(struct frame *frame)
{
	return observe;
}

static __always_inline struct nd_sender *sender_of(struct frame *frame)
{
	return &frame->scratch->sender;
}

static __always_inline int resize(struct frame *frame, __u32 length)
{
	long failed;

	if (frame->hook == HOOK_XDP)
		failed = bpf_xdp_adjust_tail(frame->xdp,
					     (int)length - (int)bpf_xdp_get_buff_len(frame->xdp));
	else
		failed = bpf_skb_change_tail(frame->skb, length, 0);
	return failed ? -1 : 0;
}

/* For the rare reads at no constant offset, and so apart: it takes a word on the stack. */
__noinline int byte_at_xdp(struct xdp_md *xdp, __u32 offset)
{
	__u64 buffer = 0;
	__u8 *byte = (__u8 *)&buffer;

	return bpf_xdp_load_bytes(xdp, offset, byte, sizeof(*byte)) ? -1 : *byte;
}

__noinline int byte_at_tc(struct __sk_buff *skb, __u32 offset)
{
	__u64 buffer = 0;
	__u8 *byte = (__u8 *)&buffer;

	return bpf_skb_load_bytes(skb, offset, byte, sizeof(*byte)) ? -1 : *byte;
}

static __always_inline int read_byte(struct frame *frame, __u32 offset)
{
	return frame->hook == HOOK_XDP ? byte_at_xdp(frame->xdp, offset) : byte_at_tc(frame->skb, offset);
}

static __always_inline void credit(struct frame *frame, const struct announced *announced)
{
	count_answer(&frame->scratch->index, (__u32)announced->slot);
}

static __always_inline void report(struct frame *frame, enum event_kind kind, enum isat_family family,
				   const struct announced *announced, mac_t mac, __u64 address, __u64 rest)
{
	tell(kind << 8 | family, (__u32)announced->slot, mac, address, rest);
}

/*
 * Counts the frame, and shows it where somebody watches. What to do with it is settled here, or the optimiser has it in
 * a register all along.
 */
static __always_inline int finish(struct frame *frame, enum isat_family family, enum isat_outcome outcome)
{
	int action;

	count(family, outcome);
	if (frame->shown && family != FAMILY_OTHER) {
		if (frame->hook == HOOK_XDP)
			show_at_xdp(frame->xdp, family, outcome);
		else
			show_at_tc(frame->skb, family, outcome);
	}
	/* TC_ACT_UNSPEC, unlike TC_ACT_OK, lets the filters after us see the frame too. */
	if (outcome != OUTCOME_ANSWERED || observe)
		action = frame->hook == HOOK_XDP ? XDP_PASS : TC_ACT_UNSPEC;
	else
		action = frame->hook == HOOK_XDP ? XDP_TX : (int)bpf_redirect(interface_index, 0);
	ISAT_SETTLE(action);
	return action;
}
