#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns what the benches measured into report.md with its plots.

Usage: report.py DIRECTORY [SECONDS]    (reads what the benches left there as *.json; writes report.md and *.svg)
       SECONDS: how long they took
"""

import json
import sys
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[1] / "tests/cluster")]
import control_plane_section  # noqa: E402
import native_section  # noqa: E402
import plots  # noqa: E402
from provenance import machine  # noqa: E402
from markdown import duration, millions, table  # noqa: E402
from responders import LABEL  # noqa: E402
from targets import judge  # noqa: E402


def load(path):
    return json.loads(path.read_text()) if path.exists() else None


def medians(micro):
    """{name: row} of the medians; times in nanoseconds a frame beyond a program that passes everything."""
    rows = {}
    for row in micro["benchmarks"]:
        if row.get("aggregate_name") == "median" and not row.get("error_occurred"):
            rows[row["run_name"].split("/iterations:")[0]] = row
    return rows


def saturation(rows):
    ordered = sorted(rows, key=lambda row: (row["family"], -row["median"]))
    return table(["responder", "family", "addresses", "answers/s, median", "lowest", "highest"],
                 [[LABEL[row["responder"]], row["family"].upper(), f"{row['addresses']:,}", millions(row["median"]),
                   millions(row["low"]), millions(row["high"])] for row in ordered])


def bursts(rows):
    return table(["responder", "burst", "answered"],
                 [[LABEL[row["responder"]], f"{row['questions']:,}", f"{100 * row['answers'] / row['questions']:.1f} %"]
                  for row in rows])


def latency(rows):
    return table(["responder", "cores", "asked/s", "answered", "p50", "p99", "p99.9"],
                 [[LABEL[row["responder"]], "all hogged" if row["hogged"] else "idle", f"{row['rate']:,}",
                   f"{100 * row['answers'] / row['questions']:.1f} %",
                   *(duration(row[q]) if row["answers"] else "-" for q in ("p50", "p99", "p99.9"))] for row in rows])


def dpdk_rates(rows):
    """As bench/dpdk/run wrote them; `floor` only swaps the MAC addresses, testpmd answers ARP without a table."""
    return table(["source", "family", "addresses", "isat", "floor", "testpmd icmpecho"],
                 [[row["source"], row["family"], f"{row['addresses']:,}",
                   *("-" if row[who] is None else millions(row[who]) for who in ("isat", "floor", "testpmd"))]
                  for row in rows])


def dpdk_cycles(rows):
    return table(["cycles per frame, net_ring", "addresses", "isat", "floor"],
                 [[row["family"], f"{row['addresses']:,}", f"{row['isat']:.0f}", f"{row['floor']:.0f}"] for row in rows])


def frames(rows, prefix):
    chosen = {name: row for name, row in rows.items() if name.startswith(prefix)}
    return table(["frame", "ns", "instructions translated", "verified"],
                 [[name.removeprefix(prefix), f"{row['real_time']:.1f}", f"{row.get('translated', 0):.0f}",
                   f"{row.get('verified', 0):.0f}"] for name, row in chosen.items()])


def missed(verdicts):
    """What bench/missed.md says of the targets that this run missed: its paragraphs are headed by the figure's name."""
    figures = {figure for figure, _, _, verdict in verdicts if "missed" in verdict}
    paragraphs = (Path(__file__).parent / "missed.md").read_text().split("\n\n")
    said = [each.strip() for each in paragraphs if any(each.startswith(f"- **{figure}**") for figure in figures)]
    return ["### What the profile shows where a target is missed\n", "\n".join(said) + "\n"] if said else []


def report(measured, seconds=None):
    rows, ends, dpdk = medians(measured["micro"]), measured["end_to_end"], measured["dpdk"]
    control_plane = measured["control_plane"]
    verdicts = judge(rows, ends, dpdk) + control_plane_section.judge(control_plane)
    took = "" if seconds is None else f" It took {seconds // 60} min {seconds % 60} s once everything was built."
    parts = ["# Benchmarks\n", f"From one run of `sudo scripts/bench` on {machine()}.{took}\n",
             "Ratios inside one run are the result; absolute times are context.\n",
             "## Targets\n", table(["figure", "target", "measured", ""], verdicts), *missed(verdicts),
             "## End to end\n",
             "Questions go in as live frames on one end of a veth pair, in random order over the addresses; answers are "
             "counted and dropped on the same end. Generator, responder and sink share one core, but for responders in "
             "user space, which have the other and are asked no more than "
             "they can lose. Responders in turn, and all again; median of the rounds.\n",
             "![answers a second](saturation.svg)\n", saturation(ends["saturation"]),
             "![many addresses](addresses.svg)\n",
             "### Bursts at line rate\n", bursts(ends["bursts"]),
             f"With the speaker stopped (SIGSTOP) and every core hogged: {ends['stopped_speaker']['answers']:,} of "
             f"{ends['stopped_speaker']['questions']:,} answered.\n",
             "### Latency, from question to answer\n", "![latency](latency.svg)\n", latency(ends["latency"])]
    if control_plane is not None:
        parts.append(control_plane_section.section(control_plane))
    parts += ["## One frame in the kernel\n",
              "BPF_PROG_TEST_RUN, the question put back before every run; nanoseconds beyond a program that passes everything.\n",
              frames(rows, "floor/"), frames(rows, "other/"), frames(rows, "addresses/")]
    if any(name.startswith("row/") for name in rows):
        parts += ["### Every row of the table of solicitations\n", frames(rows, "row/")]
    parts.append(native_section.section(measured["native"]))
    skipped = {LABEL[name]: reason for name, reason in ends["skipped"].items()}
    if control_plane is None:
        skipped["Control plane"] = "no kube-apiserver was built; is the Go module proxy in reach?"
    if skipped:
        parts += ["## Skipped\n", *(f"- {name}: {reason}\n" for name, reason in skipped.items())]
    if dpdk is not None:
        parts += ["## DPDK\n", f"From a run of `bench/dpdk/run` before, at revision {dpdk['revision']}; answers a second.\n",
                  dpdk_rates(dpdk["rates"]), dpdk_cycles(dpdk["cycles"])]
    return "\n".join(parts)


def main():
    directory = Path(sys.argv[1])
    names = ("micro", "end_to_end", "native", "control_plane", "dpdk")
    measured = {name: load(directory / f"{name}.json") for name in names}
    plots.draw(directory, measured["end_to_end"])
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else None
    (directory / "report.md").write_text(report(measured, seconds))


if __name__ == "__main__":
    main()
