/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The transforms over the kernel's edge. What is rare stands apart, in functions with registers of their own that the
 * verifier walks once: what lies behind a priority tag, many ND options, a conflict. What comes most does not, for a call
 * is not cheap: where the kernel guards every return (x86's spec_rstack_overflow, retbleed), it costs half of an answer.
 */
#pragma once

#include "bpf/edge.bpf.h"

#define RESPOND_APART
static enum isat_outcome dispatch_arp(struct frame *frame, unsigned int at);
static enum isat_outcome dispatch_nd(struct frame *frame, unsigned int at);
static __u64 walk_nd_apart(struct frame *frame, unsigned int at);
static enum isat_outcome contest_apart(struct frame *frame, enum isat_family family, int is_announcement,
				       struct announced *announced, mac_t rival, __u64 address, __u64 rest);

#include "bpf/respond.h"

static __always_inline enum isat_outcome arp_here(struct frame *frame, unsigned int at)
{
	frame->scratch = scratch_here();
	return frame->scratch ? respond_arp(frame, at) : conclude(OUTCOME_NO_ROOM); /* never so */
}

static __always_inline enum isat_outcome nd_here(struct frame *frame, unsigned int at)
{
	frame->scratch = scratch_here();
	return frame->scratch ? respond_nd(frame, at) : conclude(OUTCOME_NO_ROOM); /* never so */
}

static __always_inline __u64 options_here(struct frame *frame, unsigned int at)
{
	const unsigned char *ipv6 = frame_start(frame) + at;

	ISAT_SETTLE(ipv6);
	if (ipv6 + IPV6_SIZE + ND_SIZE > frame_end(frame)) /* never so; the verifier cannot know */
		return ND_OPTIONS_MALFORMED;
	return walk_nd_options(frame_end(frame), ipv6);
}

enum { UNTAGGED = ETHERNET_SIZE, TAGGED = ETHERNET_SIZE + TAG_SIZE };

__noinline int tagged_arp_at_xdp(struct xdp_md *xdp)
{
	struct frame frame = { .hook = HOOK_XDP, .xdp = xdp };

	return arp_here(&frame, TAGGED);
}

__noinline int tagged_arp_at_tc(struct __sk_buff *skb)
{
	struct frame frame = { .hook = HOOK_TC, .skb = skb };

	return arp_here(&frame, TAGGED);
}

__noinline int tagged_nd_at_xdp(struct xdp_md *xdp)
{
	struct frame frame = { .hook = HOOK_XDP, .xdp = xdp };

	return nd_here(&frame, TAGGED);
}

__noinline int tagged_nd_at_tc(struct __sk_buff *skb)
{
	struct frame frame = { .hook = HOOK_TC, .skb = skb };

	return nd_here(&frame, TAGGED);
}

__noinline __u64 options_at_xdp(struct xdp_md *xdp)
{
	struct frame frame = { .hook = HOOK_XDP, .xdp = xdp };

	return options_here(&frame, UNTAGGED);
}

__noinline __u64 options_at_tc(struct __sk_buff *skb)
{
	struct frame frame = { .hook = HOOK_TC, .skb = skb };

	return options_here(&frame, UNTAGGED);
}

__noinline __u64 tagged_options_at_xdp(struct xdp_md *xdp)
{
	struct frame frame = { .hook = HOOK_XDP, .xdp = xdp };

	return options_here(&frame, TAGGED);
}

__noinline __u64 tagged_options_at_tc(struct __sk_buff *skb)
{
	struct frame frame = { .hook = HOOK_TC, .skb = skb };

	return options_here(&frame, TAGGED);
}

/* `at` is a constant wherever these are inlined, as the hook is. */
static __always_inline enum isat_outcome dispatch_arp(struct frame *frame, unsigned int at)
{
	if (at == UNTAGGED)
		return arp_here(frame, at);
	return frame->hook == HOOK_XDP ? tagged_arp_at_xdp(frame->xdp) : tagged_arp_at_tc(frame->skb);
}

static __always_inline enum isat_outcome dispatch_nd(struct frame *frame, unsigned int at)
{
	if (at == UNTAGGED)
		return nd_here(frame, at);
	return frame->hook == HOOK_XDP ? tagged_nd_at_xdp(frame->xdp) : tagged_nd_at_tc(frame->skb);
}

static __always_inline __u64 walk_nd_apart(struct frame *frame, unsigned int at)
{
	if (at == UNTAGGED)
		return frame->hook == HOOK_XDP ? options_at_xdp(frame->xdp) : options_at_tc(frame->skb);
	return frame->hook == HOOK_XDP ? tagged_options_at_xdp(frame->xdp) : tagged_options_at_tc(frame->skb);
}

/* `sort`: is_announcement << 8 | family. Nothing here looks at the frame. */
__noinline int contest_by(__u32 sort, __u32 slot, mac_t rival, __u64 address, __u64 rest)
{
	struct announced announced = { .slot = slot };
	struct frame frame = { .scratch = scratch_here() };

	if (!frame.scratch) /* never so */
		return OUTCOME_CONFLICT;
	return contest(&frame, sort & 0xff, sort >> 8, &announced, rival, address, rest);
}

static __always_inline enum isat_outcome contest_apart(struct frame *frame, enum isat_family family,
						       int is_announcement, struct announced *announced, mac_t rival,
						       __u64 address, __u64 rest)
{
	return contest_by((__u32)is_announcement << 8 | family, (__u32)announced->slot, rival, address, rest);
}
