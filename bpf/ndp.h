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
	__u64 type;        /* enum nd_type */
	__u64 source;      /* zero: from the unspecified address, duplicate address detection */
	mac_t link_layer;  /* the option's address, else the Ethernet source */
	__u64 addresses;   /* sum of the source and, twice, the target: of an answer's addresses, all three */
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
				__u64 wanted, struct checksum *sum, mac_t *link_layer, int *found)
{
	__u32 next = 0;

	ISAT_UNROLL
	for (__u32 unit = 0; unit < (ND_MESSAGE_MAX - ND_SIZE) / ND_OPTION_SIZE; unit++) {
		const unsigned char *option = nd + ND_SIZE + unit * ND_OPTION_SIZE;
		__u64 word;
		__u8 length;

		if (unit == units)
			break;
		if (option + ND_OPTION_SIZE > end)
			return 0;
		word = load64(option);
		checksum_add(sum, word);
		if (unit != next)
			continue;
		length = BYTE(word, 1);
		if (length == 0)
			return 0;
		if (BYTE(word, 0) == wanted) {
			if (length != 1)
				return 0;
			if (!*found) { /* N8: the first counts */
				if (is_group(option + 2) || LAST_MAC(word) == 0)
					return 0;
				*link_layer = LAST_MAC(word);
				*found = 1;
			}
		}
		next = unit + length;
	}
	return next == units;
}

/*
 * `ipv6` points to the IPv6 header, whose ICMPv6 type byte was seen to be a solicitation or an
 * advertisement. OUTCOME_ANSWERED means: nothing in the bytes speaks against an answer. In place: as a
 * subprogram, which fills in `message` through a pointer, Linux 6.1's verifier gives up at a million instructions.
 */
ISAT_INLINE enum isat_outcome recognise_nd(const unsigned char *start, const unsigned char *end,
					   const unsigned char *ipv6, struct nd_message *message)
{
	const unsigned char *nd = ipv6 + IPV6_SIZE;
	__u32 length = BE16(load16(ipv6 + IPV6_PAYLOAD_LENGTH)); /* the swap is its own inverse */
	struct checksum options = {};
	__u64 sum;
	int has_option = 0;
	int sound;

	if (length > ND_MESSAGE_MAX)
		return OUTCOME_UNSUPPORTED;
	/* RFC 4861 §7.1.1: hop limit 255 proves that no router forwarded it; code 0; 24 bytes or more. */
	if (nd + ND_SIZE > end || length < ND_SIZE || length % ND_OPTION_SIZE != 0 ||
	    (ipv6[0] & 0xf0) != 0x60 || ipv6[IPV6_HOP_LIMIT] != 255 || nd[ND_CODE] != 0)
		return OUTCOME_MALFORMED;
	message->link_layer = load_mac(start + ETHERNET_SOURCE);
	if (is_group(start + ETHERNET_SOURCE) || is_multicast(nd + ND_TARGET) ||
	    is_multicast(ipv6 + IPV6_SOURCE))
		return OUTCOME_MALFORMED;

	message->type = nd[ND_TYPE];
	/* Settled step by step, each in one register, with what the answer will need on the way. */
	sum = checksum_ipv6_address(ipv6 + IPV6_SOURCE);
	ISAT_SETTLE(sum);
	message->addresses = checksum_ipv6_address(nd + ND_TARGET);
	sum += message->addresses;
	message->addresses += sum;
	ISAT_SETTLE(message->addresses);
	ISAT_SETTLE(sum);
	sum += checksum_ipv6_address(ipv6 + IPV6_DESTINATION) + load32(nd + ND_TYPE) +
	       load32(nd + ND_FLAGS) + BE32(length) + BE32(NEXT_HEADER_ICMPV6);
	ISAT_SETTLE(sum);
	/* RFC 4861 §4.6.1: 1 in a solicitation, 2 in an advertisement. */
	if (!walk_nd_options(nd, end, (length - ND_SIZE) / ND_OPTION_SIZE,
			     message->type - ND_SOLICITATION + ND_SOURCE_LINK_LAYER, &options,
			     &message->link_layer, &has_option) ||
	    checksum_finish(sum + checksum_total(&options)) != 0 ||
	    is_loopback(ipv6 + IPV6_SOURCE))
		return OUTCOME_MALFORMED;

	message->source = load64(ipv6 + IPV6_SOURCE) | load64(ipv6 + IPV6_SOURCE + 8);
	if (message->type == ND_ADVERTISEMENT) /* RFC 4861 §7.1.2: a group is never "solicited" */
		sound = !is_multicast(ipv6 + IPV6_DESTINATION) ||
			!(nd[ND_FLAGS] & ND_FLAG_SOLICITED);
	else /* RFC 4861 §7.1.1: from :: only to the target's group, without a link-layer option */
		sound = message->source ||
			(!has_option &&
			 is_solicited_node_of(ipv6 + IPV6_DESTINATION, nd + ND_TARGET));
	return sound ? OUTCOME_ANSWERED : OUTCOME_MALFORMED;
}

