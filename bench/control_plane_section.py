# SPDX-License-Identifier: Apache-2.0
"""The report's part about the control plane, and what it is to reach."""

import statistics

from markdown import duration, millions, table
from targets import at_most


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def judge(measured):
    """Rows as in targets.judge()."""
    if measured is None:
        return []
    runs = measured["first_view"]["runs"]
    return [
        at_most("assignment to answer, p99", 50, 1000 * quantile(measured["assignment"]["from_patch"], 0.99), " ms"),
        at_most("first view of a large cluster, median", 2, statistics.median(run["seconds"] for run in runs), " s"),
        at_most("peak resident memory then, maps apart", 64, max(run["peak_mib"] for run in runs), " MiB"),
    ]


def section(measured):
    view = measured["first_view"]
    return "\n".join([
        "## Control plane\n",
        "Against a real kube-apiserver and etcd, which run on the same cores.\n",
        "### From an assignment to its answer\n",
        f"{len(measured['assignment']['from_patch'])} Services, one after the other; each address is asked for 1,000 times a "
        "second, and what counts is when the first question was asked that has an answer.\n",
        assignment(measured["assignment"]),
        "### First view\n",
        f"{view['services']:,} Services, {view['slices']:,} EndpointSlices and {view['nodes']} Nodes, from the speaker's start "
        "to its last announcement. Beside it what the same pages take when nobody parses them: the API server's own part.\n",
        first_view(view["runs"]),
        "### Leases\n",
        "Members as they are, in one process but for the speaker, each with its own watch of all Leases; beyond 40 members "
        "all renew less often, so that the writes stay as many. A second's worth, by the API server's own counts; processors "
        "in shares of one.\n",
        leases(measured["leases"])])


def assignment(seconds):
    rows = [[name, *(duration(1e9 * quantile(seconds[key], part)) for part in (0.5, 0.99, 1))]
            for name, key in (("after the patch was sent", "from_patch"), ("after it was confirmed", "from_confirmation"))]
    return table(["the first answer comes", "p50", "p99", "worst"], rows)


def first_view(runs):
    def row(name, key, form):
        values = [run[key] for run in runs]
        return [name, form.format(statistics.median(values)), form.format(max(values))]
    return table(["", "median", "worst"], [
        row("first view", "seconds", "{:.2f} s"), row("the lists alone", "alone", "{:.2f} s"),
        row("processor time of the speaker", "processor", "{:.2f} s"),
        row("peak resident memory", "peak_mib", "{:.0f} MiB"), row("maps, beside it", "map_mib", "{:.0f} MiB")])


def leases(rows):
    return table(["members", "writes", "watch events", "bytes in them", "API server", "etcd", "one speaker"],
                 [[row["members"], f"{row['writes']:.1f}", f"{row['events']:,.0f}", millions(row["bytes"]),
                   *(f"{100 * row[who]:.1f} %" for who in ("api_server", "etcd", "speaker"))] for row in rows])
