// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's edge of the responder: XDP and tc entry points over the transforms in respond.h. */
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

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum hook { HOOK_XDP, HOOK_TC };

struct frame {
	enum hook hook; /* a constant wherever this is inlined */
	struct xdp_md *xdp;
	struct __sk_buff *skb;
	int shown; /* likewise: to whoever watches frames */
	struct scratch *scratch; /* where frames are answered */
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
	frame->scratch->limit = limit;
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

/* For the rare reads at no constant offset, and so apart: it takes a byte on the stack. */
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

#define RESPOND_APART
static enum isat_outcome respond_arp_apart(struct frame *frame, unsigned int at);
static enum isat_outcome respond_nd_apart(struct frame *frame, unsigned int at);
static __u64 walk_nd_apart(struct frame *frame, unsigned int at);
static enum isat_outcome contest_apart(struct frame *frame, enum isat_family family, int is_announcement,
				       struct announced *announced, mac_t rival, __u64 address, __u64 rest);

#include "bpf/respond.h"

/*
 * What has its own registers keeps nothing on the stack, and is walked by the verifier once. For a frame with a priority
 * tag and for one without: offsets into a frame are constants.
 */
#define SUBPROGRAMS(suffix, context_type, hook_name, field, at)                                                        \
	__noinline int arp_##suffix(context_type *context)                                                             \
	{                                                                                                              \
		struct frame frame = { .hook = hook_name, .field = context, .scratch = scratch_here() };               \
                                                                                                                       \
		if (!frame.scratch) /* never so */                                                                     \
			return OUTCOME_NO_ROOM;                                                                        \
		return respond_arp(&frame, at);                                                                        \
	}                                                                                                              \
	__noinline int nd_##suffix(context_type *context)                                                              \
	{                                                                                                              \
		struct frame frame = { .hook = hook_name, .field = context, .scratch = scratch_here() };               \
                                                                                                                       \
		if (!frame.scratch) /* never so */                                                                     \
			return OUTCOME_NO_ROOM;                                                                        \
		return respond_nd(&frame, at);                                                                         \
	}                                                                                                              \
	__noinline __u64 options_##suffix(context_type *context)                                                       \
	{                                                                                                              \
		struct frame frame = { .hook = hook_name, .field = context };                                          \
		const unsigned char *ipv6 = frame_start(&frame) + at;                                                  \
                                                                                                                       \
		ISAT_SETTLE(ipv6);                                                                                     \
		if (ipv6 + IPV6_SIZE + ND_SIZE > frame_end(&frame)) /* never so; the verifier cannot know */           \
			return ND_OPTIONS_MALFORMED;                                                                   \
		return walk_nd_options(frame_end(&frame), ipv6);                                                       \
	}

SUBPROGRAMS(at_xdp, struct xdp_md, HOOK_XDP, xdp, ETHERNET_SIZE)
SUBPROGRAMS(tagged_at_xdp, struct xdp_md, HOOK_XDP, xdp, ETHERNET_SIZE + TAG_SIZE)
SUBPROGRAMS(at_tc, struct __sk_buff, HOOK_TC, skb, ETHERNET_SIZE)
SUBPROGRAMS(tagged_at_tc, struct __sk_buff, HOOK_TC, skb, ETHERNET_SIZE + TAG_SIZE)

/* `at` is a constant wherever this is inlined, as the hook is. */
#define CALL(name, frame, at)                                                                                          \
	((frame)->hook == HOOK_XDP ?                                                                                   \
		 ((at) == ETHERNET_SIZE ? name##_at_xdp((frame)->xdp) : name##_tagged_at_xdp((frame)->xdp)) :          \
		 ((at) == ETHERNET_SIZE ? name##_at_tc((frame)->skb) : name##_tagged_at_tc((frame)->skb)))

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

/*
 * In place only what comes most, for a call is not cheap: where the kernel guards every return (x86's
 * spec_rstack_overflow, retbleed), it costs half of an answer.
 */
static __always_inline int is_ordinary(const struct frame *frame, unsigned int at)
{
	return at == ETHERNET_SIZE && !frame->shown;
}

static __always_inline enum isat_outcome respond_arp_apart(struct frame *frame, unsigned int at)
{
	if (is_ordinary(frame, at)) {
		frame->scratch = scratch_here();
		return frame->scratch ? respond_arp(frame, at) : conclude(OUTCOME_NO_ROOM);
	}
	return CALL(arp, frame, at);
}

static __always_inline enum isat_outcome respond_nd_apart(struct frame *frame, unsigned int at)
{
	if (is_ordinary(frame, at)) {
		frame->scratch = scratch_here();
		return frame->scratch ? respond_nd(frame, at) : conclude(OUTCOME_NO_ROOM);
	}
	return CALL(nd, frame, at);
}

static __always_inline __u64 walk_nd_apart(struct frame *frame, unsigned int at)
{
	return CALL(options, frame, at);
}

/* Answers what an owner must answer; everything else goes on, untouched. Never drops. */
static __always_inline int respond_at_xdp(struct xdp_md *xdp, int shown)
{
	struct frame frame = { .hook = HOOK_XDP, .xdp = xdp, .shown = shown };

	if (shown)
		keep_at_xdp(xdp);
	return respond(&frame);
}

SEC("xdp.frags")
int isat_xdp(struct xdp_md *xdp)
{
	return respond_at_xdp(xdp, 0);
}

/* On an interface for as long as somebody watches frames: a program of its own, so that the other pays nothing. */
SEC("xdp.frags")
int isat_xdp_shown(struct xdp_md *xdp)
{
	return respond_at_xdp(xdp, 1);
}

/*
 * Some drivers leave 14 bytes in the linear part. Pulls what the transforms may read and write, once the
 * frame could be one of ours; other traffic is left alone.
 */
static __always_inline void pull(struct frame *frame)
{
	enum { ARP_END = ETHERNET_SIZE + TAG_SIZE + ETHERNET_PAYLOAD_MIN };
	enum { TYPE_END = ETHERNET_SIZE + TAG_SIZE + IPV6_SIZE + 1 };
	enum { MESSAGE_END = ETHERNET_SIZE + TAG_SIZE + IPV6_SIZE + ND_MESSAGE_MAX };
	__u32 length = frame->skb->len;
	__u32 wanted = frame->skb->protocol == ETHERTYPE_ARP ? ARP_END : TYPE_END;

	if (wanted > length)
		wanted = length;
	/* Constant steps, as bounds: a difference of packet pointers is not to be had. */
	if ((frame_start(frame) + ARP_END > frame_end(frame) && length > ETHERNET_SIZE + ARP_SIZE) ||
	    frame_start(frame) + ETHERNET_SIZE + ARP_SIZE > frame_end(frame)) {
		bpf_skb_pull_data(frame->skb, wanted);
	}
	if (frame->skb->protocol == ETHERTYPE_ARP || frame_start(frame) + TYPE_END > frame_end(frame) ||
	    frame_start(frame) + MESSAGE_END <= frame_end(frame) ||
	    (frame_start(frame)[ETHERNET_SIZE + IPV6_NEXT_HEADER] != NEXT_HEADER_ICMPV6 &&
	     frame_start(frame)[ETHERNET_SIZE + TAG_SIZE + IPV6_NEXT_HEADER] != NEXT_HEADER_ICMPV6))
		return;
	bpf_skb_pull_data(frame->skb, length < MESSAGE_END ? length : MESSAGE_END);
}

static __always_inline int respond_at_tc(struct __sk_buff *skb, int shown)
{
	struct frame frame = { .hook = HOOK_TC, .skb = skb, .shown = shown };
	__be16 protocol = (__be16)skb->protocol;

	if (protocol != ETHERTYPE_ARP && protocol != ETHERTYPE_IPV6 && protocol != ETHERTYPE_8021Q &&
	    protocol != ETHERTYPE_8021AD)
		return pass_other(&frame);
	if (shown)
		keep_at_tc(skb);
	pull(&frame);
	return respond(&frame);
}

SEC("tc")
int isat_tc(struct __sk_buff *skb)
{
	return respond_at_tc(skb, 0);
}

SEC("tc")
int isat_tc_shown(struct __sk_buff *skb)
{
	return respond_at_tc(skb, 1);
}
