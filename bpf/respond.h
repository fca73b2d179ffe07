/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of a frame: recognise, look up, rewrite in place. One source for the kernel's program, the
 * native tests and fuzzers, and DPDK. What differs between them is the edge, which the includer defines
 * before including this file:
 *
 *   frame_start(frame), frame_end(frame)   the bytes, as they lie now; nothing outside is touched
 *   hidden_tag(frame)         enum hidden_tag: a VLAN tag beside the bytes
 *   find_v4(frame, address, announced)   by where the address lies in the frame; fills `announced` in, or false: it
 *                             is not announced on this frame's interface
 *   find_v6(frame, address, announced)   the same
 *   deadline_passed(frame)    nobody vouches for the announcements any more
 *   strict(frame)             policy `silent`: then nothing is answered
 *   observing(frame)          mode `observe`: decide and count, but leave the frame as it came
 *   sender_of(frame)          where what is kept of an NDP message across look-ups stands
 *   resize(frame, length)     0 when the frame has that many bytes now; start and end may be new
 *   read_byte(frame, offset)  -1 when beyond the frame; for the rare reads at no constant offset
 *   has_yielded(frame, announced), yield(frame, announced)
 *   credit(frame, announced)  one more request answered
 *   report(frame, kind, family, announced, mac, address, rest)   an event, limited in rate; the address in two words
 *   finish(frame, family, outcome)   counts the frame; respond() returns what this does. At each end of a frame's way rather than
 *                             behind all of them, where family and outcome would take two registers all along
 */
#pragma once

#include "bpf/announced.h"
#include "bpf/arp.h"
#include "bpf/conclusion.h"
#include "bpf/ndp.h"

/* An edge may have these stand apart, as subprograms, where that is cheaper; the first two for some frames only. */
#ifndef RESPOND_APART
#define dispatch_arp respond_arp
#define dispatch_nd respond_nd
#define contest_apart contest
#define walk_nd_apart(frame, at) walk_nd_options(frame_end(frame), frame_start(frame) + (at))
#endif

/* May this announcement be believed? wire.md G1; a yield counts only past the deadline. */
ISAT_INLINE int is_silent(struct frame *frame, const struct announced *announced)
{
	return deadline_passed(frame) && (strict(frame) || has_yielded(frame, announced));
}

/* Past the deadline a rival's announcement ends ours, at once and in the kernel. True the first time. */
ISAT_INLINE int yield_to_rival(struct frame *frame, struct announced *announced)
{
	if (strict(frame) || !deadline_passed(frame) || has_yielded(frame, announced))
		return 0;
	yield(frame, announced);
	return 1;
}

/* Another MAC claims the address, perhaps in an announcement. */
ISAT_INLINE enum isat_outcome contest(struct frame *frame, enum isat_family family, int is_announcement,
				      struct announced *announced, mac_t rival, __u64 address, __u64 rest)
{
	report(frame, EVENT_CONFLICT, family, announced, rival, address, rest);
	if (is_announcement && yield_to_rival(frame, announced))
		report(frame, EVENT_YIELD, family, announced, rival, address, rest);
	return OUTCOME_CONFLICT;
}

ISAT_INLINE enum isat_outcome contest_arp(struct frame *frame, int is_announcement, struct announced *announced,
					  const unsigned char *arp)
{
	struct arp_packet packet;

	ISAT_REREAD();
	packet = read_arp(arp);
	return contest_apart(frame, FAMILY_ARP, is_announcement, announced, packet.sender,
			     WORD(packet.sender_address, 0), 0);
}

/* An ARP packet that is no request we could answer: does its sender claim an address of ours? (A12) */
ISAT_INLINE enum isat_outcome watch_arp_sender(struct frame *frame, const unsigned char *arp,
					       int is_announcement, enum isat_outcome otherwise)
{
	struct announced announced = {};

	ISAT_REREAD();
	if (!find_v4(frame, arp + ARP_SENDER_PROTOCOL, &announced) ||
	    read_arp(arp).sender == announced.mac)
		return conclude(otherwise);
	return contest_arp(frame, is_announcement, &announced, arp);
}

