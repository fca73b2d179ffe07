# SPDX-License-Identifier: Apache-2.0
"""`isat watch --frames`: what tcpdump cannot see at XDP, to every watcher, and nothing left behind."""

import contextlib
import json
import os
import signal
import subprocess

import pytest
from lab import ISAT, Lab, wait_for
from packet_socket import ETHERTYPE_ARP, PacketSocket
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS
from scapy.layers.l2 import ARP
from scapy.utils import rdpcap

V4, V6 = "192.0.2.10", "2001:db8::10"
CONFIGURATION = f"interfaces: [eth0]\naddresses: [{V4}, \"{V6}\"]\nannounce: {{rounds: 1, refresh: 0s}}\n"
HOOKS = ("xdp", "tcx", "tc")


@pytest.fixture(name="lab")
def _lab():
    with Lab() as lab:
        yield lab


@pytest.fixture(name="pair", params=["tc", "native"])
def _pair(lab, request):
    """A speaker and a client; at native XDP the client must run a program, too, or veth loses what is sent back."""
    node, client = lab.pair()
    if request.param == "native":
        client.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
    return lab.speaker(node, CONFIGURATION + f"attach: {request.param}\n").start(), client


def are_shown(speaker):
    """Whether the program that shows frames sits on the node's eth0. Between two looks another may take its place."""
    while True:
        with contextlib.suppress(subprocess.CalledProcessError):
            return program_name(speaker).endswith("_shown")


def program_name(speaker):
    pin, = [pin for pin in speaker.pin.glob("*_*") if pin.name in {f"{hook}_{speaker.host.index()}" for hook in HOOKS}]
    if pin.name.startswith("tc_"):
        return bpftool("prog", "show", "pinned", pin)["name"]
    return bpftool("prog", "show", "id", bpftool("link", "show", "pinned", pin)["prog_id"])["name"]


def rings(speaker):
    """How many watchers' rings are in their places."""
    return sum("value" in place for place in bpftool("map", "dump", "pinned", speaker.pin / "frame_taps"))


def bpftool(*command):
    return json.loads(subprocess.run(["bpftool", "-j", *map(str, command)], check=True, capture_output=True, text=True).stdout)


class Watch:
    """`isat watch --frames` beside a speaker."""

    def __init__(self, speaker, label, *arguments):
        directory = speaker.host.lab.directory
        self.out, self.err = directory / f"{label}.out", directory / f"{label}.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(["nsenter", f"--net=/run/netns/{speaker.host.namespace}", "--", ISAT, "watch",
                                             "--pin", speaker.pin, "--frames", *arguments], stdout=out, stderr=err)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()

    def rows(self):
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=5) == 0, self.err.read_text()


def test_two_watchers_see_everything_and_the_capture_has_question_and_answer(pair, lab):
    speaker, client = pair
    assert not are_shown(speaker)
    capture = lab.directory / "frames.pcap"
    with Watch(speaker, "lines", "-o", "json") as lines, Watch(speaker, "capture", "--pcap", capture) as captured:
        wait_for(lambda: are_shown(speaker), 5, "frames to be shown")
        wait_for(capture.exists, 5, "the capture")
        wait_for(lambda: rings(speaker) == 2, 5, "both watchers' rings")
        for address in (V4, V6):
            assert client.asks(address) == [speaker.host.mac()]
        assert client.asks("192.0.2.99") == []
        answered = {}
        for row in wait_for(lambda: [row for row in lines.rows() if row["outcome"] == "not_announced"] and lines.rows(),
                            5, "the last question"):
            if row["outcome"] == "answered":
                answered[row["what"].rpartition(" asks for ")[2]] = row["answered_by"]
        assert answered == {V4: speaker.host.mac(), V6: speaker.host.mac()}
        assert any(row["what"].endswith("asks for 192.0.2.99") and "answer" not in row for row in lines.rows())
        lines.end()
        captured.end()
    frames = read_capture(capture)
    count = sum(1 + ("answer" in row) for row in lines.rows())
    assert len(frames) == count, "each watcher saw everything"
    assert ("arp", 1, V4) in frames and ("arp", 2, V4) in frames
    assert ("nd", 135, V6) in frames and ("nd", 136, V6) in frames
    assert frames.index(("arp", 2, V4)) == frames.index(("arp", 1, V4)) + 1
    wait_for(lambda: not are_shown(speaker), 5, "the program without a watcher")
    assert client.asks(V4) == [speaker.host.mac()]


def read_capture(path):
    """[(protocol, operation or type, address it is about)], by scapy."""
    found = []
    for frame in rdpcap(str(path)):
        if ARP in frame:
            packet = frame[ARP]
            found.append(("arp", packet.op, packet.pdst if packet.op == 1 else packet.psrc))
        elif ICMPv6ND_NS in frame:
            found.append(("nd", 135, frame[ICMPv6ND_NS].tgt))
        else:
            found.append(("nd", 136, frame[ICMPv6ND_NA].tgt))
    return found


def test_what_a_killed_watcher_leaves_is_taken_away(pair):
    speaker, client = pair
    with Watch(speaker, "killed") as watch:
        wait_for(lambda: are_shown(speaker), 5, "frames to be shown")
        watch.process.kill()
        watch.process.wait()
        assert client.asks(V4) == [speaker.host.mac()]
        wait_for(lambda: not are_shown(speaker), 8, "the program without a watcher")
    assert rings(speaker) == 0
    assert client.asks(V4) == [speaker.host.mac()]


@contextlib.contextmanager
def on_one_processor():
    """Samples are numbered by processor: what was left out is said with the next that comes from the same one."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def test_a_flood_is_sampled(pair):
    """Thirty thousand questions: some are shown, the rest is said, and the asker beside it is answered."""
    speaker, client = pair
    with Watch(speaker, "flood", "-o", "json") as watch:
        wait_for(lambda: are_shown(speaker), 5, "frames to be shown")
        with PacketSocket(client, "eth0", ETHERTYPE_ARP) as wire, on_one_processor():
            question = (b"\xff" * 6 + wire.mac + b"\x08\x06\0\1\x08\0\6\4\0\1" + wire.mac + bytes([192, 0, 2, 1]) + bytes(6)
                        + bytes([192, 0, 2, 200]) + bytes(18))
            for _ in range(30_000):
                wire.send(question)
            wait_for(lambda: wire.send(question) or "more frames were not shown" in watch.err.read_text(), 5, "what was left out")
        assert client.asks(V4) == [speaker.host.mac()]
        watch.end()
    assert 64 <= len(watch.rows()) < 20_000


def test_without_a_speaker(pair):
    speaker, _ = pair
    speaker.stop(kill=True)
    result = speaker.host.run(ISAT, "watch", "--frames", "--pin", speaker.pin, check=False)
    assert result.returncode == 1 and "no speaker runs there" in result.stderr
