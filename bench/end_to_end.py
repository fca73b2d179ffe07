#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ranks responders on veth: answers a second, bursts, latency; quiet, with every core hogged, and with the speaker stopped.

Usage: end_to_end.py [--quick] OUTPUT.json
"""

import contextlib
import json
import signal
import statistics
import sys
import time
from pathlib import Path

from responders import OFFERED, START, Missing
from scene import Case, Lab, Scene, hogs

# Those that are compared stand side by side: a machine that others share may be another one ten seconds later.
SATURATION = [
    *(Case(name, "arp", 1024) for name in ("native, trusted", "swap", "native")),
    *(Case("native", "ndp", n) for n in (1024, 1, 65536)), Case("native, trusted", "ndp", 1024),
    *(Case("native", "arp", n) for n in (65536, 1, 1048576)),
    *(Case(name, "arp", 1024) for name in ("tc, trusted", "kernel", "tc", "generic", "farpd")),
    *(Case(name, "ndp", 1024) for name in ("tc", "kernel", "ndppd")),
    Case("metallb", "arp", 1), Case("metallb", "arp", 1024),
]
TIMED = [Case(name) for name in ("native", "tc", "kernel", "metallb")]
RATES = (1_000, 100_000, 1_000_000)
BURSTS = (1_000, 10_000, 100_000)
BEGAN = time.monotonic()


def say(text):
    print(f"{time.monotonic() - BEGAN:4.0f} s: {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, lab, stack, quick):
        self.lab, self.stack, self.quick = lab, stack, quick
        self.scenes, self.skipped = {}, {}

    def scene(self, case):
        """The scene with its responder in place; None, and the reason noted, where it cannot be."""
        if case not in self.scenes:
            scene = Scene(self.lab, case)
            try:
                START[case.responder](scene, self.stack)
                self.scenes[case] = scene
            except Missing as reason:
                self.scenes[case] = None
                self.skipped[case.responder] = str(reason)
                say(f"  {case.responder}: skipped, {reason}")
        return self.scenes[case]

    def each(self, cases):
        return [(case, scene) for case in cases if (scene := self.scene(case)) is not None]

    def saturation(self):
        """Answers a second; the responders in turn, and all again, so that a disturbance hits no one alone."""
        rounds, samples = 2 if self.quick else 3, {}
        ranked = self.each(SATURATION)
        in_kernel = [each for each in ranked if each[0].responder not in OFFERED]
        in_user_space = [each for each in ranked if each[0].responder in OFFERED]
        for number in range(rounds):
            say(f"  round {number + 1} of {rounds}")
            for case, scene in in_kernel * (1 if self.quick else 3):
                result = scene.solicit(self._questions(case))
                # What the floor sends back is no answer, but every frame of it comes back.
                answers = result["returned"] if case.responder == "swap" else result["answers"]
                samples.setdefault(case, []).append(answers / result["seconds"])
            for case, scene in in_user_space:
                if number and self.quick:
                    continue  # slow
                rate = OFFERED[case.responder]
                result = scene.solicit(rate // 2, rate=rate)
                samples.setdefault(case, []).append(result["answers"] / result["seconds"])
        return [{**vars(case), "median": statistics.median(values), "low": min(values), "high": max(values),
                 "rounds": values} for case, values in samples.items()]

    @staticmethod
    def _questions(case):
        """About as long for each: what is compared is then asked within the same moment."""
        if case.responder == "kernel":
            return 300_000 if case.family == "arp" else 50_000
        return 1_000_000

    def bursts(self):
        return [{**vars(case), "questions": size, "answers": scene.solicit(size)["answers"]}
                for case, scene in self.each(TIMED) for size in BURSTS]

    def latencies(self, hogged):
        rows = []
        for case, scene in self.each(TIMED):
            for rate in RATES:
                result = scene.solicit(max(1000, rate // (4 if self.quick else 2)), rate=rate, timed=True)
                rows.append({**vars(case), "hogged": hogged, "rate": rate, "questions": result["questions"],
                             "answers": result["answers"], **result["latency_ns"]})
        return rows

    def stopped_speaker(self):
        """A real `isat run`, stopped by SIGSTOP, on a machine without an idle core."""
        scene = Scene(self.lab, Case("speaker"))
        speaker = self.lab.speaker(scene.near, "interfaces: [eth0]\nattach: native\nannounce: {rounds: 1}\n"
                                               "addresses: [10.0.0.0/22]\n").start()
        speaker.signal(signal.SIGSTOP)
        try:
            with hogs():
                result = scene.solicit(100_000)
        finally:
            speaker.signal(signal.SIGCONT)
        return {"questions": result["questions"], "answers": result["answers"]}


def main():
    arguments = sys.argv[1:]
    quick = "--quick" in arguments
    output = Path([each for each in arguments if not each.startswith("--")][0])
    with Lab() as lab, contextlib.ExitStack() as stack:
        bench = Bench(lab, stack, quick)
        say("end to end: answers a second")
        result = {"saturation": bench.saturation()}
        say("end to end: bursts and latency")
        result["bursts"] = bench.bursts()
        result["latency"] = bench.latencies(False)
        say("end to end: latency with every core hogged")
        with hogs():
            result["latency"] += bench.latencies(True)
        say("end to end: the speaker stopped")
        result["stopped_speaker"] = bench.stopped_speaker()
        result["skipped"] = bench.skipped
    output.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
