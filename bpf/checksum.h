/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* The Internet checksum (RFC 1071) over 32-bit words as they lie in memory: byte order cancels out. */
#pragma once

#include "bpf/wire.h"

/* Three folds are enough for 32,768 words. */
ISAT_INLINE __u16 checksum_fold(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/*
 * Over a correct message, its checksum included. Two folds are enough here: of 32,768 words they leave less than 0x18000,
 * of which a third makes nothing all ones that is not already.
 */
ISAT_INLINE int checksum_holds(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* What goes into a checksum field. */
ISAT_INLINE __u16 checksum_finish(__u64 sum)
{
	return (__u16)~checksum_fold(sum);
}

/* A sum of words in the making: as they wrap, and their upper halves apart, which tell what was lost. */
struct checksum {
	__u64 words;
	__u64 upper;
};

ISAT_INLINE void checksum_add(struct checksum *sum, __u64 word)
{
	sum->words += word;
	sum->upper += word >> 32;
}

/* Both halves of every word. */
ISAT_INLINE __u64 checksum_total(const struct checksum *sum)
{
	return sum->words - (sum->upper << 32) + sum->upper;
}

ISAT_INLINE __u64 checksum_ipv6_address(const unsigned char *ipv6)
{
	return (__u64)load32(ipv6) + load32(ipv6 + 4) + load32(ipv6 + 8) + load32(ipv6 + 12);
}

/* RFC 8200 §8.1: addresses, upper-layer length, next header. `header` is the IPv6 header. */
ISAT_INLINE __u64 checksum_pseudo_header(const unsigned char *header, __u32 length)
{
	return checksum_ipv6_address(header + IPV6_SOURCE) +
	       checksum_ipv6_address(header + IPV6_DESTINATION) + BE32(length) +
	       BE32(NEXT_HEADER_ICMPV6);
}