/*
 * What was read of a frame is read again behind each look-up, and its bounds too, rather than kept: in respond_nd() as
 * well. ISAT_SETTLE says why.
 */
ISAT_INLINE enum isat_outcome respond_arp(struct frame *frame, unsigned int at)
{
	unsigned char *start = frame_start(frame);
	struct announced announced = {};
	struct arp_packet packet = {};
	enum isat_outcome outcome = recognise_arp(start, frame_end(frame), at, &packet);
	mac_t ours, destination;

	if (outcome != OUTCOME_ANSWERED)
		return outcome;
	if (packet.operation != ARP_REQUEST)
		return packet.operation == ARP_REPLY ?
			       watch_arp_sender(frame, start + at, 1, OUTCOME_NOT_SOLICITATION) :
			       OUTCOME_NOT_SOLICITATION;

	if (!find_v4(frame, start + at + ARP_TARGET_PROTOCOL, &announced)) {
		packet = read_arp(start + at);
		return is_arp_announcement(&packet) ?
			       OUTCOME_NOT_ANNOUNCED :
			       watch_arp_sender(frame, start + at, 0, OUTCOME_NOT_ANNOUNCED);
	}
	packet = read_arp(start + at);
	ours = announced.mac;
	if (packet.sender == ours) /* never answer ourselves (A8) */
		return conclude(OUTCOME_MALFORMED);
	if (is_arp_announcement(&packet))
		return contest_arp(frame, 1, &announced, start + at);
	destination = FIRST_MAC(load64(start + ETHERNET_DESTINATION));
	if (destination != MAC_BROADCAST && destination != ours)
		return conclude(OUTCOME_OTHER_HOST);
	ISAT_KEEP(ours);
	if (is_silent(frame, &announced))
		return conclude(OUTCOME_SILENT);

	/* A trailer beyond Ethernet's minimum is cut, so that none of it goes back. */
	if (!observing(frame) &&
	    is_longer(frame_start(frame), frame_end(frame), at + ETHERNET_PAYLOAD_MIN) &&
	    resize(frame, at + ETHERNET_PAYLOAD_MIN))
		return conclude(OUTCOME_NO_ROOM);
	start = frame_start(frame);
	if (start + at + ARP_SIZE > frame_end(frame)) /* never so; the verifier cannot know */
		return conclude(OUTCOME_NO_ROOM);
	packet = read_arp(start + at);
	if (is_arp_probe(&packet))
		report(frame, EVENT_CLAIM, FAMILY_ARP, &announced, packet.sender, WORD(packet.target, 0), 0);
	credit(frame, &announced);
	if (observing(frame))
		return conclude(OUTCOME_ANSWERED);
	start = frame_start(frame);
	if (start + at + ARP_SIZE > frame_end(frame)) /* never so */
		return conclude(OUTCOME_NO_ROOM);
	packet = read_arp(start + at);
	rewrite_arp(start, frame_end(frame), at, &packet, ours);
	return conclude(OUTCOME_ANSWERED);
}

ISAT_INLINE enum isat_outcome watch_advertisement(struct frame *frame, const unsigned char *target,
						  const struct nd_sender *sender)
{
	struct announced announced = {};

	if (!find_v6(frame, target, &announced) || sender->link_layer == announced.mac)
		return conclude(OUTCOME_NOT_SOLICITATION);
	return contest_apart(frame, FAMILY_NDP, 1, &announced, sender->link_layer, load64(target),
			     load64(target + 8));
}

