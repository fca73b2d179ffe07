// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Filters before and after ours on a live interface: what came in, and what was left of it. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "tests/kernel/witnessed.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct witnessed);
} witnessed SEC(".maps");

/* Does the linear part end right behind the Ethernet header? */
SEC("tc")
int witness_before(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct witnessed *seen = bpf_map_lookup_elem(&witnessed, &zero);

	if (seen)
		seen->head_only = skb->len > 14 && (void *)(long)skb->data + 15 > (void *)(long)skb->data_end;
	return TC_ACT_UNSPEC;
}

/*
 * Takes the frame away: the stack must not answer in our place. Reads from the MAC header on, which need
 * not be where skb->data is: Linux 6.18 forgets the header's length in a buffer that generic XDP copied.
 */
SEC("tc")
int witness_after(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct witnessed *seen = bpf_map_lookup_elem(&witnessed, &zero);
	__u32 length = skb->len, whole;

	if (!seen || length > sizeof(seen->bytes) - 14 || bpf_skb_pull_data(skb, length))
		return TC_ACT_SHOT;
	whole = length + 14;
	if (!bpf_skb_load_bytes_relative(skb, 0, seen->bytes, whole, BPF_HDR_START_MAC))
		length = whole;
	else if (length < 14 ||
		 bpf_skb_load_bytes_relative(skb, 0, seen->bytes, length, BPF_HDR_START_MAC))
		return TC_ACT_SHOT;
	seen->tagged = skb->vlan_present;
	seen->tag = skb->vlan_tci;
	seen->tag_type = skb->vlan_proto;
	seen->length = length;
	seen->frames++;
	return TC_ACT_SHOT;
}
