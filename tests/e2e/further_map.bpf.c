// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Behind maps.bpf.h in the build of tests/e2e/test_upgrade.py: a map that this build does not know. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} further SEC(".maps");
