/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* ARP over bytes: recognise a frame, rewrite a request into its reply. wire.md rows A1 to A14. */
#pragma once

#include "bpf/abi.h"
#include "bpf/conclusion.h"
#include "bpf/wire.h"

/* An ARP packet that passed every check which needs no map. */
struct arp_packet {
	__be16 operation;
	mac_t sender;         /* sender hardware address: who gets the answer (A11) */
	__be32 sender_address;
	__be32 target;
};

/* Sender addresses nobody may own: the kernel's martians (A10). */
ISAT_INLINE int is_martian_v4(__be32 address)
{
	return (address & BE32(0xff000000)) == BE32(0x7f000000) ||
	       (address & BE32(0xf0000000)) == BE32(0xe0000000) || address == BE32(0xffffffff);
}

ISAT_INLINE int is_ipv4_over_ethernet(const unsigned char *arp)
{
	return load32(arp + ARP_HARDWARE) == BE32(0x00010800) && load16(arp + ARP_LENGTHS) == BE16(0x0604);
}

ISAT_INLINE struct arp_packet read_arp(const unsigned char *arp)
{
	struct arp_packet packet = {
		.operation = load16(arp + ARP_OPERATION),
		.sender = LAST_MAC(load64(arp + ARP_OPERATION)),
		.sender_address = load32(arp + ARP_SENDER_PROTOCOL),
		.target = load32(arp + ARP_TARGET_PROTOCOL),
	};

	return packet;
}

/*
 * `at` is the constant offset of the ARP header; reads within [start, end) only. OUTCOME_ANSWERED means:
 * nothing in the bytes speaks against an answer.
 */
ISAT_INLINE enum isat_outcome recognise_arp(const unsigned char *start, const unsigned char *end,
					    unsigned int at, struct arp_packet *packet)
{
	const unsigned char *arp = start + at;

	if (arp + ARP_SIZE > end)
		return arp + ARP_OPERATION <= end && !is_ipv4_over_ethernet(arp) ?
			       OUTCOME_UNSUPPORTED :
			       OUTCOME_MALFORMED;
	/* RFC 826: "Do I have the hardware type? Do I speak the protocol?" */
	if (!is_ipv4_over_ethernet(arp))
		return refuse(OUTCOME_UNSUPPORTED);
	*packet = read_arp(arp);
	/* Our rule: an answer never goes to a group; the kernel is laxer (A8). */
	if (is_group(arp + ARP_SENDER_HARDWARE) || packet->sender == 0 ||
	    is_group(start + ETHERNET_SOURCE) || is_martian_v4(packet->sender_address))
		return refuse(OUTCOME_MALFORMED);
	return OUTCOME_ANSWERED;
}

/* RFC 5227 §1.1: an announcement is a request or reply whose sender and target address are the same. */
ISAT_INLINE int is_arp_announcement(const struct arp_packet *packet)
{
	return packet->sender_address == packet->target;
}

/* RFC 5227 §2.1.1: a probe asks without a sender address. */
ISAT_INLINE int is_arp_probe(const struct arp_packet *packet)
{
	return packet->sender_address == 0;
}

/*
 * Writes the reply over the request: at + ARP_SIZE bytes must be there, and at most
 * at + ETHERNET_PAYLOAD_MIN. Nothing of the requester's trailer goes back.
 */
ISAT_INLINE void rewrite_arp(unsigned char *start, const unsigned char *end, unsigned int at,
			     const struct arp_packet *packet, mac_t ours)
{
	unsigned char *arp = start + at;
	unsigned char *trailer = arp + ARP_SIZE;

	/* In words that hold two fields each, the last two lapping over each other. */
	store_macs(start, packet->sender, ours);
	store64(arp + ARP_OPERATION, FIRST(ARP_REPLY) | MAC_LAST(ours));
	store64(arp + ARP_SENDER_PROTOCOL,
		FIRST(packet->target) | BEHIND(MAC_FIRST(packet->sender), 4));
	store64(arp + ARP_TARGET_HARDWARE + 2,
		BEFORE(MAC_FIRST(packet->sender), 2) | LAST(packet->sender_address));

	if (arp + ETHERNET_PAYLOAD_MIN <= end) { /* as padded by every physical sender */
		store64(trailer, 0);
		store64(trailer + 8, 0);
		store16(trailer + 16, 0);
		return;
	}
	/* Constant offsets, unrolled: without CAP_PERFMON the verifier adds no variable to a pointer. */
	ISAT_UNROLL
	for (unsigned int i = 0; i < ETHERNET_PAYLOAD_MIN - ARP_SIZE; i++) {
		if (trailer + i + 1 > end)
			return;
		trailer[i] = 0;
	}
}
