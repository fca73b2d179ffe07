/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* Neighbour discovery over bytes: recognise a message, rewrite a solicitation. wire.md rows N1 to N14. */
#pragma once

#include "bpf/abi.h"
#include "bpf/checksum.h"
#include "bpf/wire.h"

/*
 * A solicitation or advertisement that passed every check which needs no map. The addresses stay in the
 * frame, to be read where they are needed: in here they would not fit BPF's stack.
 */
struct nd_message {
	__u8 type;         /* enum nd_type */
	__u8 probe;        /* from the unspecified address: duplicate address detection */
	mac_t link_layer;  /* the option's address, else the Ethernet source */
};

/* An advertisement answering a solicitation, or sent unasked: exactly one link-layer option. */
enum { ND_ADVERTISEMENT_SIZE = ND_SIZE + ND_OPTION_SIZE };

/*
 * One pass over the message's units of eight bytes: sums them up and walks the options. Every unit
 * stands at a constant offset, because without CAP_PERFMON the verifier refuses to add a variable to a
 * packet pointer; an option may only begin where the one before it ended (`next`).
 * RFC 4861 §7.1.1 and §7.1.2: length zero, or an option past the payload, makes the message invalid.
 */
ISAT_INLINE int walk_nd_options(const unsigned char *nd, const unsigned char *end, __u32 units,
				__u8 wanted, __u64 *sum, mac_t *link_layer, int *found)
{
	__u32 next = 0;

	ISAT_UNROLL
	for (__u32 unit = 0; unit < (ND_MESSAGE_MAX - ND_SIZE) / ND_OPTION_SIZE; unit++) {
		const unsigned char *option = nd + ND_SIZE + unit * ND_OPTION_SIZE;

		if (unit == units)
			break;
		if (option + ND_OPTION_SIZE > end)
			return 0;
		*sum += (__u64)load32(option) + load32(option + 4);
		if (unit != next)
			continue;
		if (option[1] == 0)
			return 0;
		if (option[0] == wanted) {
			if (option[1] != 1)
				return 0;
			if (!*found) { /* N8: the first counts */
				if (is_group(option + 2) || load_mac(option + 2) == 0)
					return 0;
				*link_layer = load_mac(option + 2);
				*found = 1;
			}
		}
		next = unit + option[1];
	}
	return next == units;
}

/*
 * `ipv6` points to the IPv6 header, whose ICMPv6 type byte was seen to be a solicitation or an
 * advertisement. OUTCOME_ANSWERED means: nothing in the bytes speaks against an answer.
 */
ISAT_SUBPROGRAM enum isat_outcome recognise_nd(const unsigned char *start, const unsigned char *end,
					       const unsigned char *ipv6, struct nd_message *message)
{
	const unsigned char *nd = ipv6 + IPV6_SIZE;
	__u32 length = BE16(load16(ipv6 + IPV6_PAYLOAD_LENGTH)); /* the swap is its own inverse */
	__u64 sum;
	int has_option = 0;
	int sound;

	if (length > ND_MESSAGE_MAX)
		return OUTCOME_UNSUPPORTED;
	/* RFC 4861 §7.1.1: hop limit 255 proves that no router forwarded it; code 0; 24 bytes or more. */
	if (nd + ND_SIZE > end || length < ND_SIZE || length % ND_OPTION_SIZE != 0 ||
	    (ipv6[0] & 0xf0) != 0x60 || ipv6[IPV6_HOP_LIMIT] != 255 || nd[ND_CODE] != 0)
		return OUTCOME_MALFORMED;

	message->type = nd[ND_TYPE];
	message->link_layer = load_mac(start + ETHERNET_SOURCE);
	message->probe = (__u8)is_unspecified(ipv6 + IPV6_SOURCE);
	sum = checksum_pseudo_header(ipv6, length) + load32(nd + ND_TYPE) + load32(nd + ND_FLAGS) +
	      checksum_ipv6_address(nd + ND_TARGET);
	if (!walk_nd_options(nd, end, (length - ND_SIZE) / ND_OPTION_SIZE,
			     message->type == ND_SOLICITATION ? ND_SOURCE_LINK_LAYER :
								ND_TARGET_LINK_LAYER,
			     &sum, &message->link_layer, &has_option) ||
	    checksum_finish(sum) != 0)
		return OUTCOME_MALFORMED;

	if (is_group(start + ETHERNET_SOURCE) || is_multicast(nd + ND_TARGET) ||
	    is_multicast(ipv6 + IPV6_SOURCE) || is_loopback(ipv6 + IPV6_SOURCE))
		return OUTCOME_MALFORMED;
	if (message->type == ND_ADVERTISEMENT) /* RFC 4861 §7.1.2: a group is never "solicited" */
		sound = !is_multicast(ipv6 + IPV6_DESTINATION) ||
			!(load32(nd + ND_FLAGS) & ND_FLAG_SOLICITED);
	else /* RFC 4861 §7.1.1: from :: only to the target's group, without a link-layer option */
		sound = !message->probe ||
			(!has_option &&
			 is_solicited_node_of(ipv6 + IPV6_DESTINATION, nd + ND_TARGET));
	return sound ? OUTCOME_ANSWERED : OUTCOME_MALFORMED;
}

