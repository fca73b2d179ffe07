/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* What the responder and user space share: map keys and values, outcomes, events. C, C++ and BPF. */
#pragma once

#include <linux/types.h>

#ifdef __cplusplus
#define ISAT_ASSERT_SIZE(type, size) static_assert(sizeof(type) == (size), #type)
#else
#define ISAT_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)
#endif

/* Bytes that are read and written as 32-bit words. */
#define ISAT_ALIGNED __attribute__((aligned(4)))

/* What a frame is about. */
enum isat_family {
	FAMILY_ARP,
	FAMILY_NDP,
	FAMILY_OTHER,
	FAMILY_COUNT,
};

/* What happened to a frame; exactly one is counted, the first that applies in this order. */
enum isat_outcome {
	OUTCOME_OTHER_TRAFFIC,    /* neither ARP nor a neighbour solicitation or advertisement */
	OUTCOME_UNSUPPORTED,      /* tagged, another hardware or protocol type, fragment, oversized */
	OUTCOME_MALFORMED,
	OUTCOME_CONFLICT,         /* another MAC claims an address announced here */
	OUTCOME_NOT_SOLICITATION, /* a reply or an advertisement, without a conflict */
	OUTCOME_NOT_ANNOUNCED,
	OUTCOME_OTHER_HOST,       /* sent to another host or group */
	OUTCOME_SILENT,           /* the deadline passed, and policy or a yield says no */
	OUTCOME_NO_ROOM,          /* the frame could not be resized for the answer */
	OUTCOME_ANSWERED,
	OUTCOME_COUNT,
};

/*
 * Announcements are kept in pages of neighbouring addresses: a pool takes few elements and stays in the
 * processor's cache, where an element for each address cost several cache misses for every answer.
 */
#define ANNOUNCED_PAGE_SIZE 64 /* addresses; a place in the page is the address's last six bits */
#define ANNOUNCED_PAGE_MASK (ANNOUNCED_PAGE_SIZE - 1)

/*
 * Requests answered are counted in two places, for each CPU and slot: a count's last byte, with those of its neighbours
 * in one word, and all of it, which follows in steps. So the two are never further apart than a step, and the byte says
 * how far.
 */
#define ANSWERED_STEP 64 /* a quarter of what a byte can tell apart, for either may be seen first */
#define ANSWERED_LOW_COUNTS 8

/* Keys have no hidden bytes: bpf(2) hashes all of them. ifindex is host order. */
struct announced_v4_key {
	__u8 address[4] ISAT_ALIGNED; /* the page's lowest; bytes, so that bpftool prints 192,0,2,0 */
	__u32 ifindex;
};
ISAT_ASSERT_SIZE(struct announced_v4_key, 8);

struct announced_v6_key {
	__u8 address[16] ISAT_ALIGNED;
	__u32 ifindex;
};
ISAT_ASSERT_SIZE(struct announced_v6_key, 20);

struct announced_page {
	__u64 announced;  /* a bit for each place */
	__u64 untold;     /* likewise: of whom the LAN has not heard for as long as it should; for the next speaker */
	__u8 mac[6];      /* the interface's, and so the same for all of them */
	__u8 unused[2];
	/* A place's slot is first_slot + place, modulo 2^32: its index into answered, yielded and event_limits. */
	__u32 first_slot;
	__u32 unused_too;
};
ISAT_ASSERT_SIZE(struct announced_page, 32);

/*
 * The same page where the responder looks it up: at the place in an array that its key leads to (bpf/pages.h).
 * Every word is read and written as a whole, by itself.
 */
struct placed_v4 {
	struct announced_v4_key key; /* every byte 0xff = free */
	__u64 announced;
	__u64 answer; /* the MAC as a mac_t, and above PLACED_MAC how many pages stand elsewhere because of this one */
	__u32 first_slot;
	__u32 unused;
};
ISAT_ASSERT_SIZE(struct placed_v4, 32);

struct placed_v6 {
	struct announced_v6_key key;
	__u32 first_slot;
	__u64 announced;
	__u64 answer;
};
ISAT_ASSERT_SIZE(struct placed_v6, 40);

#define PLACED_MAC_BITS 48
#define PLACED_MAC ((1ULL << PLACED_MAC_BITS) - 1)

/* Index into outcomes: (interface slot * FAMILY_COUNT + family) * OUTCOME_COUNT + outcome. */
#define INTERFACE_SLOTS 256
#define OUTCOMES_PER_SLOT ((__u32)FAMILY_COUNT * (__u32)OUTCOME_COUNT)

/*
 * One attached interface, by slot of `outcomes`: written by the speaker, for the next speaker and for
 * readers. ifindex 0 = free.
 */
struct attached {
	__u32 ifindex;
	__u32 mode;        /* enum attached_mode */
	__u32 owns_qdisc;  /* the clsact qdisc is ours to remove once it is empty */
	char name[16];     /* of the interface */
	char reason[100];  /* why this mode; one sentence, terminated */
};
ISAT_ASSERT_SIZE(struct attached, 128);

enum attached_mode {
	ATTACHED_NATIVE = 1, /* XDP in the driver */
	ATTACHED_GENERIC,    /* XDP on the socket buffer */
	ATTACHED_TC,
};

enum event_kind {
	EVENT_CONFLICT, /* another MAC claims the address */
	EVENT_CLAIM,    /* somebody asks whether the address is free (ARP probe, DAD) and was answered */
	EVENT_YIELD,    /* past the deadline the address was given up to the rival */
	EVENT_KIND_COUNT,
};

struct event {
	__u64 boot_ns;   /* CLOCK_BOOTTIME */
	__u32 ifindex;
	__u32 slot;
	__u8 kind;       /* enum event_kind */
	__u8 family;     /* FAMILY_ARP or FAMILY_NDP */
	__u8 mac[6];     /* of the rival or the one who asks */
	__u8 address[16] ISAT_ALIGNED; /* the announced one; IPv4: the first four bytes, the rest zero */
};
ISAT_ASSERT_SIZE(struct event, 40);

/* Per slot: when the last event of each limited kind went out, and how many were held back since. */
struct event_limit {
	__u64 last_boot_ns[2]; /* by EVENT_CONFLICT, EVENT_CLAIM; a yield happens once and is not limited */
	__u64 suppressed;
};
ISAT_ASSERT_SIZE(struct event_limit, 24);

/*
 * What `isat watch --frames` is shown of a frame: as it came, and the answer, in their first bytes. Enough for
 * every ARP packet and for a solicitation with the options hosts send.
 */
#define SAMPLE_BYTES 128

struct frame_sample {
	__u64 boot_ns;         /* CLOCK_BOOTTIME */
	__u64 number;          /* of the frames this CPU could have shown; a gap = frames that were not */
	__u32 cpu;
	__u32 ifindex;
	__u32 length;          /* of the frame as it came, on the wire */
	__u32 answer_length;   /* 0 = none was sent */
	__u8 family;           /* FAMILY_ARP or FAMILY_NDP */
	__u8 outcome;          /* enum isat_outcome */
	__u8 unused[6];
	__u8 frame[SAMPLE_BYTES];
	__u8 answer[SAMPLE_BYTES];
};
ISAT_ASSERT_SIZE(struct frame_sample, 296);

/* Rings that `isat watch` may add: beside the speaker's own, and for frames. */
#define TAP_SLOTS 8
