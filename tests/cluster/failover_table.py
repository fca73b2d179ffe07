# SPDX-License-Identifier: Apache-2.0
"""The table of docs/FAILOVER.md: a row for each case, median and worst of its runs."""

import re
import statistics

from failover_case import broken_promises

COLUMNS = ("what happens", "runs", "questions lost", "gap ended, ms", "overlap, ms", "last move, ms", "addresses moved",
           "beyond the promise")


def text(measured, count):
    """measured: [(case, its outcomes)]; count: of addresses."""
    rows = [_row(case, outcomes, count) for case, outcomes in measured]
    return "\n".join([f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|", *rows])


def _row(case, outcomes, count):
    lost = [outcome.lost for outcome in outcomes]
    broken = sum(bool(broken_promises(case, outcome)) for outcome in outcomes)
    cells = [case.name, len(outcomes), f"{statistics.median(lost):.0f} / {max(lost)}",
             *(_milliseconds([getattr(outcome, what) for outcome in outcomes]) for what in ("gap", "overlap", "move")),
             f"{max(outcome.moved for outcome in outcomes)} of {count}", broken]
    return f"| {' | '.join(map(str, cells))} |"


def _milliseconds(values):
    return f"{statistics.median(values) * 1000:.0f} / {max(values) * 1000:.0f}"


def picture(case):
    """The name of its file, beside the table."""
    return f"failover_{re.sub(r'[^a-z0-9]+', '_', case.name.lower())}.svg"


def write(document, marker, measured, count, machine):
    """Between the document's marks of that name: where it was measured, the table, and the pictures there are."""
    pictures = [f"[{case.name}]({picture(case)})" for case, _ in measured if (document.parent / picture(case)).exists()]
    said = f"Measured on {machine}.\n\n{text(measured, count)}"
    if pictures and marker == "isat":
        said += f"\n\nOne run of each, address by address: {', '.join(pictures)}."
    replace(document, marker, said)


def replace(document, marker, said):
    """What stands between the document's marks of that name."""
    marked = re.compile(rf"(<!-- {marker} -->\n).*?(<!-- end -->)", re.DOTALL)
    whole, found = marked.subn(lambda match: f"{match[1]}{said}\n{match[2]}", document.read_text())
    assert found == 1, f"{document}: no place for {marker}"
    document.write_text(whole)
