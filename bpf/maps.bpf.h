/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps: state, fence, statistics and events are different maps, each with its writer and reader. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"

/* Sizes are defaults; the speaker sets them from `capacity` before it creates the maps. */
enum { CAPACITY = 65536 };

/* Who is answered for. Written by the speaker (the responder sets the flag ANNOUNCED_YIELDED only). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CAPACITY);
	__type(key, struct announced_v4_key);
	__type(value, struct announced);
} announced_v4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CAPACITY);
	__type(key, struct announced_v6_key);
	__type(value, struct announced);
} announced_v6 SEC(".maps");

/* Until when, in CLOCK_BOOTTIME ns, the announcements are vouched for; 0 = for ever. By the speaker. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} deadline SEC(".maps");

/* Frames by interface slot, family and outcome. Written by the responder, read by metrics and status. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, INTERFACE_SLOTS * FAMILY_COUNT * OUTCOME_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} outcomes SEC(".maps");

/* Requests answered, by slot of the announcement. Apart from it: rewriting an entry keeps its count. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * CAPACITY);
	__type(key, __u32);
	__type(value, __u64);
} answered SEC(".maps");

/* Which interface a slot of `outcomes` stands for. Written by the speaker, read by status. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, INTERFACE_SLOTS);
	__type(key, __u32);
	__type(value, struct attached);
} attached SEC(".maps");

/* Conflicts, claims and yields. Written by the responder; its one consumer is the speaker. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* The limiter's memory, by slot of the announcement. The responder's own; read by status. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * CAPACITY);
	__type(key, __u32);
	__type(value, struct event_limit);
} event_limits SEC(".maps");

/* Rings beside `events`, one for each `isat watch`, which puts it in and takes it out. */
struct tap {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, TAP_SLOTS);
	__type(key, __u32);
	__array(values, struct tap);
} taps SEC(".maps");

/*
 * The boot time as of the current tick of the coarse clock: reading the boot clock costs 23 ns, the
 * coarse clock 2. The responder's own.
 */
struct tick {
	__u64 coarse_ns;
	__u64 boot_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tick);
} ticks SEC(".maps");
