/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* One announcement, as a look-up finds it. */
#pragma once

#include "bpf/wire.h"

/* In whole words: bpf/stack.bpf.h says why. */
struct announced {
	mac_t mac;  /* to answer with */
	__u64 slot; /* where it is counted */
};
