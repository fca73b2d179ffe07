/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of a frame: recognise, look up, rewrite in place. One source for the kernel's program, the
 * native tests and fuzzers, and DPDK. What differs between them is the edge, which the includer defines
 * before including this file:
 *
 *   struct frame { unsigned char *start, *end; … };     the bytes; nothing outside is touched
 *   hidden_tag(frame)         enum hidden_tag: a VLAN tag beside the bytes
 *   find_v4(frame, address, announced)   fills it in; false: not announced on this frame's interface
 *   find_sender_v4(frame, address, announced)   the same, for what seldom comes: it may cost more
 *   find_v6(frame, address, announced)   the same
 *   deadline_passed(frame)    nobody vouches for the announcements any more
 *   strict(frame)             policy `silent`: then nothing is answered
 *   observing(frame)          mode `observe`: decide and count, but leave the frame as it came
 *   resize(frame, length)     0 when the frame has that many bytes now; start and end are new
 *   read_byte(frame, offset)  -1 when beyond the frame; for the rare reads at no constant offset
 *   has_yielded(frame, announced), yield(frame, announced)
 *   credit(frame, announced)  one more request answered
 *   report_v4(frame, kind, announced, mac, address), report_v6(…)     an event, limited in rate
 */
#pragma once

#include "bpf/announced.h"
#include "bpf/arp.h"
#include "bpf/ndp.h"

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

ISAT_INLINE enum isat_outcome arp_conflict(struct frame *frame, struct announced *announced,
					   const struct arp_packet *packet, int is_announcement)
{
	report_v4(frame, EVENT_CONFLICT, announced, packet->sender, packet->sender_address);
	if (is_announcement && yield_to_rival(frame, announced))
		report_v4(frame, EVENT_YIELD, announced, packet->sender, packet->sender_address);
	return OUTCOME_CONFLICT;
}

/* An ARP packet that is no request we could answer: does its sender claim an address of ours? (A12) */
ISAT_INLINE enum isat_outcome watch_arp_sender(struct frame *frame, const struct arp_packet *packet,
					       int is_announcement, enum isat_outcome otherwise)
{
	struct announced announced = {};

	if (!find_sender_v4(frame, packet->sender_address, &announced) ||
	    packet->sender == announced.mac)
		return otherwise;
	return arp_conflict(frame, &announced, packet, is_announcement);
}

ISAT_INLINE enum isat_outcome respond_arp(struct frame *frame, unsigned int at)
{
	struct announced announced = {};
	struct arp_packet packet = {};
	enum isat_outcome outcome = recognise_arp(frame->start, frame->end, at, &packet);
	mac_t ours, destination;

	if (outcome != OUTCOME_ANSWERED)
		return outcome;
	if (packet.operation != ARP_REQUEST)
		return packet.operation == ARP_REPLY ?
			       watch_arp_sender(frame, &packet, 1, OUTCOME_NOT_SOLICITATION) :
			       OUTCOME_NOT_SOLICITATION;

	if (!find_v4(frame, packet.target, &announced))
		return is_arp_announcement(&packet) ?
			       OUTCOME_NOT_ANNOUNCED :
			       watch_arp_sender(frame, &packet, 0, OUTCOME_NOT_ANNOUNCED);
	ours = announced.mac;
	if (packet.sender == ours) /* never answer ourselves (A8) */
		return OUTCOME_MALFORMED;
	if (is_arp_announcement(&packet))
		return arp_conflict(frame, &announced, &packet, 1);
	destination = FIRST_MAC(load64(frame->start + ETHERNET_DESTINATION));
	if (destination != MAC_BROADCAST && destination != ours)
		return OUTCOME_OTHER_HOST;
	if (is_silent(frame, &announced))
		return OUTCOME_SILENT;

	if (!observing(frame)) {
		/* A trailer beyond Ethernet's minimum is cut, so that none of it goes back. */
		if (is_longer(frame->start, frame->end, at + ETHERNET_PAYLOAD_MIN) &&
		    resize(frame, at + ETHERNET_PAYLOAD_MIN))
			return OUTCOME_NO_ROOM;
		if (frame->start + at + ARP_SIZE > frame->end) /* never so; the verifier cannot know */
			return OUTCOME_NO_ROOM;
		rewrite_arp(frame->start, frame->end, at, &packet, ours);
	}
	credit(frame, &announced);
	if (is_arp_probe(&packet))
		report_v4(frame, EVENT_CLAIM, &announced, packet.sender, packet.target);
	return OUTCOME_ANSWERED;
}

ISAT_INLINE enum isat_outcome watch_advertisement(struct frame *frame, unsigned int at,
						  const struct nd_message *message)
{
	const unsigned char *target = frame->start + at + IPV6_SIZE + ND_TARGET;
	struct announced announced = {};

	if (!find_v6(frame, target, &announced) ||
	    message->link_layer == announced.mac)
		return OUTCOME_NOT_SOLICITATION;
	report_v6(frame, EVENT_CONFLICT, &announced, message->link_layer, target);
	if (yield_to_rival(frame, &announced))
		report_v6(frame, EVENT_YIELD, &announced, message->link_layer, target);
	return OUTCOME_CONFLICT;
}