/* N10: a group other than the target's, or all nodes, was meant for somebody else. */
ISAT_INLINE int is_for_target(const unsigned char *start, unsigned int at)
{
	const unsigned char *destination = start + at + IPV6_DESTINATION;

	return is_solicited_node_of(destination, start + at + IPV6_SIZE + ND_TARGET) ||
	       !is_multicast(destination) || is_all_nodes(destination);
}

/*
 * Writes the advertisement over the solicitation; at + IPV6_SIZE + ND_ADVERTISEMENT_SIZE bytes must be
 * there. RFC 4861 §7.2.4; to a DAD probe RFC 4862 §5.4.3: to all nodes, not "solicited". Nothing written is read
 * again: a load that spans two fresh stores waits for both.
 */
ISAT_INLINE void rewrite_nd(unsigned char *start, unsigned int at, const struct nd_message *message,
			    mac_t ours)
{
	unsigned char *ipv6 = start + at;
	unsigned char *nd = ipv6 + IPV6_SIZE;
	const __u64 option = FIRST(BE16(ND_TARGET_LINK_LAYER << 8 | 1)) | MAC_LAST(ours);
	__be32 flags = BE32((__u32)(ND_FLAG_OVERRIDE | ND_FLAG_SOLICITED) << 24);
	struct checksum sum = { message->addresses + BE32(ND_ADVERTISEMENT_SIZE) +
					BE32(NEXT_HEADER_ICMPV6) +
					BE32((__u32)ND_ADVERTISEMENT << 24),
				0 };

	if (message->source) {
		store_macs(start, message->link_layer, ours);
		copy_ipv6(ipv6 + IPV6_DESTINATION, ipv6 + IPV6_SOURCE);
	} else {
		flags = BE32((__u32)ND_FLAG_OVERRIDE << 24);
		store_macs(start, MAC_ALL_NODES, ours);
		store64(ipv6 + IPV6_DESTINATION, WORD(BE32(0xff020000), 0));
		store64(ipv6 + IPV6_DESTINATION + 8, WORD(0, BE32(1)));
		sum.words += (__u64)BE32(0xff020000) + BE32(1);
	}
	copy_ipv6(ipv6 + IPV6_SOURCE, nd + ND_TARGET);
	store64(ipv6, WORD(BE32(0x60000000), /* traffic class and flow label zero */
			   BE32(ND_ADVERTISEMENT_SIZE << 16 | NEXT_HEADER_ICMPV6 << 8 | 255)));
	store64(nd + ND_SIZE, option);
	checksum_add(&sum, option);
	store64(nd + ND_TYPE,
		WORD(BE32((__u32)ND_ADVERTISEMENT << 24), flags) |
			BEHIND(FIRST((__be16)checksum_finish(checksum_total(&sum) + flags)),
			       ND_CHECKSUM));
}
