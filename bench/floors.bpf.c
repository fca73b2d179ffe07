// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The least an XDP program can do: what a responder's figures are held against. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/wire.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What every frame pays on an interface with any XDP program. */
SEC("xdp.frags")
int pass(struct xdp_md *xdp)
{
	return XDP_PASS;
}

/* What every answer pays: the MAC addresses change places and the frame goes back. Looks at nothing. */
SEC("xdp.frags")
int swap(struct xdp_md *xdp)
{
	unsigned char *start = (void *)(long)xdp->data;
	unsigned char *end = (void *)(long)xdp->data_end;
	mac_t destination;

	if (start + ETHERNET_SIZE > end)
		return XDP_PASS;
	destination = load_mac(start + ETHERNET_DESTINATION);
	store_mac(start + ETHERNET_DESTINATION, load_mac(start + ETHERNET_SOURCE));
	store_mac(start + ETHERNET_SOURCE, destination);
	return XDP_TX;
}

SEC("tc")
int pass_tc(struct __sk_buff *skb)
{
	return -1; /* TC_ACT_UNSPEC: the next filter */
}
