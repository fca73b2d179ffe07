// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BPF_PROG_TEST_RUN feeds the rewritten frame back in, so that from the second run on a responder sees its
 * own answer. These put a question back before each run and then jump to the program under test.
 */
#include "bench/question.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { TC_ACT_SHOT = 2 };

/* One for each hook: an array of programs belongs to the type of program that first uses it. */
struct one_program {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};
struct one_program under_test_xdp SEC(".maps"), under_test_tc SEC(".maps");

SEC("xdp.frags")
int restore_xdp(struct xdp_md *xdp)
{
	__u32 length = question.length;
	int grown = (int)length - (int)(xdp->data_end - xdp->data);

	if (length < 1 || length > QUESTION_MAX || (grown && bpf_xdp_adjust_tail(xdp, grown)))
		return XDP_ABORTED;
	ask_next(0);
	if (bpf_xdp_store_bytes(xdp, 0, question.bytes, length))
		return XDP_ABORTED;
	bpf_tail_call(xdp, &under_test_xdp, 0);
	return XDP_ABORTED;
}

SEC("tc")
int restore_tc(struct __sk_buff *skb)
{
	__u32 length = question.length;

	if (length < 1 || length > QUESTION_MAX ||
	    (skb->len != length && bpf_skb_change_tail(skb, length, 0)))
		return TC_ACT_SHOT;
	ask_next(0);
	if (bpf_skb_store_bytes(skb, 0, question.bytes, length, 0))
		return TC_ACT_SHOT;
	bpf_tail_call(skb, &under_test_tc, 0);
	return TC_ACT_SHOT;
}
