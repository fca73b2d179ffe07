/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* Neighbour discovery over bytes: recognise a message, rewrite a solicitation. wire.md rows N1 to N14. */
#pragma once

#include "bpf/abi.h"
#include "bpf/checksum.h"
#include "bpf/conclusion.h"
#include "bpf/wire.h"

/* An advertisement answering a solicitation, or sent unasked: exactly one link-layer option. */
enum { ND_ADVERTISEMENT_SIZE = ND_SIZE + ND_OPTION_SIZE };

/* What is kept of a message across the look-up. */
struct nd_sender {
	mac_t link_layer; /* of the option, else the Ethernet source */
	__u64 sum;        /* of the sender's address, and twice the target's: an answer has them in its checksum too */
};

/* The options of a message, summed up. */
struct nd_options {
	mac_t link_layer; /* the first that was looked for; zero = none; MAC_BROADCAST = malformed, as any group is */
	__u64 sum;
};

/* The same in one word, which a subprogram may return. */
#define ND_OPTIONS_WORD(link_layer, sum) ((__u64)(link_layer) << 16 | (sum))
#define ND_OPTIONS_MALFORMED ND_OPTIONS_WORD(MAC_BROADCAST, 0)

ISAT_INLINE struct nd_options nd_options_of(__u64 word)
{
	struct nd_options options = { word >> 16, word & 0xffff };

	return options;
}

/* The swap is its own inverse. */
ISAT_INLINE __u32 nd_length(const unsigned char *ipv6)
{
	return BE16(load16(ipv6 + IPV6_PAYLOAD_LENGTH));
}

/* Duplicate address detection asks from the unspecified address. */
ISAT_INLINE int is_from_nobody(const unsigned char *ipv6)
{
	return !load64(ipv6 + IPV6_SOURCE) && !load64(ipv6 + IPV6_SOURCE + 8);
}

/*
 * `ipv6` points to the IPv6 header, IPV6_SIZE bytes or more, whose next header is ICMPv6. OUTCOME_ANSWERED: ND_SIZE
 * bytes follow, and the next two steps may go over them.
 */
ISAT_INLINE enum isat_outcome check_nd_header(const unsigned char *end, const unsigned char *ipv6)
{
	const unsigned char *nd = ipv6 + IPV6_SIZE;
	__u32 length = nd_length(ipv6);

	if (length > ND_MESSAGE_MAX)
		return refuse(OUTCOME_UNSUPPORTED);
	/* RFC 4861 §7.1.1: hop limit 255 proves that no router forwarded it; code 0; 24 bytes or more. */
	if (nd + ND_SIZE > end || length < ND_SIZE || length % ND_OPTION_SIZE != 0 ||
	    (ipv6[0] & 0xf0) != 0x60 || ipv6[IPV6_HOP_LIMIT] != 255 || nd[ND_CODE] != 0)
		return refuse(OUTCOME_MALFORMED);
	return OUTCOME_ANSWERED;
}

/* RFC 4861 §4.6.1: 1 in a solicitation, 2 in an advertisement. */
ISAT_INLINE int is_wanted_nd_option(const unsigned char *ipv6, __u64 word)
{
	return BYTE(word, 0) == (__u8)(ipv6[IPV6_SIZE] - ND_SOLICITATION + ND_SOURCE_LINK_LAYER);
}

/* One option or none, as in nearly all messages: they need no walk. */
ISAT_INLINE int has_few_nd_options(const unsigned char *ipv6)
{
	return nd_length(ipv6) <= ND_SIZE + ND_OPTION_SIZE;
}

ISAT_INLINE struct nd_options few_nd_options(const unsigned char *end, const unsigned char *ipv6)
{
	const struct nd_options malformed = { MAC_BROADCAST, 0 };
	const unsigned char *option = ipv6 + IPV6_SIZE + ND_SIZE;
	struct nd_options options = { 0, 0 };
	__u64 word;

	if (nd_length(ipv6) == ND_SIZE)
		return options;
	if (option + ND_OPTION_SIZE > end)
		return malformed;
	word = load64(option);
	if (BYTE(word, 1) != 1)
		return malformed;
	options.sum = (word >> 32) + (__u32)word;
	if (is_wanted_nd_option(ipv6, word)) {
		options.link_layer = LAST_MAC(word);
		if (is_group(option + 2) || !options.link_layer)
			return malformed;
	}
	return options;
}

/*
 * One pass over the message's units of eight bytes: sums them up and walks the options. Every unit
 * stands at a constant offset, because without CAP_PERFMON the verifier refuses to add a variable to a
 * packet pointer; an option may only begin where the one before it ended (`next`).
 * RFC 4861 §7.1.1 and §7.1.2: length zero, or an option past the payload, makes the message invalid.
 */
