# SPDX-License-Identifier: Apache-2.0
"""A hostile host on the link: floods, rivals, spoofed and malformed storms, a crowd, beside one honest client.

ISAT_SOAK_SECONDS for longer than each kind once; the figures are printed.
"""

import json
import os
import signal
import subprocess
import time
from collections import Counter
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
COUNT = 2 * 1024 + 4
# The crowd and these two are attacked; for the other two only the honest client asks.
QUIET4, QUIET6 = "192.0.2.11", "2001:db8::11"
CONFIGURATION = f"""
source: file
interfaces: [eth0]
addresses: [{V4}, "{V6}", {QUIET4}, "{QUIET6}", {CROWD[0]}, "{CROWD[1]}"]
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


class Setting:
    """A node, an honest client and an attacker on one switch, and a speaker that serves the node in this mode."""

    def __init__(self, lab, mode):
        require(SOLICITOR.exists(), f"{SOLICITOR} is missing: run scripts/build")
        self.node, self.client, other = (lab.host(name) for name in ("node", "client", "attacker"))
        self.switch = switch = lab.bridge(self.node, self.client, other)
        switch.ip("link set br0 type bridge mcast_snooping 0")
        # Else the port takes no frames from the generator.
        switch.run("ethtool", "-K", "attacker", "gro", "on")
        if mode == "native":
            switch.ip(f"link set dev node xdpdrv obj {lab.stranger()} sec xdp")
        self._attacker = Attacker(other, self.node.mac())
        self.speaker = lab.speaker(self.node, CONFIGURATION + f"attach: {mode}\n").start()
        assert [each["mode"] for each in self.speaker.status()["attachments"]] == [mode]
        wait_for(lambda: self.speaker.metric("isat_multicast_groups", state="joined") >= 1024, 10, "the groups")
        self.frames = {}

    def attack(self):
        """Each kind once, then on until ISAT_SOAK_SECONDS are over; costs before, after the first round, and after."""
        attacker = self._attacker
        bouts = {
            "ARP flood": lambda: attacker.floods("arp"),
            "NS flood": lambda: attacker.floods("ndp"),
            "flood of misses": lambda: attacker.floods("arp", "--miss"),
            "rival": lambda: attacker.storms("rival"),
            "spoofed": lambda: attacker.storms("spoofed"),
            "malformed": lambda: attacker.storms("malformed"),
            "rival, nobody reads": lambda: unread(self.speaker, attacker),
            "100,000 requesters": lambda: attacker.storms("requesters"),
        }
        before, first, self.frames = Cost(self.speaker), None, dict.fromkeys(bouts, 0)
        while first is None or time.monotonic() < before.when + SECONDS:
            for name, bout in bouts.items():
                self.frames[name] += bout()
                if first is not None and time.monotonic() >= before.when + SECONDS:
                    break
            first = first or Cost(self.speaker)
        return before, first, Cost(self.speaker)

    def assert_bounded(self, before, first, after, figures):
        """Memory, log and processor of the speaker."""
        assert all(self.frames.values()), f"no load\n{figures}"
        # What the first storms touched for the first time is there to stay; from then on nothing grows.
        assert first.resident - before.resident <= 8192 and after.resident - first.resident <= 1024, figures
        assert after.maps == before.maps, figures
        assert len(self.speaker.status()["announcements"]) == COUNT
        seconds = after.when - before.when
        assert after.lines - before.lines <= 25 + LINES_A_SECOND * seconds, f"{figures}\n{self.speaker.log()[-2000:]}"
        assert (after.cpu - before.cpu) / seconds <= 0.3, figures


def test_answers_go_on(lab, capsys):
    setting = Setting(lab, "tc")
    with Witness(setting.node, setting.client, (V4, V6)) as witness, Probe(setting.client, V4) as arp, \
            Probe(setting.client, V6) as ndp:
        costs = setting.attack()
        time.sleep(0.2)
    figures = report(setting.frames, (arp, ndp), *costs,
                     f"{len(witness.asked):,} questions reached the hook, {witness.lost} of them unanswered,"
                     f" {witness.duplicates} answered twice")
    tell(capsys, figures)
    assert witness.dropped == 0, f"the witness missed some\n{figures}"
    assert len(witness.asked) >= 1000, f"no load\n{figures}"
    assert (witness.lost, witness.duplicates) == (0, 0), figures
    setting.assert_bounded(*costs, figures)


def test_native_answers_go_on(lab, capsys):
    """No socket of the node sees what native XDP answers: a witness hears on the switch what goes there and comes back,
    and the responder's outcomes are held against the driver's counts of frames that came to its program and left it."""
    setting = Setting(lab, "native")
    arp, ndp = (Probe(setting.client, address) for address in (QUIET4, QUIET6))
    begin = Account(setting)
    with Witness(setting.switch, setting.client, (QUIET4, QUIET6), "node", beyond=True) as witness, arp, ndp:
        costs = setting.attack()
        time.sleep(0.2)
    change = Account(setting) - begin
    figures = report(setting.frames, (arp, ndp), *costs,
                     f"{len(witness.asked):,} questions went to the node, {change.quiet:,} were answered there,"
                     f" {witness.lost} of the answers did not come back, {witness.duplicates} came twice; {change}")
    tell(capsys, figures)
    assert witness.dropped == 0, f"the witness missed some\n{figures}"
    assert change.quiet >= 1000, f"no load\n{figures}"
    # Every frame that came to the program has one outcome, and every one it answered left, once.
    assert sum(change.outcomes.values()) == change.came, figures
    assert change.outcomes["answered"] == change.left, figures
    assert change.outcomes["silent"] == change.outcomes["no_room"] == 0, figures
    # What went there and was not answered was lost on the wire, never at the program.
    assert 0 <= len(witness.asked) - change.quiet <= change.lost, figures
    assert witness.duplicates == 0, figures
    setting.assert_bounded(*costs, figures)


class Account:
    """Of a node served at native XDP: what its program and its driver have counted; or the change between two."""

    def __init__(self, setting=None):
        if setting is None:
            return
        driver, status = wait_for(lambda: self._at_rest(setting), 10, "a moment in which no frame comes")
        self.quiet = sum(each["answered"] for each in status["announcements"] if each["address"] in (QUIET4, QUIET6))
        self.outcomes = Counter()
        for outcomes in status["totals"].values():
            self.outcomes.update(outcomes)
        # What the peer has no room for left the program all the same.
        self.came, self.left = driver["xdp_packets"], driver["xdp_tx"] + driver["xdp_tx_errors"]
        port = json.loads(setting.switch.ip("-j -s link show dev node"))[0]
        self.lost = port["stats64"]["tx"]["dropped"]

    @staticmethod
    def _at_rest(setting):
        """Both counts, of the same frames."""
        def of_the_driver():
            counts = Counter()
            for line in setting.node.run("ethtool", "-S", "eth0").stdout.splitlines():
                name, _, value = line.strip().partition(": ")
                if name.startswith("rx_queue_"):
                    counts[name.split("_", 3)[3]] += int(value)
            return counts

        before, status = of_the_driver(), setting.speaker.status()
        return (before, status) if of_the_driver() == before else None

    def __sub__(self, earlier):
        change = Account()
        for name in ("quiet", "came", "left", "lost"):
            setattr(change, name, getattr(self, name) - getattr(earlier, name))
        change.outcomes = Counter({name: count - earlier.outcomes[name] for name, count in self.outcomes.items()})
        return change

    def __str__(self):
        return (f"{self.came:,} frames came to the program, {self.left:,} left it,"
                f" {self.lost:,} were lost on the wire to it; "
                + ", ".join(f"{count:,} {name}" for name, count in self.outcomes.items() if count))


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


def report(frames, probes, before, first, after, judged):
    seconds = after.when - before.when
    sent, answered = sum(probe.sent for probe in probes), sum(probe.answered for probe in probes)
    lines = [f"{seconds:.0f} s: {sum(frames.values()):,} hostile frames"]
    lines += [f"  {name}: {count:,}" for name, count in frames.items()]
    lines += [f"the client asked {sent:,} times; {judged}; {answered:,} answers came back",
              f"speaker: {before.resident:,} KiB resident, {first.resident:,} after the first round,"
              f" {after.resident:,} at the end; maps {before.maps:,}, {after.maps:,} KiB;"
              f" {after.lines - before.lines} lines logged; {100 * (after.cpu - before.cpu) / seconds:.1f} % of a core"]
    return "\n".join(lines)


def tell(capsys, figures):
    if SECONDS > 0:
        with capsys.disabled():
            print(f"\n{figures}")
