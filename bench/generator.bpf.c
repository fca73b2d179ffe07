// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sends questions out of an interface, as fast as the kernel runs it over live frames, or at a pace. Recycled
 * pages come back as they were answered, so that every byte is written every time.
 */
#include "bench/question.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} out SEC(".maps");

__u64 interval_ns = 0; /* between two questions; 0 = no pause */
__u64 due_ns = 0;      /* when the next one is to leave */
__u64 wanted = 0;      /* questions to be sent in all; what runs beyond sends nothing */
__u64 sent = 0;
__u64 began_ns = 0, ended_ns = 0; /* the first and the last of them; a call's own beginning waits for RCU */

SEC("xdp")
int generate(struct xdp_md *xdp)
{
	__u32 length = question.length;
	__u64 now = 0;

	if (sent >= wanted || length < 1 || length > QUESTION_MAX)
		return XDP_DROP;
	if (interval_ns || question.stamp)
		now = bpf_ktime_get_ns();
	if (interval_ns) {
		if (due_ns == 0)
			due_ns = now;
		if (now < due_ns)
			return XDP_DROP;
		due_ns += interval_ns;
	}
	ask_next((__u32)now);
	if (bpf_xdp_store_bytes(xdp, 0, question.bytes, length))
		return XDP_ABORTED;
	if (sent == 0)
		began_ns = bpf_ktime_get_ns();
	if (++sent == wanted)
		ended_ns = bpf_ktime_get_ns();
	return (int)bpf_redirect_map(&out, 0, 0);
}
