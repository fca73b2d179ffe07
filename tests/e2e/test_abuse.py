# SPDX-License-Identifier: Apache-2.0
"""A hostile host on the link: floods, rivals, spoofed and malformed storms, a crowd, beside one honest client.

ISAT_SOAK_SECONDS for longer than each kind once; the figures are printed.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from lab import BUILD, Lab, wait_for
from probe import Probe
from tests.requirement import require
from witness import Witness

SOLICITOR = BUILD / "bench/solicitor"
STORM = Path(__file__).with_name("storm.py")
V4, V6 = "192.0.2.10", "2001:db8::10"
# Where bench/solicitor asks: the first addresses of bench/announced_set.cpp.
CROWD = ["10.0.0.0/22", "2001:db8::a00:0/118"]
COUNT = 2 * 1024 + 2
CONFIGURATION = f"""
source: file
interfaces: [eth0]
attach: tc
addresses: [{V4}, "{V6}", {CROWD[0]}, "{CROWD[1]}"]
announce: {{rounds: 1, refresh: 0s}}
"""
SECONDS = float(os.environ.get("ISAT_SOAK_SECONDS", 0))
BOUT = 1.0 if SECONDS == 0 else 5.0  # seconds
QUESTIONS = 100_000 if SECONDS == 0 else 500_000  # of a flood, at a time
EVENTS_IN_THE_RING = 256 * 1024 // 48  # 8 bytes before each
# Ten lines in ten seconds of conflicts and as many of claims, and one each that says how many were kept back.
LINES_A_SECOND = 2 * 1.1


class Attacker:
    def __init__(self, host, node_mac):
        self.host, self._node_mac = host, node_mac

    def storms(self, kind):
        """Frames sent within a bout."""
        # Beside the others on a busy machine: whoever counts comes first.
        out = self.host.run("nice", STORM, kind, "eth0", BOUT, "--node", self._node_mac, V4, V6, *CROWD, timeout=60)
        return int(out.stdout)

    def floods(self, family, *options):
        """Questions asked within a bout, as many as go."""
        sent, end = 0, time.monotonic() + BOUT
        while time.monotonic() < end:
            out = self.host.run("nice", SOLICITOR, "eth0", "--family", family, "--addresses", 1024,
                                "--questions", QUESTIONS, *options, timeout=60).stdout
            sent += json.loads(out)["questions"]
        return sent


class Cost:
    """Of a speaker, until now."""

    def __init__(self, speaker):
        pid = speaker.daemon.pid()
        status = Path(f"/proc/{pid}/status").read_text()
        self.resident = int(status.partition("VmRSS:")[2].split()[0])  # KiB
        self.cpu = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
        self.lines = speaker.log().count("\n")
        self.maps = sum(map(_locked, Path(f"/proc/{pid}/fdinfo").iterdir())) // 1024
        self.when = time.monotonic()


def _locked(descriptor):
    """Bytes of kernel memory that a map of that descriptor takes; 0 for anything else."""
    return sum(int(line.split()[1]) for line in descriptor.read_text().splitlines() if line.startswith("memlock:"))


def suppressed(speaker):
    out = subprocess.run(["bpftool", "-j", "map", "dump", "pinned", speaker.pin / "event_limits"], check=True,
                         capture_output=True, text=True).stdout
    return sum(element["formatted"]["value"]["suppressed"] for element in json.loads(out))


@pytest.fixture(name="lab")
def _lab():
    with Lab() as lab:
        yield lab


def test_answers_go_on(lab, capsys):
    require(SOLICITOR.exists(), f"{SOLICITOR} is missing: run scripts/build")
    node, client, other = (lab.host(name) for name in ("node", "client", "attacker"))
    switch = lab.bridge(node, client, other)
    switch.ip("link set br0 type bridge mcast_snooping 0")
    # Else the port takes no frames from the generator.
    switch.run("ethtool", "-K", "attacker", "gro", "on")
    attacker = Attacker(other, node.mac())
    speaker = lab.speaker(node, CONFIGURATION).start()
    wait_for(lambda: speaker.metric("isat_multicast_groups", state="joined") >= 1024, 10, "the groups")
    bouts = {
        "ARP flood": lambda: attacker.floods("arp"),
        "NS flood": lambda: attacker.floods("ndp"),
        "flood of misses": lambda: attacker.floods("arp", "--miss"),
        "rival": lambda: attacker.storms("rival"),
        "spoofed": lambda: attacker.storms("spoofed"),
        "malformed": lambda: attacker.storms("malformed"),
        "rival, nobody reads": lambda: unread(speaker, attacker),
        "100,000 requesters": lambda: attacker.storms("requesters"),
    }
    before, frames = Cost(speaker), dict.fromkeys(bouts, 0)
    with Witness(node, client, (V4, V6)) as witness, Probe(client, V4) as arp, Probe(client, V6) as ndp:
        first = None  # after each kind once
        while first is None or time.monotonic() < before.when + SECONDS:
            for name, bout in bouts.items():
                frames[name] += bout()
                if first is not None and time.monotonic() >= before.when + SECONDS:
                    break
            first = first or Cost(speaker)
        time.sleep(0.2)
    after = Cost(speaker)
    figures = report(frames, witness, (arp, ndp), before, first, after)
    if SECONDS > 0:
        with capsys.disabled():
            print(f"\n{figures}")
    assert witness.dropped == 0, f"the witness missed some\n{figures}"
    assert len(witness.asked) >= 1000 and all(frames.values()), f"no load\n{figures}"
    assert (witness.lost, witness.duplicates) == (0, 0), figures
    # What the first storms touched for the first time is there to stay; from then on nothing grows.
    assert first.resident - before.resident <= 8192 and after.resident - first.resident <= 1024, figures
    assert after.maps == before.maps, figures
    assert len(speaker.status()["announcements"]) == COUNT
    seconds = after.when - before.when
    assert after.lines - before.lines <= 25 + LINES_A_SECOND * seconds, f"{figures}\n{speaker.log()[-2000:]}"
    assert (after.cpu - before.cpu) / seconds <= 0.3, figures


def unread(speaker, attacker):
    """The speaker stands still: the ring fills, what does not fit is counted, and it reads the rest when it is back."""
    def events():
        return speaker.metric("isat_events_total")

    held_back, seen = suppressed(speaker), events()
    speaker.signal(signal.SIGSTOP)
    try:
        frames = sum(attacker.storms("rival") for _ in range(3))
    finally:
        speaker.signal(signal.SIGCONT)
    wait_for(lambda: events() >= seen + EVENTS_IN_THE_RING, 10, "a whole ring read")
    assert suppressed(speaker) > held_back
    return frames


def report(frames, witness, probes, before, first, after):
    seconds = after.when - before.when
    sent, answered = sum(probe.sent for probe in probes), sum(probe.answered for probe in probes)
    lines = [f"{seconds:.0f} s: {sum(frames.values()):,} hostile frames"]
    lines += [f"  {name}: {count:,}" for name, count in frames.items()]
    lines += [f"the client asked {sent:,} times; {len(witness.asked):,} questions reached the hook,"
              f" {witness.lost} of them unanswered, {witness.duplicates} answered twice; {answered:,} answers came back",
              f"speaker: {before.resident:,} KiB resident, {first.resident:,} after the first round,"
              f" {after.resident:,} at the end; maps {before.maps:,}, {after.maps:,} KiB;"
              f" {after.lines - before.lines} lines logged; {100 * (after.cpu - before.cpu) / seconds:.1f} % of a core"]
    return "\n".join(lines)
