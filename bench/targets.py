# SPDX-License-Identifier: Apache-2.0
"""What isat is to reach, each judged from one run's figures."""

import statistics


def rates(ends):
    """Answers a second of each, round by round."""
    return {(row["responder"], row["family"], row["addresses"]): row["rounds"] for row in ends["saturation"]}


def ratio(all_rates, one, other):
    """The median of the rounds' own ratios: a machine that others share changes its pace from one round to the next."""
    if one not in all_rates or other not in all_rates:
        return None
    mine, theirs = all_rates[one], all_rates[other]
    if len(mine) != len(theirs):  # asked less often, being slow
        return statistics.median(mine) / statistics.median(theirs)
    return statistics.median(a / b for a, b in zip(mine, theirs))


def added_ns(all_rates, one, other):
    return statistics.median(1e9 / a - 1e9 / b for a, b in zip(all_rates[one], all_rates[other]))


def latency(ends, responder, rate):
    return next((row["p99"] for row in ends["latency"] if row["hogged"] and row["responder"] == responder
                 and row["rate"] == rate and row["answers"]), None)


def per_latency(ends, ours):
    """At the lowest pace, where MetalLB's still answers all."""
    mine, theirs = latency(ends, ours, 1000), latency(ends, "metallb", 1000)
    return mine / theirs if mine and theirs else None


def answered(rows):
    return min((row["answers"] / row["questions"] for row in rows), default=None)


def verdict(value, reached, form):
    return ["not measured", ""] if value is None else [form.format(value), "reached" if reached(value) else "**missed**"]


def at_least(name, target, value):
    return [name, f"≥ {target}", *verdict(value, lambda v: v >= target, "{:.2f}")]


def at_most(name, target, value, unit=""):
    return [name, f"≤ {target:g}{unit}", *verdict(value, lambda v: v <= target, "{:.4g}" + unit)]


def judge(micro, ends, dpdk):
    """Rows of figure, target, measured, verdict."""
    r = rates(ends)
    native, kernel = ("native", "arp", 1024), ("kernel", "arp", 1024)

    def time(name):
        return micro[name]["real_time"] if name in micro else None

    hit, miss = time("addresses/xdp/arp/hit/pool/1024"), time("addresses/xdp/arp/miss/pool/1024")
    trusted, swap = ("native, trusted", "arp", 1024), ("swap", "arp", 1024)
    burst = [row for row in ends["bursts"] if row["responder"] == "native" and row["questions"] == 100_000]
    rows = [
        at_least("native ÷ bare MAC swap, 1k addresses", 0.90, ratio(r, native, swap)),
        at_least("the same with CAP_PERFMON", 0.90, ratio(r, trusted, swap)),
        ["nanoseconds that native adds to a frame", "", f"{added_ns(r, native, swap):.1f}", ""],
        at_least("native ÷ kernel stack, 1k addresses", 6, ratio(r, native, kernel)),
        at_least("the same with CAP_PERFMON", 6, ratio(r, trusted, kernel)),
        at_least("native ÷ MetalLB's responder, 1 address", 60, ratio(r, ("native", "arp", 1), ("metallb", "arp", 1))),
        at_least("native ÷ MetalLB's responder, 1k addresses", 200, ratio(r, native, ("metallb", "arp", 1024))),
        at_least("tc ÷ kernel stack", 2, ratio(r, ("tc", "arp", 1024), kernel)),
        at_least("the same with CAP_PERFMON", 2, ratio(r, ("tc, trusted", "arp", 1024), kernel)),
        at_least("64k ÷ 1 address, native", 0.90, ratio(r, ("native", "arp", 65536), ("native", "arp", 1))),
        at_least("1M ÷ 1 address, native", 0.60, ratio(r, ("native", "arp", 1048576), ("native", "arp", 1))),
        at_most("added to other traffic, over XDP_PASS", 3, time("other/xdp/tcp"), " ns"),
        at_most("a miss ÷ a hit, in the kernel, 1k addresses", 1, miss / hit if hit and miss else None),
        at_least("burst of 100k, answered", 1, answered(burst)),
        at_least("answered with the speaker stopped and every core hogged", 1, answered([ends["stopped_speaker"]])),
        at_most("p99 with every core hogged, native ÷ MetalLB's", 0.01, per_latency(ends, "native")),
        at_most("p99 with every core hogged, tc ÷ MetalLB's", 0.01, per_latency(ends, "tc")),
        at_least("NDP ÷ ARP, native, 1k addresses", 0.8, ratio(r, ("native", "ndp", 1024), native)),
    ]
    return rows + [[row["figure"], f"≥ {row['target']}", f"{row['measured']:.2f}", "reached" if row["met"] else "**missed**"]
                   for row in (dpdk or {}).get("targets", [])]
