// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's edge of the responder: XDP and tc entry points over the transforms in respond.h. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/announced.h"
#include "bpf/events.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/pages.h"
#include "bpf/samples.bpf.h"
#include "bpf/settings.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum hook { HOOK_XDP, HOOK_TC };

struct frame {
	unsigned char *start, *end;
	enum hook hook; /* a constant wherever this is inlined */
	struct xdp_md *xdp;
	struct __sk_buff *skb;
};

static __always_inline void point_into(struct frame *frame)
{
	if (frame->hook == HOOK_XDP) {
		frame->start = (void *)(long)frame->xdp->data;
		frame->end = (void *)(long)frame->xdp->data_end;
	} else {
		frame->start = (void *)(long)frame->skb->data;
		frame->end = (void *)(long)frame->skb->data_end;
	}
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

/*
 * What stands in a place may change under us, word by word. A word is read once. A new page's MAC is written
 * before its bits are; whoever reads out of order and sees none finds no announcement yet.
 */
static __always_inline int take(__u64 announced, __u64 answer, __u32 first_slot, __u32 place,
				struct announced *found)
{
	if (!(announced >> place & 1))
		return 0;
	found->mac = answer & PLACED_MAC;
	found->slot = (__u32)(first_slot + place);
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
 * What is rare stands apart, and so does whatever follows the many ways through an ND message. These are not
 * static: the verifier then looks at them once and by themselves.
 */
__noinline int look_further_v4(__be32 first, __u32 place, struct announced *found)
{
	__u32 hash = page_hash_v4(first, interface_index);

	if (!found) /* never so; the verifier cannot know */
		return 0;
	ISAT_UNROLL /* a loop has no end for the verifier before Linux 6.12, which follows it by speculation */
	for (__u32 step = 0; step < PAGE_REACH; step++) {
		__u64 index = word(page_detour(hash, step) & page_mask, 0);
		const struct placed_v4 *placed = bpf_map_lookup_elem(&pages_v4, &index);

		if (placed && is_page_v4(placed, first))
			return take(placed->announced, placed->answer, placed->first_slot,
				    place & ANNOUNCED_PAGE_MASK, found);
	}
	return 0;
}

__noinline int look_further_v6(__u64 prefix, __u64 rest, __u32 place, struct announced *found)
{
	__u32 hash = page_hash_v6(prefix, rest, interface_index);

	if (!found)
		return 0;
	ISAT_UNROLL /* a loop has no end for the verifier before Linux 6.12, which follows it by speculation */
	for (__u32 step = 0; step < PAGE_REACH; step++) {
		__u64 index = word(page_detour(hash, step) & page_mask, 0);
		const struct placed_v6 *placed = bpf_map_lookup_elem(&pages_v6, &index);

		if (placed && is_page_v6(placed, prefix, rest))
			return take(placed->announced, placed->answer, placed->first_slot,
				    place & ANNOUNCED_PAGE_MASK, found);
	}
	return 0;
}

static __always_inline int find_v4(struct frame *frame, __be32 address, struct announced *found)
{
	__be32 first = address & ~BE32(ANNOUNCED_PAGE_MASK);
	__u32 place = BE32(address) & ANNOUNCED_PAGE_MASK;
	__u64 home = word(page_home_v4(first, interface_index) & page_mask, 0);
	const struct placed_v4 *placed = bpf_map_lookup_elem(&pages_v4, &home);
	__u64 answer;

	if (!placed)
		return 0;
	answer = *(const volatile __u64 *)&placed->answer;
	if (is_page_v4(placed, first))
		return take(placed->announced, answer, placed->first_slot, place, found);
	return answer >> PLACED_MAC_BITS && look_further_v4(first, place, found);
}

__noinline int look_up_v4(__be32 address, struct announced *found)
{
	return found ? find_v4(0, address, found) : 0;
}

static __always_inline int find_sender_v4(struct frame *frame, __be32 address, struct announced *found)
{
	return look_up_v4(address, found);
}

__noinline int look_up_v6(__u64 prefix, __be32 third, __be32 target, struct announced *found)
{
	__be32 last = target & ~BE32(ANNOUNCED_PAGE_MASK);
	__u32 place = BE32(target) & ANNOUNCED_PAGE_MASK;
	__u64 home = word(page_home_v6(prefix, third, last, interface_index) & page_mask, 0);
	const struct placed_v6 *placed = bpf_map_lookup_elem(&pages_v6, &home);
	__u64 answer;

	if (!found || !placed)
		return 0;
	answer = *(const volatile __u64 *)&placed->answer;
	if (is_page_v6(placed, prefix, word(third, last)))
		return take(placed->announced, answer, placed->first_slot, place, found);
	return answer >> PLACED_MAC_BITS &&
	       look_further_v6(prefix, word(third, last), place, found);
}

static __always_inline int find_v6(struct frame *frame, const unsigned char *address,
				   struct announced *found)
{
	return look_up_v6(word(load32(address), load32(address + 4)), load32(address + 8),
			  load32(address + 12), found);
}

static __always_inline int has_yielded(struct frame *frame, const struct announced *announced)
{
	__u64 slot = word((__u32)announced->slot, 0);
	__u32 *given_up = bpf_map_lookup_elem(&yielded, &slot);

	return given_up && *given_up;
}

static __always_inline void yield(struct frame *frame, const struct announced *announced)
{
	__u64 slot = word((__u32)announced->slot, 0);
	__u32 *given_up = bpf_map_lookup_elem(&yielded, &slot);

	if (given_up)
		*given_up = 1;
}

static __always_inline int deadline_passed(struct frame *frame)
{
	__u64 zero = 0;
	volatile __u64 *until = bpf_map_lookup_elem(&deadline, &zero);
	__u64 limit = until ? *until : 0;

	return limit != 0 && boot_now() > limit;
}

static __always_inline int strict(struct frame *frame)
{
	return silent_after_deadline;
}

static __always_inline int observing(struct frame *frame)
{
	return observe;
}

static __always_inline int resize(struct frame *frame, __u32 length)
{
	long failed;

	if (frame->hook == HOOK_XDP)
		failed = bpf_xdp_adjust_tail(frame->xdp,
					     (int)length - (int)bpf_xdp_get_buff_len(frame->xdp));
	else
		failed = bpf_skb_change_tail(frame->skb, length, 0);
	if (failed)
		return -1;
	point_into(frame);
	return 0;
}

static __always_inline int read_byte(struct frame *frame, __u32 offset)
{
	__u64 buffer = 0;
	__u8 *byte = (__u8 *)&buffer;
	long failed = frame->hook == HOOK_XDP ?
			      bpf_xdp_load_bytes(frame->xdp, offset, byte, sizeof(*byte)) :
			      bpf_skb_load_bytes(frame->skb, offset, byte, sizeof(*byte));

	return failed ? -1 : *byte;
}

static __always_inline void credit(struct frame *frame, const struct announced *announced)
{
	__u64 index = word(bpf_get_smp_processor_id() * slots + (__u32)announced->slot, 0);
	__u64 *count = bpf_map_lookup_elem(&answered, &index);

	if (count)
		++*count; /* this CPU's own: no atomic needed */
}

static __always_inline void report_v6(struct frame *frame, enum event_kind kind,
				      const struct announced *announced, mac_t mac,
				      const unsigned char *address)
{
	report(kind << 8 | FAMILY_NDP, (__u32)announced->slot, mac,
	       word(load32(address), load32(address + 4)),
	       word(load32(address + 8), load32(address + 12)));
}

static __always_inline void report_v4(struct frame *frame, enum event_kind kind,
				      const struct announced *announced, mac_t mac, __be32 address)
{
	report(kind << 8 | FAMILY_ARP, (__u32)announced->slot, mac, word(address, 0), 0);
}

#include "bpf/respond.h"

static __always_inline void count(enum isat_family family, enum isat_outcome outcome)
{
	__u64 index = word(first_outcome + family * OUTCOME_COUNT + outcome, 0);
	__u64 *frames = bpf_map_lookup_elem(&outcomes, &index);

	if (frames)
		++*frames;
}

/* Answers what an owner must answer; everything else goes on, untouched. Never drops. */
static __always_inline int respond_at_xdp(struct xdp_md *xdp, int shown)
{
	struct frame frame = { .hook = HOOK_XDP, .xdp = xdp };
	enum isat_family family;
	enum isat_outcome outcome;

	if (shown)
		keep_at_xdp(xdp);
	point_into(&frame);
	outcome = respond(&frame, &family);
	count(family, outcome);
	if (shown && family != FAMILY_OTHER)
		show_at_xdp(xdp, family, outcome);
	return outcome == OUTCOME_ANSWERED && !observe ? XDP_TX : XDP_PASS;
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
	if ((frame->start + ARP_END > frame->end && length > ETHERNET_SIZE + ARP_SIZE) ||
	    frame->start + ETHERNET_SIZE + ARP_SIZE > frame->end) {
		bpf_skb_pull_data(frame->skb, wanted);
		point_into(frame);
	}
	if (frame->skb->protocol == ETHERTYPE_ARP || frame->start + TYPE_END > frame->end ||
	    frame->start + MESSAGE_END <= frame->end ||
	    (frame->start[ETHERNET_SIZE + IPV6_NEXT_HEADER] != NEXT_HEADER_ICMPV6 &&
	     frame->start[ETHERNET_SIZE + TAG_SIZE + IPV6_NEXT_HEADER] != NEXT_HEADER_ICMPV6))
		return;
	bpf_skb_pull_data(frame->skb, length < MESSAGE_END ? length : MESSAGE_END);
	point_into(frame);
}

/* TC_ACT_UNSPEC, unlike TC_ACT_OK, lets the filters after us see the frame too. */
static __always_inline int respond_at_tc(struct __sk_buff *skb, int shown)
{
	struct frame frame = { .hook = HOOK_TC, .skb = skb };
	enum isat_family family = FAMILY_OTHER;
	enum isat_outcome outcome = OUTCOME_OTHER_TRAFFIC;
	__be16 protocol = (__be16)skb->protocol;

	if (protocol == ETHERTYPE_ARP || protocol == ETHERTYPE_IPV6 || protocol == ETHERTYPE_8021Q ||
	    protocol == ETHERTYPE_8021AD) {
		if (shown)
			keep_at_tc(skb);
		point_into(&frame);
		pull(&frame);
		outcome = respond(&frame, &family);
	}
	count(family, outcome);
	if (shown && family != FAMILY_OTHER)
		show_at_tc(skb, family, outcome);
	if (outcome != OUTCOME_ANSWERED || observe)
		return TC_ACT_UNSPEC;
	return (int)bpf_redirect(interface_index, 0);
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
