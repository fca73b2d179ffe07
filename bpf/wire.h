/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* Frame layouts as byte offsets, and how to read and write a field. C, C++ and BPF. */
#pragma once

#include <linux/types.h>

#define ISAT_INLINE static inline __attribute__((always_inline))

/* A function of its own in BPF too, where inlining it would overflow the stack with spills. */
#ifdef __bpf__
#define ISAT_SUBPROGRAM static __attribute__((noinline))
#else
#define ISAT_SUBPROGRAM static inline
#endif

/* In front of a loop whose every step must see constants; natively the optimiser may choose. */
#ifdef __bpf__
#define ISAT_UNROLL _Pragma("unroll")
#else
#define ISAT_UNROLL
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BE16(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define BE32(x) ((__be32)__builtin_bswap32((__u32)(x)))
#else
#define BE16(x) ((__be16)(x))
#define BE32(x) ((__be32)(x))
#endif

/*
 * Offsets rather than packed structs: for a packed member clang reads byte by byte in BPF, and a plain
 * struct pointer into a frame is misaligned, which is undefined natively.
 */
enum ethernet_offset {
	ETHERNET_DESTINATION = 0,
	ETHERNET_SOURCE = 6,
	ETHERNET_TYPE = 12,
	ETHERNET_SIZE = 14,
	TAG_SIZE = 4, /* IEEE 802.1Q §9.3: TPID, then priority and VLAN ID */
};

#define ETHERTYPE_ARP BE16(0x0806)
#define ETHERTYPE_IPV6 BE16(0x86dd)
#define ETHERTYPE_8021Q BE16(0x8100)
#define ETHERTYPE_8021AD BE16(0x88a8)
#define TAG_VLAN_ID BE16(0x0fff)

/* A VLAN tag that the driver or the stack took out of the frame (tc sees it as metadata). */
enum hidden_tag {
	HIDDEN_TAG_NONE,
	HIDDEN_TAG_PRIORITY, /* 802.1Q, VLAN ID 0 */
	HIDDEN_TAG_VLAN,     /* any other */
};

/* RFC 826, for IPv4 over Ethernet; from the start of the ARP header. */
enum arp_offset {
	ARP_HARDWARE = 0,
	ARP_LENGTHS = 4,
	ARP_OPERATION = 6,
	ARP_SENDER_HARDWARE = 8,
	ARP_SENDER_PROTOCOL = 14,
	ARP_TARGET_HARDWARE = 18,
	ARP_TARGET_PROTOCOL = 24,
	ARP_SIZE = 28,
	/* An Ethernet payload is at least 46 bytes long; the rest after the ARP body is trailer. */
	ETHERNET_PAYLOAD_MIN = 46,
};

#define ARP_REQUEST BE16(1)
#define ARP_REPLY BE16(2)

/* RFC 8200 §3; from the start of the IPv6 header. */
enum ipv6_offset {
	IPV6_PAYLOAD_LENGTH = 4,
	IPV6_NEXT_HEADER = 6,
	IPV6_HOP_LIMIT = 7,
	IPV6_SOURCE = 8,
	IPV6_DESTINATION = 24,
	IPV6_SIZE = 40,
};

enum ipv6_next_header {
	NEXT_HEADER_HOP_BY_HOP = 0,
	NEXT_HEADER_ROUTING = 43,
	NEXT_HEADER_FRAGMENT = 44,
	NEXT_HEADER_AUTHENTICATION = 51,
	NEXT_HEADER_ICMPV6 = 58,
	NEXT_HEADER_DESTINATION = 60,
	NEXT_HEADER_MOBILITY = 135,
	NEXT_HEADER_HIP = 139,
	NEXT_HEADER_SHIM6 = 140,
};

/* RFC 4861 §4.3 and §4.4; from the start of the ICMPv6 header. */
enum nd_offset {
	ND_TYPE = 0,
	ND_CODE = 1,
	ND_CHECKSUM = 2,
	ND_FLAGS = 4,
	ND_TARGET = 8,
	ND_SIZE = 24,
	ND_OPTION_SIZE = 8, /* options come in units of eight bytes */
	ND_MESSAGE_MAX = 256,
};

enum nd_type {
	ND_SOLICITATION = 135,
	ND_ADVERTISEMENT = 136,
};

enum nd_option {
	ND_SOURCE_LINK_LAYER = 1,
	ND_TARGET_LINK_LAYER = 2,
};

#define ND_FLAG_SOLICITED BE32(0x40000000)
#define ND_FLAG_OVERRIDE BE32(0x20000000)

ISAT_INLINE __be16 load16(const unsigned char *at)
{
#ifdef __bpf__
	return *(const __be16 *)at; /* the verifier asks no alignment of packet bytes here */
#else
	__be16 value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
#endif
}

ISAT_INLINE __be32 load32(const unsigned char *at)
{
#ifdef __bpf__
	return *(const __be32 *)at;
#else
	__be32 value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
#endif
}

ISAT_INLINE void store16(unsigned char *at, __be16 value)
{
#ifdef __bpf__
	*(__be16 *)at = value;
#else
	__builtin_memcpy(at, &value, sizeof(value));
#endif
}

ISAT_INLINE void store32(unsigned char *at, __be32 value)
{
#ifdef __bpf__
	*(__be32 *)at = value;
#else
	__builtin_memcpy(at, &value, sizeof(value));
#endif
}

/*
 * Is [start, end) longer than `length`? The verifier knows packet pointers by < and > alone, and the
 * optimiser would join "shorter or longer" into !=; hence the barrier.
 */
ISAT_INLINE int is_longer(const unsigned char *start, const unsigned char *end, unsigned int length)
{
	const unsigned char *limit = start + length;

#ifdef __bpf__
	asm volatile("" : "+r"(limit));
#endif
	return limit < end;
}

/* A MAC in a register, to be compared in one step; the bytes in memory order, the top two zero. */
typedef __u64 mac_t;

#define MAC_BROADCAST 0xffffffffffffULL
#define MAC_ALL_NODES ((mac_t)BE32(0x33330000) | (mac_t)BE16(0x0001) << 32) /* RFC 2464 §7 */

ISAT_INLINE mac_t load_mac(const unsigned char *at)
{
	return (mac_t)load32(at) | (mac_t)load16(at + 4) << 32;
}

ISAT_INLINE void store_mac(unsigned char *at, mac_t mac)
{
	store32(at, (__be32)mac);
	store16(at + 4, (__be16)(mac >> 32));
}

/* The group bit of a MAC (IEEE 802 §8.2); broadcast has it too. */
ISAT_INLINE int is_group(const unsigned char *mac)
{
	return mac[0] & 1;
}

/* IPv6 addresses are read where they lie: sixteen bytes in network order, at any alignment. */
ISAT_INLINE void copy_ipv6(unsigned char *to, const unsigned char *from)
{
	store32(to, load32(from));
	store32(to + 4, load32(from + 4));
	store32(to + 8, load32(from + 8));
	store32(to + 12, load32(from + 12));
}

ISAT_INLINE int is_unspecified(const unsigned char *ipv6)
{
	return (load32(ipv6) | load32(ipv6 + 4) | load32(ipv6 + 8) | load32(ipv6 + 12)) == 0;
}

ISAT_INLINE int is_loopback(const unsigned char *ipv6)
{
	return (load32(ipv6) | load32(ipv6 + 4) | load32(ipv6 + 8)) == 0 &&
	       load32(ipv6 + 12) == BE32(1);
}

ISAT_INLINE int is_multicast(const unsigned char *ipv6)
{
	return ipv6[0] == 0xff;
}

ISAT_INLINE int is_all_nodes(const unsigned char *ipv6)
{
	return load32(ipv6) == BE32(0xff020000) && (load32(ipv6 + 4) | load32(ipv6 + 8)) == 0 &&
	       load32(ipv6 + 12) == BE32(1);
}

/* RFC 4291 §2.7.1: ff02::1:ffXX:XXXX, from the target's last three bytes. */
ISAT_INLINE int is_solicited_node_of(const unsigned char *group, const unsigned char *target)
{
	return load32(group) == BE32(0xff020000) && load32(group + 4) == 0 &&
	       load32(group + 8) == BE32(1) &&
	       load32(group + 12) == (BE32(0xff000000) | (load32(target + 12) & BE32(0x00ffffff)));
}
