# SPDX-License-Identifier: Apache-2.0
"""Holds what the arm64 machine said of each row against what the native transforms made of it, and says how the
speaker's tests ended there.

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


def outcome(run):
    """The action and the frame that bpftool tells; neither where the kernel refused the frame."""
    return run.get("retval"), bytes(run.get("data_out", [])).hex()


def programs(rows, console):
    """How many frames became something else than they should."""
    assert re.search(r"^loaded$", console, re.M) and re.search(r"^ended$", console, re.M), console[-2000:]
    said = {(hook, int(number)): outcome(json.loads(text))
            for hook, number, text in re.findall(r"^row (\w+) (\d+) (\{.*\})$", console, re.M)}
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
    return len(wrong)


def speaker(console):
    """Whether its tests passed, every one of them."""
    said = console.partition("\nended\n")[2]
    passed = re.search(r"^speaker: exit status 0$", said, re.M)
    if not passed:
        print(said)
    summary = re.search(r"^\d+ (passed|failed|error).*$", said, re.M)
    print(f"the speaker: {summary[0] if summary else 'its tests did not end'}")
    return bool(passed)


def main():
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    console = Path(sys.argv[2]).read_text(errors="replace").replace("\r", "")
    wrong = programs(rows, console)
    sys.exit(0 if speaker(console) and not wrong else 1)


main()