ISAT_INLINE enum isat_outcome respond_nd(struct frame *frame, unsigned int at)
{
	const unsigned int length = at + IPV6_SIZE + ND_ADVERTISEMENT_SIZE;
	const unsigned int target = at + IPV6_SIZE + ND_TARGET;
	unsigned char *start = frame_start(frame);
	struct nd_sender *sender = sender_of(frame);
	mac_t ours;
	struct announced announced = {};
	enum isat_outcome outcome;
	struct nd_options options;

	if (start + at + IPV6_SIZE > frame_end(frame)) /* never so; the verifier cannot know */
		return OUTCOME_MALFORMED;
	outcome = check_nd_header(frame_end(frame), start + at);
	if (outcome != OUTCOME_ANSWERED)
		return outcome;
	options = has_few_nd_options(start + at) ? few_nd_options(frame_end(frame), start + at) :
						   nd_options_of(walk_nd_apart(frame, at));
	start = frame_start(frame);
	if (start + at + IPV6_SIZE + ND_SIZE > frame_end(frame)) /* never so; the verifier cannot know */
		return OUTCOME_MALFORMED;
	outcome = judge_nd(start, start + at, options, sender);
	if (outcome != OUTCOME_ANSWERED)
		return outcome;
	ISAT_REREAD();
	if (start[at + IPV6_SIZE] == ND_ADVERTISEMENT)
		return watch_advertisement(frame, start + target, sender);

	if (!find_v6(frame, start + target, &announced))
		return conclude(OUTCOME_NOT_ANNOUNCED);
	ours = announced.mac;
	start = frame_start(frame);
	if (start + at + IPV6_SIZE + ND_SIZE > frame_end(frame)) /* never so; the verifier cannot know */
		return conclude(OUTCOME_NO_ROOM);
	if ((!is_group(start + ETHERNET_DESTINATION) && load_mac(start + ETHERNET_DESTINATION) != ours) ||
	    !is_for_target(start, at))
		return conclude(OUTCOME_OTHER_HOST);
	if (is_silent(frame, &announced))
		return conclude(OUTCOME_SILENT);

	/* Before the first byte is written: a frame that cannot grow must still be untouched. */
	start = frame_start(frame);
	if (!observing(frame) &&
	    (start + length > frame_end(frame) || is_longer(start, frame_end(frame), length)) &&
	    resize(frame, length))
		return conclude(OUTCOME_NO_ROOM);
	start = frame_start(frame);
	if (start + at + IPV6_SIZE + ND_SIZE > frame_end(frame)) /* never so; the verifier cannot know */
		return conclude(OUTCOME_NO_ROOM);
	if (is_from_nobody(start + at))
		report(frame, EVENT_CLAIM, FAMILY_NDP, &announced, sender->link_layer, load64(start + target),
		       load64(start + target + 8));
	credit(frame, &announced);
	if (observing(frame))
		return conclude(OUTCOME_ANSWERED);
	start = frame_start(frame);
	if (start + length > frame_end(frame)) /* never so */
		return conclude(OUTCOME_NO_ROOM);
	rewrite_nd(start, at, sender, ours);
	return conclude(OUTCOME_ANSWERED);
}

/* N9: does a solicitation hide right behind this extension header? RFC 6980 says to ignore it then. */
ISAT_INLINE int hides_solicitation(struct frame *frame, unsigned int at, __u8 header)
{
	unsigned int extension = at + IPV6_SIZE;
	unsigned int step; /* bytes for one in the length field, which leaves the first eight out */
	int units;

	/* Before the first byte is read, which costs a call: most of IPv6 is none of these. */
	switch (header) {
	case NEXT_HEADER_HOP_BY_HOP:
	case NEXT_HEADER_ROUTING:
	case NEXT_HEADER_DESTINATION:
	case NEXT_HEADER_MOBILITY:
	case NEXT_HEADER_HIP:
	case NEXT_HEADER_SHIM6:
		step = 8;
		break;
	case NEXT_HEADER_AUTHENTICATION: /* RFC 4302 §2.2 */
		step = 4;
		break;
	case NEXT_HEADER_FRAGMENT: /* has none */
		step = 0;
		break;
	default:
		return 0;
	}
	if (read_byte(frame, extension) != NEXT_HEADER_ICMPV6)
		return 0;
	/* A later fragment (RFC 8200 §4.5) begins in the middle of something unknown. */
	if (header == NEXT_HEADER_FRAGMENT &&
	    (read_byte(frame, extension + 2) != 0 || (read_byte(frame, extension + 3) & 0xf8) != 0))
		return 0;
	units = read_byte(frame, extension + 1);
	return units >= 0 &&
	       read_byte(frame, extension + 8 + step * (unsigned int)units) == ND_SOLICITATION;
}

