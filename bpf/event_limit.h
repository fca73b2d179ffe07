/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* Which events go out: wire.md G4. Limited where a flood arrives, by each responder. C, C++ and BPF. */
#pragma once

#include "bpf/abi.h"
#include "bpf/wire.h"

enum { EVENT_INTERVAL_NS = 1000000000 };

/* One event per announcement, kind and second goes out, so that no flood of claims hides a conflict. */
ISAT_INLINE int is_held_back(struct event_limit *limit, __u32 kind, __u64 now)
{
	__u64 *last, before;

	if (kind == EVENT_CONFLICT)
		last = &limit->last_boot_ns[0];
	else if (kind == EVENT_CLAIM)
		last = &limit->last_boot_ns[1];
	else
		return 0;
	before = *(volatile __u64 *)last;
	/* Signed: another CPU's clock may be a tick ahead of what this one remembers. */
	if (before != 0 && (__s64)(now - before) < EVENT_INTERVAL_NS)
		return 1;
	/* Whoever wins on another CPU reports it. */
	return __sync_val_compare_and_swap(last, before, now) != before;
}
