# SPDX-License-Identifier: Apache-2.0
"""The report's pictures, as SVG."""

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "isat"  # the same figures give the same file
from matplotlib import pyplot  # noqa: E402

from responders import LABEL  # noqa: E402

SIZE = (8, 4)


def _save(figure, path):
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def saturation(path, rows):
    chosen = sorted((row for row in rows if row["family"] == "arp" and row["addresses"] == 1024), key=lambda row: row["median"])
    figure, axes = pyplot.subplots(figsize=SIZE)
    bars = axes.barh([LABEL[row["responder"]] for row in chosen], [row["median"] for row in chosen],
                     xerr=[[row["median"] - row["low"] for row in chosen], [row["high"] - row["median"] for row in chosen]])
    axes.bar_label(bars, [f" {row['median'] / 1e6:.2f} M" for row in chosen])
    axes.set_xscale("log")
    axes.set_xlabel("ARP requests answered a second, 1,024 addresses")
    _save(figure, path)


def addresses(path, rows):
    figure, axes = pyplot.subplots(figsize=SIZE)
    for family in ("arp", "ndp"):
        chosen = sorted((row["addresses"], row["median"] / 1e6) for row in rows
                        if row["responder"] == "native" and row["family"] == family)
        axes.plot(*zip(*chosen), marker="o", label=family.upper())
    axes.set_xscale("log", base=2)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("addresses announced and asked for, in random order")
    axes.set_ylabel("million answers a second, native")
    axes.legend()
    _save(figure, path)


def latency(path, rows):
    chosen = [row for row in rows if row["rate"] == 1000 and row["answers"]]
    labels = [f"{LABEL[row['responder']]}{', hogged' if row['hogged'] else ''}" for row in chosen]
    figure, axes = pyplot.subplots(figsize=SIZE)
    for quantile, marker in (("p50", "o"), ("p99", "s"), ("p99.9", "^")):
        axes.plot([row[quantile] / 1e3 for row in chosen], labels, marker, label=quantile)
    axes.set_xscale("log")
    axes.set_xlabel("microseconds from question to answer, at 1,000 a second")
    axes.legend()
    _save(figure, path)


def draw(directory, ends):
    saturation(directory / "saturation.svg", ends["saturation"])
    addresses(directory / "addresses.svg", ends["saturation"])
    latency(directory / "latency.svg", ends["latency"])
