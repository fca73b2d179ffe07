// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's edge of the responder: XDP and tc entry points over the transforms in respond.h. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/events.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Each interface gets a program of its own with these filled in before it is loaded: the verifier folds
 * them into the code, where a look-up per frame would cost. A new setting is a new program on the link.
 */
const volatile __u32 interface_index = 0;
const volatile __u32 interface_slot = 0;
const volatile __u8 observe = 0;           /* decide and count, answer nothing */
const volatile __u8 silent_after_deadline = 0;

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

static __always_inline struct announced *find_v4(struct frame *frame, __be32 address)
{
	struct announced_v4_key key = { .ifindex = interface_index };

	__builtin_memcpy(key.address, &address, sizeof(address));
	return bpf_map_lookup_elem(&announced_v4, &key);
}

static __always_inline struct announced *find_v6(struct frame *frame, const unsigned char *address)
{
	struct announced_v6_key key = { .ifindex = interface_index };

	copy_ipv6(key.address, address);
	return bpf_map_lookup_elem(&announced_v6, &key);
}

static __always_inline int deadline_passed(struct frame *frame)
{
	__u32 zero = 0;
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
	__u8 byte = 0;
	long failed = frame->hook == HOOK_XDP ?
			      bpf_xdp_load_bytes(frame->xdp, offset, &byte, sizeof(byte)) :
			      bpf_skb_load_bytes(frame->skb, offset, &byte, sizeof(byte));

	return failed ? -1 : byte;
}

static __always_inline void credit(struct frame *frame, const struct announced *announced)
{
	__u32 slot = announced->slot;
	__u64 *count = bpf_map_lookup_elem(&answered, &slot);

	if (count)
		++*count; /* per CPU: no atomic needed */
}

static __always_inline void report_v6(struct frame *frame, enum event_kind kind,
				      const struct announced *announced, mac_t mac,
				      const unsigned char *address)
{
	__be32 copy[4] = { load32(address), load32(address + 4), load32(address + 8),
			   load32(address + 12) };

	report(kind << 8 | FAMILY_NDP, interface_index, announced->slot, mac, copy);
}

static __always_inline void report_v4(struct frame *frame, enum event_kind kind,
				      const struct announced *announced, mac_t mac, __be32 address)
{
	__be32 padded[4] = { address, 0, 0, 0 };

	report(kind << 8 | FAMILY_ARP, interface_index, announced->slot, mac, padded);
}

#include "bpf/respond.h"

static __always_inline void count(enum isat_family family, enum isat_outcome outcome)
{
	__u32 index = (interface_slot * FAMILY_COUNT + family) * OUTCOME_COUNT + outcome;
	__u64 *frames = bpf_map_lookup_elem(&outcomes, &index);

	if (frames)
		++*frames;
}

/* Answers what an owner must answer; everything else goes on, untouched. Never drops. */
SEC("xdp.frags")
int isat_xdp(struct xdp_md *xdp)
{
	struct frame frame = { .hook = HOOK_XDP, .xdp = xdp };
	enum isat_family family;
	enum isat_outcome outcome;

	point_into(&frame);
	outcome = respond(&frame, &family);
	count(family, outcome);
	return outcome == OUTCOME_ANSWERED && !observe ? XDP_TX : XDP_PASS;
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
SEC("tc")
int isat_tc(struct __sk_buff *skb)
{
	struct frame frame = { .hook = HOOK_TC, .skb = skb };
	enum isat_family family = FAMILY_OTHER;
	enum isat_outcome outcome = OUTCOME_OTHER_TRAFFIC;
	__be16 protocol = (__be16)skb->protocol;

	if (protocol == ETHERTYPE_ARP || protocol == ETHERTYPE_IPV6 || protocol == ETHERTYPE_8021Q ||
	    protocol == ETHERTYPE_8021AD) {
		point_into(&frame);
		pull(&frame);
		outcome = respond(&frame, &family);
	}
	count(family, outcome);
	if (outcome != OUTCOME_ANSWERED || observe)
		return TC_ACT_UNSPEC;
	return (int)bpf_redirect(interface_index, 0);
}
