// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The responder's programs, for XDP and tc, and for as long as somebody watches frames. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/edge.bpf.h"
#include "bpf/samples.bpf.h"
#include "bpf/transforms.bpf.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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
