/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* Frame layouts as byte offsets, and how to read and write a field. C, C++ and BPF. */
#pragma once

#include <linux/types.h>

#define ISAT_INLINE static inline __attribute__((always_inline))

/*
 * BPF: computes `value` here and forgets how. The optimiser would join what it reads with later uses, and hold on the
 * stack what ten registers do not; reading the frame again is cheaper.
 */
#ifdef __bpf__
#define ISAT_SETTLE(value) asm volatile("" : "+r"(value))
#else
#define ISAT_SETTLE(value) ((void)(value))
#endif

/*
 * BPF: a new value from here on, so that only this one must outlive the calls behind it; else the optimiser spills the one
 * from before.
 */
#ifdef __bpf__
#define ISAT_KEEP(value)                                                                                               \
	do {                                                                                                           \
		__typeof__(value) from_before = (value);                                                               \
		asm volatile("%0 = %1" : "=r"(value) : "r"(from_before));                                              \
	} while (0)
#else
#define ISAT_KEEP(value) ((void)(value))
#endif

/* BPF: what was read of memory before this is read again behind it, for the same reason. */
#ifdef __bpf__
#define ISAT_REREAD() asm volatile("" : : : "memory")
#else
#define ISAT_REREAD() ((void)0)
#endif

/* In front of a loop whose every step must see constants; natively the optimiser may choose. */
#ifdef __bpf__
#define ISAT_UNROLL _Pragma("unroll")
#else
#define ISAT_UNROLL
#endif

/*
 * A word is eight bytes in a register as they lie in memory: fields are compared, cut out and put together there,
 * where each would take a load or store of its own. BEHIND moves bytes towards higher addresses, BEFORE towards lower.
 */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BE16(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define BE32(x) ((__be32)__builtin_bswap32((__u32)(x)))
#define BEHIND(word, bytes) ((__u64)(word) << 8 * (bytes))
#define BEFORE(word, bytes) ((__u64)(word) >> 8 * (bytes))
/* A field alone at the start or at the end of a word, and back. */
#define FIRST(field) ((__u64)(field))
#define LAST(field) ((__u64)(field) << 8 * (8 - sizeof(field)))
#define FIRST32(word) ((__u32)(word))
#define LAST32(word) ((__u32)((__u64)(word) >> 32))
#define LAST16(word) ((__u16)((__u64)(word) >> 48))
#define BYTE(word, number) ((__u8)((__u64)(word) >> 8 * (number)))
#else
#define BE16(x) ((__be16)(x))
#define BE32(x) ((__be32)(x))
#define BEHIND(word, bytes) ((__u64)(word) >> 8 * (bytes))
#define BEFORE(word, bytes) ((__u64)(word) << 8 * (bytes))
#define FIRST(field) ((__u64)(field) << 8 * (8 - sizeof(field)))
#define LAST(field) ((__u64)(field))
#define FIRST32(word) ((__u32)((__u64)(word) >> 32))
#define LAST32(word) ((__u32)(word))
#define LAST16(word) ((__u16)(word))
#define BYTE(word, number) ((__u8)((__u64)(word) >> 8 * (7 - (number))))
#endif
#define WORD(first, last) (FIRST((__u32)(first)) | LAST((__u32)(last)))

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

#define ND_FLAG_SOLICITED 0x40 /* in the first of four bytes */
#define ND_FLAG_OVERRIDE 0x20

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

ISAT_INLINE __u64 load64(const unsigned char *at)
{
#ifdef __bpf__
	return *(const __u64 *)at;
#else
	__u64 value;

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

ISAT_INLINE void store64(unsigned char *at, __u64 value)
{
#ifdef __bpf__
	*(__u64 *)at = value;
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

	ISAT_SETTLE(limit);
	return limit < end;
}

/* A MAC in a register, to be compared in one step: the low six bytes, in memory order; the top two zero. */
typedef __u64 mac_t;

#define MAC_BROADCAST 0xffffffffffffULL
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST_MAC(word) ((mac_t)((word) & MAC_BROADCAST)) /* of a word, its first six bytes */
#define LAST_MAC(word) ((mac_t)((word) >> 16))
#define MAC_FIRST(mac) ((__u64)(mac)) /* the way back, the other two bytes zero */
#define MAC_LAST(mac) ((__u64)(mac) << 16)
#else
#define FIRST_MAC(word) ((mac_t)((word) >> 16))
#define LAST_MAC(word) ((mac_t)((word) & MAC_BROADCAST))
#define MAC_FIRST(mac) ((__u64)(mac) << 16)
#define MAC_LAST(mac) ((__u64)(mac))
#endif
#define MAC_ALL_NODES FIRST_MAC(WORD(BE32(0x33330000), BE32(0x00010000))) /* RFC 2464 §7 */

ISAT_INLINE mac_t load_mac(const unsigned char *at)
{
	return FIRST_MAC(FIRST(load32(at)) | BEHIND(FIRST(load16(at + 4)), 4));
}

ISAT_INLINE void store_mac(unsigned char *at, mac_t mac)
{
	store32(at, FIRST32(MAC_FIRST(mac)));
	store16(at + 4, LAST16(MAC_LAST(mac)));
}

/* The group bit of a MAC (IEEE 802 §8.2); broadcast has it too. */
ISAT_INLINE int is_group(const unsigned char *mac)
{
	return mac[0] & 1;
}

/* Whom the answer goes to and who sends it, with as few stores as twelve bytes take. */
ISAT_INLINE void store_macs(unsigned char *start, mac_t destination, mac_t source)
{
	store64(start + ETHERNET_DESTINATION, MAC_FIRST(destination) | BEHIND(MAC_FIRST(source), 6));
	store32(start + ETHERNET_SOURCE + 2, FIRST32(BEFORE(MAC_FIRST(source), 2)));
}

/* IPv6 addresses are read where they lie: sixteen bytes in network order, at any alignment. */
ISAT_INLINE void copy_ipv6(unsigned char *to, const unsigned char *from)
{
	store64(to, load64(from));
	store64(to + 8, load64(from + 8));
}

ISAT_INLINE int is_loopback(const unsigned char *ipv6)
{
	return load64(ipv6) == 0 && load64(ipv6 + 8) == WORD(0, BE32(1));
}

ISAT_INLINE int is_multicast(const unsigned char *ipv6)
{
	return ipv6[0] == 0xff;
}

ISAT_INLINE int is_all_nodes(const unsigned char *ipv6)
{
	return load64(ipv6) == WORD(BE32(0xff020000), 0) && load64(ipv6 + 8) == WORD(0, BE32(1));
}

/* RFC 4291 §2.7.1: ff02::1:ffXX:XXXX, from the target's last three bytes. */
ISAT_INLINE int is_solicited_node_of(const unsigned char *group, const unsigned char *target)
{
	return load64(group) == WORD(BE32(0xff020000), 0) &&
	       load64(group + 8) ==
		       WORD(BE32(1), BE32(0xff000000) | (load32(target + 12) & BE32(0x00ffffff)));
}
