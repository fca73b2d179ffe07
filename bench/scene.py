# SPDX-License-Identifier: Apache-2.0
"""One responder on one wire: who answers on its near end, who asks on its far end."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests/e2e")]
from companion import companion  # noqa: E402
from lab import BPFFS, BUILD, Lab, wait_for  # noqa: E402

NEAR_MAC, FAR_MAC = "02:00:5e:00:00:01", "02:00:5e:00:00:0c"
# The first address of every set in bench/announced_set.cpp.
FIRST = {"arp": "10.0.0.0", "ndp": "2001:db8::a00:0"}
# The asker stands for the network's interrupts, which no process can starve; everybody else takes turns.
UNDISTURBED = ("chrt", "-f", "20")


@dataclass(frozen=True)
class Case:
    responder: str
    family: str = "arp"
    addresses: int = 1024


class Scene:
    def __init__(self, lab: Lab, case: Case):
        number = len(lab.hosts) // 2
        self.lab, self.case = lab, case
        self.near, self.far = lab.host(f"near{number}"), lab.host(f"far{number}")
        lab.wire(self.near, self.far)
        for host, mac in ((self.near, NEAR_MAC), (self.far, FAR_MAC)):
            host.ip(f"link set eth0 address {mac}")
        # Without a program on the near end veth takes frames from the generator only where it would merge them.
        self.near.run("ethtool", "-K", "eth0", "gro", "on")

    def daemon(self, stack: contextlib.ExitStack, *command):
        """A responder of ours."""
        stack.enter_context(companion(self.near, *command))

    def hold(self, stack, attach, *options, build=BUILD):
        pin = BPFFS / f"isat-{os.getpid()}-{self.near.name}"
        self.lab.pins.add(pin)
        self.daemon(stack, build / "bench/holder", "eth0", "--pin", pin, "--attach", attach,
                    "--family", self.case.family, "--addresses", self.case.addresses, *options)

    def solicit(self, questions, *, rate=0, timed=False):
        options = ["--family", self.case.family, "--addresses", self.case.addresses, "--questions", questions]
        options += ["--rate", rate] if rate else []
        options += ["--timed"] if timed else []
        out = self.far.run(*UNDISTURBED, BUILD / "bench/solicitor", "eth0", *options, timeout=120).stdout
        return json.loads(out)


@contextlib.contextmanager
def hogs():
    """Every core busy, twice over, with processes that never sleep."""
    running = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(2 * os.cpu_count())]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def missing(program):
    return None if shutil.which(program) else f"{program} is not installed"


__all__ = ["BUILD", "Case", "FAR_MAC", "FIRST", "Lab", "ROOT", "Scene", "hogs", "missing", "wait_for"]
