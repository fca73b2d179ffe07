#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the control plane costs against a real kube-apiserver: from an assignment to its first answer, the first view of a
large cluster, and the traffic of many members' Leases.

Usage: control_plane.py [--quick] OUTPUT.json
"""

import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests/cluster"), str(ROOT / "tests/e2e")]
import assignment_to_answer  # noqa: E402
import first_view  # noqa: E402
import lease_traffic  # noqa: E402
from cluster import Cluster  # noqa: E402

BEGAN = time.monotonic()


def say(text):
    print(f"{time.monotonic() - BEGAN:4.0f} s: control plane: {text}", file=sys.stderr, flush=True)


def main():
    arguments = sys.argv[1:]
    quick = "--quick" in arguments
    output = Path([each for each in arguments if not each.startswith("--")][0])
    result = {}
    # The small cluster first: what a large one leaves behind would slow the others' API server down.
    with tempfile.TemporaryDirectory() as directory, Cluster(directory) as cluster:
        say("from an assignment to its first answer")
        result["assignment"] = assignment_to_answer.measure(cluster, 20 if quick else 200)
        result["leases"] = []
        for members in (40,) if quick else (40, 200):
            say(f"the Leases of {members} members")
            result["leases"].append(lease_traffic.measure(cluster, members, 5 if quick else 30))
        say("the first view of a large cluster")
        result["first_view"] = first_view.measure(cluster, 1 if quick else 5)
    output.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
