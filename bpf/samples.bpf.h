/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shows frames to every `isat watch --frames`: bounded here, where a flood arrives. A frame is kept before it is
 * rewritten in place; whether it is worth showing is known only afterwards.
 */
#pragma once

#include "bpf/events.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/settings.bpf.h"
#include "bpf/wire.h"

/* 64 samples for each 67 ms and CPU: a thousand a second, of which a ring holds most. */
enum { WINDOW_SHIFT = 26, SHOWN_IN_WINDOW = 64 };

static __always_inline struct sampler *sampler_here(void)
{
	return bpf_map_lookup_elem(&samplers, &only_key);
}

static __always_inline void copy_from_xdp(struct xdp_md *xdp, __u8 *to, __u64 length)
{
	if (length > SAMPLE_BYTES)
		length = SAMPLE_BYTES;
	if (length >= ETHERNET_SIZE) /* always; verifiers before 6.7 learn nothing from `!= 0` */
		bpf_xdp_load_bytes(xdp, 0, to, length);
}

static __always_inline void copy_from_tc(struct __sk_buff *skb, __u8 *to, __u64 length)
{
	if (length > SAMPLE_BYTES)
		length = SAMPLE_BYTES;
	if (length >= ETHERNET_SIZE) /* always; verifiers before 6.7 learn nothing from `!= 0` */
		bpf_skb_load_bytes(skb, 0, to, length);
}

/* Not static, like the look-ups: the verifier walks each once and apart from the rest. */
__noinline int keep_at_xdp(struct xdp_md *xdp)
{
	struct sampler *sampler = sampler_here();

	if (!sampler) /* never so: the array has one element */
		return 0;
	sampler->sample.length = (__u32)bpf_xdp_get_buff_len(xdp);
	copy_from_xdp(xdp, sampler->sample.frame, sampler->sample.length);
	return 0;
}

__noinline int keep_at_tc(struct __sk_buff *skb)
{
	struct sampler *sampler = sampler_here();

	if (!sampler)
		return 0;
	sampler->sample.length = skb->len;
	copy_from_tc(skb, sampler->sample.frame, sampler->sample.length);
	return 0;
}

/* Counts the frame; true when it is to be shown, and then fills in all but the answer. */
static __always_inline int begin_sample(struct sampler *sampler, __u32 family, __u32 outcome)
{
	struct frame_sample *sample = &sampler->sample;
	__u64 now = bpf_ktime_get_boot_ns();

	sample->number++;
	if (sampler->window != now >> WINDOW_SHIFT) {
		sampler->window = now >> WINDOW_SHIFT;
		sampler->shown = 0;
	}
	if (sampler->shown++ >= SHOWN_IN_WINDOW)
		return 0;
	sample->boot_ns = now;
	sample->cpu = bpf_get_smp_processor_id();
	sample->ifindex = interface_index;
	sample->family = (__u8)family;
	sample->outcome = (__u8)outcome;
	sample->answer_length = 0;
	return 1;
}

/* A ring that is full, since its reader is slow or gone, is passed over; `number` tells its reader. */
static __always_inline void pour(const struct frame_sample *sample)
{
	for (__u32 i = 0; i < TAP_SLOTS; i++) {
		__u64 tap = word(i, 0);
		void *ring = bpf_map_lookup_elem(&frame_taps, &tap);

		if (ring)
			bpf_ringbuf_output(ring, (void *)sample, sizeof(*sample), 0);
	}
}

__noinline int show_at_xdp(struct xdp_md *xdp, __u32 family, __u32 outcome)
{
	struct sampler *sampler = sampler_here();

	if (!sampler || !begin_sample(sampler, family, outcome))
		return 0;
	if (outcome == OUTCOME_ANSWERED && !observe) {
		sampler->sample.answer_length = (__u32)bpf_xdp_get_buff_len(xdp);
		copy_from_xdp(xdp, sampler->sample.answer, sampler->sample.answer_length);
	}
	pour(&sampler->sample);
	return 0;
}

__noinline int show_at_tc(struct __sk_buff *skb, __u32 family, __u32 outcome)
{
	struct sampler *sampler = sampler_here();

	if (!sampler || !begin_sample(sampler, family, outcome))
		return 0;
	if (outcome == OUTCOME_ANSWERED && !observe) {
		sampler->sample.answer_length = skb->len;
		copy_from_tc(skb, sampler->sample.answer, sampler->sample.answer_length);
	}
	pour(&sampler->sample);
	return 0;
}