/* N10: a group other than the target's, or all nodes, was meant for somebody else. */
ISAT_INLINE int is_for_target(const unsigned char *start, unsigned int at)
{
	const unsigned char *destination = start + at + IPV6_DESTINATION;

	return !is_multicast(destination) || is_all_nodes(destination) ||
	       is_solicited_node_of(destination, start + at + IPV6_SIZE + ND_TARGET);
}

/*
 * Writes the advertisement over the solicitation; at + IPV6_SIZE + ND_ADVERTISEMENT_SIZE bytes must be
 * there. RFC 4861 §7.2.4; to a DAD probe RFC 4862 §5.4.3: to all nodes, not "solicited".
 */
ISAT_INLINE void rewrite_nd(unsigned char *start, unsigned int at, const struct nd_message *message,
			    mac_t ours)
{
	unsigned char *ipv6 = start + at;
	unsigned char *nd = ipv6 + IPV6_SIZE;
	unsigned char *option = nd + ND_SIZE;

	store_mac(start + ETHERNET_SOURCE, ours);
	if (message->probe) {
		store_mac(start + ETHERNET_DESTINATION, MAC_ALL_NODES);
		store32(ipv6 + IPV6_DESTINATION, BE32(0xff020000));
		store32(ipv6 + IPV6_DESTINATION + 4, 0);
		store32(ipv6 + IPV6_DESTINATION + 8, 0);
		store32(ipv6 + IPV6_DESTINATION + 12, BE32(1));
		store32(nd + ND_FLAGS, ND_FLAG_OVERRIDE);
	} else {
		store_mac(start + ETHERNET_DESTINATION, message->link_layer);
		copy_ipv6(ipv6 + IPV6_DESTINATION, ipv6 + IPV6_SOURCE);
		store32(nd + ND_FLAGS, ND_FLAG_OVERRIDE | ND_FLAG_SOLICITED);
	}
	copy_ipv6(ipv6 + IPV6_SOURCE, nd + ND_TARGET);
	store32(ipv6, BE32(0x60000000)); /* traffic class and flow label zero */
	store32(ipv6 + IPV6_PAYLOAD_LENGTH,
		BE32(ND_ADVERTISEMENT_SIZE << 16 | NEXT_HEADER_ICMPV6 << 8 | 255));

	store32(nd + ND_TYPE, BE32((__u32)ND_ADVERTISEMENT << 24));
	option[0] = ND_TARGET_LINK_LAYER;
	option[1] = 1;
	store_mac(option + 2, ours);
	store16(nd + ND_CHECKSUM,
		checksum_finish(checksum_pseudo_header(ipv6, ND_ADVERTISEMENT_SIZE) +
				load32(nd + ND_TYPE) + load32(nd + ND_FLAGS) +
				checksum_ipv6_address(nd + ND_TARGET) + load32(option) +
				load32(option + 4)));
}
