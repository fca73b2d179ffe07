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

/* Keys have no hidden bytes: bpf(2) hashes all of them. ifindex is host order. */
struct announced_v4_key {
	__u8 address[4] ISAT_ALIGNED; /* bytes, so that bpftool prints 192,0,2,10 */
	__u32 ifindex;
};
ISAT_ASSERT_SIZE(struct announced_v4_key, 8);

struct announced_v6_key {
	__u8 address[16] ISAT_ALIGNED;
	__u32 ifindex;
};
ISAT_ASSERT_SIZE(struct announced_v6_key, 20);

enum announced_flags {
	/* The one thing the responder writes here: a rival announced the address after the deadline. */
	ANNOUNCED_YIELDED = 1,
};

struct announced {
	__u8 mac[6];
	__u16 flags; /* enum announced_flags */
	__u32 slot;  /* index into answered and event_limits; an announcement keeps it for life */
};
ISAT_ASSERT_SIZE(struct announced, 12);

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

/* Rings that `isat watch` may add beside the speaker's own. */
#define TAP_SLOTS 8