ISAT_INLINE __u64 walk_nd_options(const unsigned char *end, const unsigned char *ipv6)
{
	const unsigned char *nd = ipv6 + IPV6_SIZE;
	__u32 units = (nd_length(ipv6) - ND_SIZE) / ND_OPTION_SIZE;
	__u64 sum = 0;
	mac_t link_layer = 0;
	__u32 next = 0;

	ISAT_UNROLL
	for (__u32 unit = 0; unit < (ND_MESSAGE_MAX - ND_SIZE) / ND_OPTION_SIZE; unit++) {
		const unsigned char *option = nd + ND_SIZE + unit * ND_OPTION_SIZE;
		__u64 word;
		__u8 length;

		if (unit == units)
			break;
		if (option + ND_OPTION_SIZE > end)
			return ND_OPTIONS_MALFORMED;
		word = load64(option);
		sum += (__u32)word;
		sum += word >> 32;
		if (unit != next)
			continue;
		length = BYTE(word, 1);
		if (length == 0)
			return ND_OPTIONS_MALFORMED;
		ISAT_REREAD();
		if (is_wanted_nd_option(ipv6, word)) {
			if (length != 1)
				return ND_OPTIONS_MALFORMED;
			if (!link_layer) { /* N8: the first counts */
				link_layer = LAST_MAC(word);
				if (is_group(option + 2) || !link_layer)
					return ND_OPTIONS_MALFORMED;
			}
		}
		next = unit + length;
	}
	if (next != units)
		return ND_OPTIONS_MALFORMED;
	return ND_OPTIONS_WORD(link_layer, checksum_fold(sum));
}

/* OUTCOME_ANSWERED means: nothing in the bytes speaks against an answer. */
ISAT_INLINE enum isat_outcome judge_nd(const unsigned char *start, const unsigned char *ipv6, struct nd_options options,
				       struct nd_sender *sender)
{
	const unsigned char *nd = ipv6 + IPV6_SIZE;
	__u64 sum, addresses;

	if (options.link_layer == MAC_BROADCAST || is_group(start + ETHERNET_SOURCE) ||
	    is_multicast(nd + ND_TARGET) || is_multicast(ipv6 + IPV6_SOURCE) ||
	    is_loopback(ipv6 + IPV6_SOURCE))
		return refuse(OUTCOME_MALFORMED);
	ISAT_REREAD();
	sum = checksum_ipv6_address(nd + ND_TARGET);
	ISAT_SETTLE(sum);
	addresses = sum + checksum_ipv6_address(ipv6 + IPV6_SOURCE);
	sender->sum = addresses + sum;
	ISAT_SETTLE(addresses);
	sum = addresses + options.sum + checksum_ipv6_address(ipv6 + IPV6_DESTINATION) +
	      BE32(nd_length(ipv6)) + BE32(NEXT_HEADER_ICMPV6) + load32(nd + ND_TYPE) + load32(nd + ND_FLAGS);
	ISAT_SETTLE(sum);
	if (!checksum_holds(sum))
		return refuse(OUTCOME_MALFORMED);

	ISAT_REREAD();
	sender->link_layer = options.link_layer;
	if (nd[ND_TYPE] == ND_ADVERTISEMENT) { /* RFC 4861 §7.1.2: a group is never "solicited" */
		if (is_multicast(ipv6 + IPV6_DESTINATION) && (nd[ND_FLAGS] & ND_FLAG_SOLICITED))
			return refuse(OUTCOME_MALFORMED);
	} else if (is_from_nobody(ipv6)) { /* RFC 4861 §7.1.1: to the target's group, without a link-layer option */
		if (options.link_layer || !is_solicited_node_of(ipv6 + IPV6_DESTINATION, nd + ND_TARGET))
			return refuse(OUTCOME_MALFORMED);
	}
	if (!options.link_layer)
		sender->link_layer = load_mac(start + ETHERNET_SOURCE);
	return OUTCOME_ANSWERED;
}

/* All three: a solicitation or an advertisement that passed every check which needs no map, and whose it is. */
ISAT_INLINE enum isat_outcome recognise_nd(const unsigned char *start, const unsigned char *end,
					   const unsigned char *ipv6, struct nd_sender *sender)
{
	enum isat_outcome outcome = check_nd_header(end, ipv6);

	if (outcome != OUTCOME_ANSWERED)
		return outcome;
	return judge_nd(start, ipv6,
			has_few_nd_options(ipv6) ? few_nd_options(end, ipv6) :
						   nd_options_of(walk_nd_options(end, ipv6)),
			sender);
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
ISAT_INLINE void rewrite_nd(unsigned char *start, unsigned int at, const struct nd_sender *sender, mac_t ours)
{
	unsigned char *ipv6 = start + at;
	unsigned char *nd = ipv6 + IPV6_SIZE;
	const __u64 option = FIRST(BE16(ND_TARGET_LINK_LAYER << 8 | 1)) | MAC_LAST(ours);
	__be32 flags = BE32((__u32)(ND_FLAG_OVERRIDE | ND_FLAG_SOLICITED) << 24);
	mac_t to = sender->link_layer;
	/* The target's address is the source too. */
	struct checksum sum = { sender->sum + BE32(ND_ADVERTISEMENT_SIZE) + BE32(NEXT_HEADER_ICMPV6) +
					BE32((__u32)ND_ADVERTISEMENT << 24),
				0 };

	if (is_from_nobody(ipv6)) {
		flags = BE32((__u32)ND_FLAG_OVERRIDE << 24);
		to = MAC_ALL_NODES;
		store64(ipv6 + IPV6_DESTINATION, WORD(BE32(0xff020000), 0));
		store64(ipv6 + IPV6_DESTINATION + 8, WORD(0, BE32(1)));
		sum.words += (__u64)BE32(0xff020000) + BE32(1);
	} else {
		copy_ipv6(ipv6 + IPV6_DESTINATION, ipv6 + IPV6_SOURCE);
	}
	store_macs(start, to, ours);
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
