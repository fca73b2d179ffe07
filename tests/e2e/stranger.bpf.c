// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs of a stranger: pass everything, or swallow everything. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int stranger_xdp(struct xdp_md *xdp)
{
	return XDP_PASS;
}

SEC("xdp_drop")
int stranger_xdp_drop(struct xdp_md *xdp)
{
	return XDP_DROP;
}

SEC("tc")
int stranger_pass(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

SEC("drop")
int stranger_drop(struct __sk_buff *skb)
{
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
