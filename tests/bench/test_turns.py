# SPDX-License-Identifier: Apache-2.0
"""bench/turns, as its help has it: both builds beside the swap, and what cannot be measured is refused in a line."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))
from tests.requirement import require  # noqa: E402

BUILD = os.environ["ISAT_BUILD"]


def turns(*arguments):
    command = [ROOT / "bench/turns", "--rounds", "3", "--questions", "5000", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_builds_side_by_side():
    require(os.geteuid() == 0, "network namespaces and BPF need root")
    ran = turns("--cases", "arp:1", "ndp:1024", "--builds", f"before={BUILD}", f"now={BUILD}")
    assert ran.returncode == 0, ran.stderr
    rows = [line.split() for line in ran.stdout.splitlines()[1:]]
    assert [row[:2] for row in rows] == [["arp", "1"]] * 3 + [["ndp", "1,024"]] * 3
    assert ["before" in row for row in rows] == [False, True, False] * 2
    for row in rows:
        lowest, quartile, median = map(float, row[-5:-2])
        assert 10 < lowest <= quartile <= median, row
    assert [row[-2:] for row in rows if "swap" in row] == [["1.00", "1.00"]] * 2


def test_a_folder_without_a_build():
    ran = turns("--builds", "now=/nowhere")
    assert ran.returncode == 2
    assert "turns: error: argument --builds: now=/nowhere: no /nowhere/bench/holder; build `benches` there" in ran.stderr


def test_one_round_has_no_quartile():
    ran = turns("--rounds", "1")
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == "turns: error: argument --rounds: 1: a quartile takes two rounds"
