// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counts the answers that come back, and drops everything: the stack's cost is not to be in the figure. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bench/sink.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sunk);
} sunk SEC(".maps");

const volatile __u8 timed = 0; /* questions carry the time they were sent at */

static __always_inline __u32 log2_of(__u32 value)
{
	__u32 result = 0;

	for (__u32 step = 16; step; step >>= 1) {
		if (value >> step) {
			value >>= step;
			result += step;
		}
	}
	return result;
}

static __always_inline __u32 bin_of(__u32 nanoseconds)
{
	__u32 power = log2_of(nanoseconds);
	__u32 fraction = power < 4 ? 0 : nanoseconds >> (power - 4) & (LATENCY_STEPS - 1);

	return (power * LATENCY_STEPS + fraction) & (LATENCY_BINS - 1);
}

static __always_inline int is_answer(const unsigned char *start, const unsigned char *end)
{
	if (start + ETHERNET_SIZE + ARP_SIZE > end)
		return 0;
	if (load16(start + ETHERNET_TYPE) == ETHERTYPE_ARP)
		return load16(start + ETHERNET_SIZE + ARP_OPERATION) == ARP_REPLY;
	return load16(start + ETHERNET_TYPE) == ETHERTYPE_IPV6 &&
	       start + ETHERNET_SIZE + IPV6_SIZE + ND_SIZE <= end &&
	       start[ETHERNET_SIZE + IPV6_SIZE] == ND_ADVERTISEMENT;
}

SEC("xdp")
int count(struct xdp_md *xdp)
{
	const unsigned char *start = (void *)(long)xdp->data;
	const unsigned char *end = (void *)(long)xdp->data_end;
	__u32 zero = 0;
	struct sunk *mine = bpf_map_lookup_elem(&sunk, &zero);

	if (!mine)
		return XDP_DROP;
	if (!is_answer(start, end)) {
		mine->others++;
		return XDP_DROP;
	}
	mine->answers++;
	if (timed)
		mine->bins[bin_of((__u32)bpf_ktime_get_ns() -
				  load32(start + ETHERNET_DESTINATION + 2))]++;
	return XDP_DROP;
}
