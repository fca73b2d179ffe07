#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures failover as a client sees it, and writes the table and the pictures of docs/FAILOVER.md.

Run by scripts/failover. Each case is a fault at the node that holds most, while the client asks for each of many
addresses 200 times a second.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import failover_case  # noqa: E402
import failover_table  # noqa: E402
from churn import run_churn  # noqa: E402
from election import holder  # noqa: E402
from kept_outcomes import KeptOutcomes  # noqa: E402
from provenance import machine  # noqa: E402
from metallb_lab import MetallbLab  # noqa: E402
from node_lab import ROOT, NodeLab  # noqa: E402
from lab import BUILD  # noqa: E402

DOCS = ROOT / "docs"

COUNT = 50  # of addresses


def addresses(lab):
    share = COUNT // len(lab.networks)
    return [template.format(number) for template in lab.networks for number in range(10, 10 + share)]


def populate(lab):
    """A Service for each address, with endpoints everywhere; returns when each has its holder."""
    lab.resources.pool()
    lab.resources.advertisement()
    for number, address in enumerate(addresses(lab)):
        family = "IPv6" if ":" in address else "IPv4"
        lab.resources.service(f"web-{number}", address, endpoints=list(lab.nodes), families=[family])
    lab.wait_all_held(expected(lab))


def expected(lab):
    return {address: holder(address, lab.nodes) for address in addresses(lab)}


def busiest(lab):
    held = list(expected(lab).values())
    return lab[max(lab.nodes, key=held.count)]


def measure(lab, case, number, picture):
    """One run. picture: a file for one of it, or None."""
    outcome, answers = failover_case.run(lab, case, addresses(lab), busiest(lab))
    print(f"{case.name}, run {number + 1}: {answers}", flush=True)
    if broken := failover_case.broken_promises(case, outcome):
        print("\n".join(["broken:", *broken, lab.story()]), flush=True)
    if picture:
        from timeline import draw
        draw(answers, lab.history, picture, f"{case.name}: {answers.asked} questions")
    lab.wait_all_held(expected(lab), seconds=30)
    return outcome


def measure_all(lab, arguments, cases, kept, pictures):
    """The cases in turn, and all again, until each has its runs: whenever the time is up, all have as many. A picture of
    the first of each that is measured now."""
    end = time.monotonic() + 60 * arguments.minutes
    undrawn = {case.name for case in cases} if pictures else set()
    for number in range(arguments.runs):
        for case in cases:
            if number < len(kept.of(case.name)):
                continue
            if time.monotonic() > end:
                print(f"{arguments.minutes} minutes are over; the same command goes on from here", flush=True)
                return
            picture = pictures / failover_table.picture(case) if case.name in undrawn else None
            undrawn.discard(case.name)
            kept.add(case.name, measure(lab, case, number, picture))


def churn(lab, arguments):
    seed = int(os.environ.get("ISAT_CHURN_SEED", random.randrange(1 << 32)))
    outcome = run_churn(lab, arguments.churn, seed, addresses(lab))
    print(outcome.text())
    if arguments.write:
        outcome.write(DOCS, machine())
    return 1 if outcome.faults else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60, help="no run begins after them")
    parser.add_argument("--case", action="append", help="only cases whose name contains this; may be repeated")
    parser.add_argument("--api-away", type=float, default=60, help="seconds without an API server")
    parser.add_argument("--metallb", action="store_true", help="with MetalLB's speaker instead of isat")
    parser.add_argument("--churn", type=float, metavar="SECONDS", help="instead: everything at once, for so long")
    parser.add_argument("--write", action="store_true", help="into docs/: the table and the pictures")
    return parser.parse_args()


def main():
    arguments = parse()
    # Members of a gossip ring of three are given up after about five seconds, and Leases after two.
    make, lapse, marker = (MetallbLab, 15, "metallb") if arguments.metallb else (NodeLab, 6, "isat")
    cases = [case for case in failover_case.cases(arguments.api_away, lapse)
             if not arguments.case or any(part in case.name for part in arguments.case)]
    with tempfile.TemporaryDirectory() as directory, make(directory, 4 if arguments.churn else 3) as lab:
        lab.start_all()
        populate(lab)
        if arguments.churn:
            return churn(lab, arguments)
        kept = KeptOutcomes(BUILD / f"failover-{marker}.json", f"{machine()}, {arguments.api_away:g} s without the API")
        measure_all(lab, arguments, cases, kept, DOCS if arguments.write and marker == "isat" else None)
    measured = [(case, kept.of(case.name)) for case in cases if kept.of(case.name)]
    print(failover_table.text(measured, COUNT))
    if arguments.write:
        failover_table.write(DOCS / "FAILOVER.md", marker, measured, COUNT, machine())
    return 0


if __name__ == "__main__":
    sys.exit(main())