ISAT_INLINE enum isat_outcome respond_nd(struct frame *frame, unsigned int at)
{
	const unsigned int length = at + IPV6_SIZE + ND_ADVERTISEMENT_SIZE;
	struct nd_message message = {};
	struct announced announced = {};
	enum isat_outcome outcome =
		recognise_nd(frame->start, frame->end, frame->start + at, &message);
	mac_t ours;

	if (outcome != OUTCOME_ANSWERED)
		return outcome;
	/* Never so. Before Linux 6.17 the verifier also follows what a processor may do by speculation. */
	if (frame->start + at + IPV6_SIZE + ND_SIZE > frame->end)
		return OUTCOME_MALFORMED;
	if (message.type == ND_ADVERTISEMENT)
		return watch_advertisement(frame, at, &message);

	if (!find_v6(frame, frame->start + at + IPV6_SIZE + ND_TARGET, &announced))
		return OUTCOME_NOT_ANNOUNCED;
	ours = announced.mac;
	if ((!is_group(frame->start + ETHERNET_DESTINATION) &&
	     load_mac(frame->start + ETHERNET_DESTINATION) != ours) ||
	    !is_for_target(frame->start, at))
		return OUTCOME_OTHER_HOST;
	if (is_silent(frame, &announced))
		return OUTCOME_SILENT;

	if (!observing(frame)) {
		/* Before the first byte is written: a frame that cannot grow must still be untouched. */
		if ((frame->start + length > frame->end ||
		     is_longer(frame->start, frame->end, length)) &&
		    resize(frame, length))
			return OUTCOME_NO_ROOM;
		if (frame->start + length > frame->end) /* never so; the verifier cannot know */
			return OUTCOME_NO_ROOM;
		rewrite_nd(frame->start, at, &message, ours);
	}
	credit(frame, &announced);
	if (!message.source) /* the target stands in the advertisement where it stood */
		report_v6(frame, EVENT_CLAIM, &announced, message.link_layer,
			  frame->start + at + IPV6_SIZE + ND_TARGET);
	return OUTCOME_ANSWERED;
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

ISAT_INLINE enum isat_outcome respond_ipv6(struct frame *frame, unsigned int at,
					   enum isat_family *family)
{
	const unsigned char *ipv6 = frame->start + at;
	__u8 header, type;

	if (ipv6 + IPV6_SIZE + 1 > frame->end)
		return OUTCOME_OTHER_TRAFFIC;
	header = ipv6[IPV6_NEXT_HEADER];
	if (header != NEXT_HEADER_ICMPV6) {
		if (!hides_solicitation(frame, at, header))
			return OUTCOME_OTHER_TRAFFIC;
		*family = FAMILY_NDP;
		return OUTCOME_UNSUPPORTED;
	}
	type = ipv6[IPV6_SIZE];
	if (type != ND_SOLICITATION && type != ND_ADVERTISEMENT)
		return OUTCOME_OTHER_TRAFFIC;
	*family = FAMILY_NDP;
	return respond_nd(frame, at);
}

/* A13: what lies behind a VLAN tag is another network's; only named, never answered. */
ISAT_INLINE enum isat_outcome pass_tagged(struct frame *frame, unsigned int at, enum isat_family *family)
{
	const unsigned char *inner = frame->start + at;
	__be16 type;

	if (inner > frame->end)
		return OUTCOME_OTHER_TRAFFIC;
	type = load16(inner - sizeof(type));
	if (type == ETHERTYPE_ARP) {
		*family = FAMILY_ARP;
		return OUTCOME_UNSUPPORTED;
	}
	if (type == ETHERTYPE_IPV6 && inner + IPV6_SIZE + 1 <= frame->end &&
	    inner[IPV6_NEXT_HEADER] == NEXT_HEADER_ICMPV6 && inner[IPV6_SIZE] == ND_SOLICITATION) {
		*family = FAMILY_NDP;
		return OUTCOME_UNSUPPORTED;
	}
	return OUTCOME_OTHER_TRAFFIC;
}

ISAT_INLINE int is_tag(__be16 type)
{
	return type == ETHERTYPE_8021Q || type == ETHERTYPE_8021AD;
}

ISAT_INLINE enum isat_outcome respond_network(struct frame *frame, unsigned int at, __be16 type,
					      enum isat_family *family)
{
	if (type == ETHERTYPE_IPV6)
		return respond_ipv6(frame, at, family);
	if (type != ETHERTYPE_ARP)
		return OUTCOME_OTHER_TRAFFIC;
	*family = FAMILY_ARP;
	return respond_arp(frame, at);
}

/* A tag in the frame, seen or hidden: a lone priority tag (A14) is stepped over, others are passed. */
ISAT_INLINE enum isat_outcome respond_tagged(struct frame *frame, enum isat_family *family)
{
	const unsigned char *tag = frame->start + ETHERNET_SIZE;
	__be16 type;

	if (tag + TAG_SIZE > frame->end)
		return OUTCOME_OTHER_TRAFFIC;
	type = load16(tag + 2);
	if (is_tag(type))
		return pass_tagged(frame, ETHERNET_SIZE + 2 * TAG_SIZE, family);
	if (hidden_tag(frame) != HIDDEN_TAG_NONE || (load16(tag) & TAG_VLAN_ID) != 0 ||
	    load16(tag - 2) != ETHERTYPE_8021Q)
		return pass_tagged(frame, ETHERNET_SIZE + TAG_SIZE, family);
	return respond_network(frame, ETHERNET_SIZE + TAG_SIZE, type, family);
}

/*
 * Decides about the frame and, when the outcome is OUTCOME_ANSWERED and not observing, leaves the answer
 * in it, to be sent back where it came from. With any other outcome the frame is as it came.
 */
ISAT_INLINE enum isat_outcome respond(struct frame *frame, enum isat_family *family)
{
	__be16 type;

	*family = FAMILY_OTHER;
	if (frame->start + ETHERNET_SIZE > frame->end)
		return OUTCOME_OTHER_TRAFFIC;
	type = load16(frame->start + ETHERNET_TYPE);
	if (is_tag(type))
		return respond_tagged(frame, family);
	if (hidden_tag(frame) == HIDDEN_TAG_VLAN)
		return pass_tagged(frame, ETHERNET_SIZE, family);
	return respond_network(frame, ETHERNET_SIZE, type, family);
}
