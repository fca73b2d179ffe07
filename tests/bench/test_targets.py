# SPDX-License-Identifier: Apache-2.0
"""What the bench says of its figures: who reached what, and why not."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "bench"), str(ROOT / "tests/e2e"), str(ROOT / "tests/cluster")]
import control_plane_section  # noqa: E402
import report  # noqa: E402
import targets  # noqa: E402

NATIVE, SWAP = "native ÷ bare MAC swap, 1k addresses", "swap"
OTHER = "added to other traffic, over XDP_PASS"


def ends(native, swap):
    """Rounds of answers a second; of what else the bench measures just enough to be judged."""
    def row(responder, rounds, addresses=1024, family="arp"):
        return {"responder": responder, "family": family, "addresses": addresses, "rounds": rounds}

    return {"saturation": [row("native", native), row(SWAP, swap)], "latency": [],
            "bursts": [{"responder": "native", "questions": 100_000, "answers": 99_999}],
            "stopped_speaker": {"questions": 10, "answers": 10}}


def verdicts(native=(90,), swap=(100,), other=3.0, dpdk=None):
    rows = targets.judge({"other/xdp/tcp": {"real_time": other}}, ends(list(native), list(swap)), dpdk)
    return {figure: (measured, verdict) for figure, _, measured, verdict in rows}


def test_a_target_is_reached_when_it_is_met():
    assert verdicts()[NATIVE] == ("0.90", "reached")
    assert verdicts(native=[89.4])[NATIVE] == ("0.89", "**missed**")
    assert verdicts(other=3.0)[OTHER][1] == "reached"
    assert verdicts(other=3.1)[OTHER][1] == "**missed**"


def test_rounds_are_compared_each_with_its_own():
    """The machine was slow in the second round, for both, and in the third only while the swap was not asked."""
    assert verdicts([100, 60, 50], [100, 60, 200])[NATIVE][0] == "1.00"


def test_one_question_lost_is_a_target_missed():
    assert verdicts()["burst of 100k, answered"] == ("1.00", "**missed**")


def test_what_was_not_measured_is_neither():
    assert verdicts()["NDP ÷ ARP, native, 1k addresses"] == ("not measured", "")


def test_a_miss_is_explained_and_nothing_else():
    rows = [[NATIVE, "≥ 0.9", "0.80", "**missed**"], [OTHER, "≤ 3 ns", "1 ns", "reached"]]
    said = "\n".join(report.missed(rows))
    assert f"**{NATIVE}**" in said and said.count("- **") == 1
    assert not report.missed([[NATIVE, "≥ 0.9", "0.95", "reached"]])


def test_every_explanation_is_of_a_figure_there_is():
    dpdk = {"targets": [{"figure": f"isat per testpmd icmpecho, net_pcap, {n} addresses", "target": 1, "measured": 1, "met": True}
                        for n in (1024, 1048576)]}
    control_plane = {"assignment": {"from_patch": [0.01]}, "first_view": {"runs": [{"seconds": 1, "peak_mib": 40}]}}
    judged = {*verdicts(dpdk=dpdk), *(figure for figure, *_ in control_plane_section.judge(control_plane))}
    explained = {line.split("**")[1] for line in (ROOT / "bench/missed.md").read_text().splitlines() if line.startswith("- **")}
    assert explained and explained <= judged