ISAT_INLINE int pass_other(struct frame *frame)
{
	return finish(frame, FAMILY_OTHER, OUTCOME_OTHER_TRAFFIC);
}

ISAT_INLINE int respond_ipv6(struct frame *frame, unsigned int at)
{
	const unsigned char *ipv6 = frame_start(frame) + at;
	__u8 header, type;

	if (ipv6 + IPV6_SIZE + 1 > frame_end(frame))
		return pass_other(frame);
	header = ipv6[IPV6_NEXT_HEADER];
	if (header != NEXT_HEADER_ICMPV6)
		return hides_solicitation(frame, at, header) ? finish(frame, FAMILY_NDP, OUTCOME_UNSUPPORTED) :
							       pass_other(frame);
	type = ipv6[IPV6_SIZE];
	if (type != ND_SOLICITATION && type != ND_ADVERTISEMENT)
		return pass_other(frame);
	return finish(frame, FAMILY_NDP, dispatch_nd(frame, at));
}

/* A13: what lies behind a VLAN tag is another network's; only named, never answered. */
ISAT_INLINE int pass_tagged(struct frame *frame, unsigned int at)
{
	const unsigned char *inner = frame_start(frame) + at;
	__be16 type;

	if (inner > frame_end(frame))
		return pass_other(frame);
	type = load16(inner - sizeof(type));
	if (type == ETHERTYPE_ARP)
		return finish(frame, FAMILY_ARP, OUTCOME_UNSUPPORTED);
	if (type == ETHERTYPE_IPV6 && inner + IPV6_SIZE + 1 <= frame_end(frame) &&
	    inner[IPV6_NEXT_HEADER] == NEXT_HEADER_ICMPV6 && inner[IPV6_SIZE] == ND_SOLICITATION)
		return finish(frame, FAMILY_NDP, OUTCOME_UNSUPPORTED);
	return pass_other(frame);
}

ISAT_INLINE int is_tag(__be16 type)
{
	return type == ETHERTYPE_8021Q || type == ETHERTYPE_8021AD;
}

ISAT_INLINE int respond_network(struct frame *frame, unsigned int at, __be16 type)
{
	if (type == ETHERTYPE_IPV6)
		return respond_ipv6(frame, at);
	if (type != ETHERTYPE_ARP)
		return pass_other(frame);
	return finish(frame, FAMILY_ARP, dispatch_arp(frame, at));
}

/* A tag in the frame, seen or hidden: a lone priority tag (A14) is stepped over, others are passed. */
ISAT_INLINE int respond_tagged(struct frame *frame)
{
	const unsigned char *tag = frame_start(frame) + ETHERNET_SIZE;
	__be16 type;

	if (tag + TAG_SIZE > frame_end(frame))
		return pass_other(frame);
	type = load16(tag + 2);
	if (is_tag(type))
		return pass_tagged(frame, ETHERNET_SIZE + 2 * TAG_SIZE);
	if (hidden_tag(frame) != HIDDEN_TAG_NONE || (load16(tag) & TAG_VLAN_ID) != 0 ||
	    load16(tag - 2) != ETHERTYPE_8021Q)
		return pass_tagged(frame, ETHERNET_SIZE + TAG_SIZE);
	return respond_network(frame, ETHERNET_SIZE + TAG_SIZE, type);
}

/*
 * Decides about the frame and, when the outcome is OUTCOME_ANSWERED and not observing, leaves the answer
 * in it, to be sent back where it came from. With any other outcome the frame is as it came. Returns what
 * finish() does.
 */
ISAT_INLINE int respond(struct frame *frame)
{
	const unsigned char *start = frame_start(frame);
	__be16 type;

	if (start + ETHERNET_SIZE > frame_end(frame))
		return pass_other(frame);
	type = load16(start + ETHERNET_TYPE);
	if (is_tag(type))
		return respond_tagged(frame);
	if (hidden_tag(frame) == HIDDEN_TAG_VLAN)
		return pass_tagged(frame, ETHERNET_SIZE);
	return respond_network(frame, ETHERNET_SIZE, type);
}
