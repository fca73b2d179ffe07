# SPDX-License-Identifier: Apache-2.0
"""The report's part about what costs no kernel: native transforms, and decisions by how much there is to decide on."""

from markdown import duration, table

_UNIT = {"ns": 1, "us": 1e3, "ms": 1e6}


def section(measured):
    times = {row["name"]: row["cpu_time"] * _UNIT[row["time_unit"]] for row in measured["benchmarks"]}
    frames = {name.removeprefix("native/"): time for name, time in times.items() if name.startswith("native/")}
    growing = {}
    for name, time in times.items():
        if not name.startswith("native/"):
            what, _, count = name.rpartition("/")
            growing.setdefault(what, {})[int(count)] = time
    counts = sorted({count for each in growing.values() for count in each})
    return "\n".join([
        "## Without a kernel\n",
        "The same transforms as native code, the question put back before every run:\n",
        table(["frame", "processor time"], [[name, duration(time)] for name, time in frames.items()]),
        "What the control plane decides, by how many there are; writing the map is left out:\n",
        table(["", *(f"{count:,}" for count in counts)],
              [[what, *(duration(each[count]) if count in each else "" for count in counts)]
               for what, each in growing.items()])])
