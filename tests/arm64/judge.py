# SPDX-License-Identifier: Apache-2.0
"""Holds what the arm64 machine said of each row against what the native transforms made of it.

Usage: judge.py ROWS CONSOLE    a JSON object a line, as print_solicitations prints them; what tests/arm64/init printed
"""

import json
import re
import sys
from pathlib import Path

# (passed, sent) at each hook; bpftool prints actions unsigned.
ACTIONS = {"xdp": (2, 3), "tc": (2**32 - 1, 7)}
ETHERNET, SHORTEST = 14, {0x86DD: 54, 0x0800: 34}


def takes(hook, frame):
    """BPF_PROG_TEST_RUN refuses frames that end in a header it reads itself."""
    if len(frame) < ETHERNET:
        return False
    return hook == "xdp" or len(frame) >= SHORTEST.get(int.from_bytes(frame[12:14], "big"), ETHERNET + 1)


def main():
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    console = Path(sys.argv[2]).read_text(errors="replace").replace("\r", "")
    assert re.search(r"^loaded$", console, re.M) and re.search(r"^ended$", console, re.M), console[-2000:]
    said = {(hook, int(number)): (int(action or -1), out)
            for hook, number, action, out in re.findall(r"^row (\w+) (\d+) (\d*) ?(\w*)$", console, re.M)}
    wrong, judged = [], 0
    for hook, (passed, sent) in ACTIONS.items():
        for number, row in enumerate(rows, start=1):
            if not takes(hook, bytes.fromhex(row["in"])):
                continue
            judged += 1
            wanted = (sent, row["out"]) if row["out"] else (passed, row["in"])
            if said.get((hook, number)) != wanted:
                wrong.append(f"{row['name']} at {hook}: {said.get((hook, number))}, not {wanted}")
    answered = sum(row["out"] is not None for row in rows)
    assert judged > 300 and answered > 20, (judged, answered)
    print("\n".join(wrong))
    print(re.search(r"^Linux.*$", console, re.M)[0])
    print(f"{judged} frames at XDP and tc, {answered} rows of {len(rows)} answered; {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


main()
