/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps: state, fence, statistics and events are different maps, each with its writer and reader. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/ndp.h"
#include "bpf/wire.h"

/* Sizes are defaults; the speaker sets them from `capacity` before it creates the maps. */
enum { CAPACITY = 65536 };

/* Who is answered for. Written by the speaker; read by the next one, and by people. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CAPACITY);
	__type(key, struct announced_v4_key);
	__type(value, struct announced_page);
} announced_v4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CAPACITY);
	__type(key, struct announced_v6_key);
	__type(value, struct announced_page);
} announced_v6 SEC(".maps");

/* The same, laid out for the responder (bpf/pages.h). Written by the speaker, in place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4 * CAPACITY);
	__type(key, __u32);
	__type(value, struct placed_v4);
} pages_v4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4 * CAPACITY);
	__type(key, __u32);
	__type(value, struct placed_v6);
} pages_v6 SEC(".maps");

/*
 * Nobody reads it. A write to a map of maps returns when every program that ran at its beginning has ended: that
 * is how the speaker waits before it gives a page's place to another.
 */
struct nothing {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct nothing);
} grace SEC(".maps");

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

/*
 * Requests answered since the map was made: element cpu * slots + slot of the announcement, as of the last multiple of
 * ANSWERED_STEP. Apart from it, so that rewriting a page keeps its counts. Written by the responder alone. Not a per-CPU
 * array, whose table of pointers is one more cache miss for every answer.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 3 * CAPACITY);
	__type(key, __u32);
	__type(value, __u64);
} answered SEC(".maps");

/*
 * The last bytes of those, as of now, ANSWERED_LOW_COUNTS to a word. This is what every answer counts in: a million
 * addresses' stay in a processor's cache, where words for each were a miss for every answer.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 3 * CAPACITY / ANSWERED_LOW_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} answered_low SEC(".maps");

/* What a slot's counts came to when it was given to its announcement. The speaker's own. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 3 * CAPACITY);
	__type(key, __u32);
	__type(value, __u64);
} answered_before SEC(".maps");

/*
 * Which announcements were given up to a rival (1), by slot. Set by the responder, cleared by the speaker when
 * it announces. Apart from the page: neither can undo what the other just wrote there.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3 * CAPACITY);
	__type(key, __u32);
	__type(value, __u32);
} yielded SEC(".maps");

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
	__uint(max_entries, 3 * CAPACITY);
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

/* The same for `isat watch --frames`: rings of samples, read by the programs that show frames. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, TAP_SLOTS);
	__type(key, __u32);
	__array(values, struct tap);
} frame_taps SEC(".maps");

/*
 * Until when, in CLOCK_BOOTTIME ns, somebody reads the ring in this place of frame_taps; 0 = nobody. Pushed on by
 * the watcher, read by the speaker, which lets the programs show frames for as long as there is one.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TAP_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} watched_until SEC(".maps");

/* Where a sample is put together, and how many there were lately. The responder's own. */
struct sampler {
	struct frame_sample sample;
	__u64 window; /* the current one, by number */
	__u64 shown;  /* in it */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sampler);
} samplers SEC(".maps");

/*
 * The boot time as of this tick: reading the boot clock costs 23 ns, the coarse clock 2, and the count of ticks less than
 * one.
 */
struct tick {
	__u64 jiffies;
	__u64 boot_ns;
};

/*
 * What a frame needs in memory while the responder looks at it, and the clock as of this tick (bpf/stack.bpf.h). The
 * responder's own.
 */
struct scratch {
	__u32 index; /* of the look-up at hand */
	__u32 unused;
	__u64 limit;   /* the deadline that is asked about */
	__u64 jiffies; /* the tick that is asked about */
	struct tick tick;
	struct nd_sender sender;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");
