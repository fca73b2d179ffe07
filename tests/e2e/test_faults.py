# SPDX-License-Identifier: Apache-2.0
"""The kernel's own refusals under a running speaker: what worked goes on, and what did not is made good."""

import pytest
from lab import BPFFS, Lab, wait_for

V4, SECOND = "192.0.2.10", "192.0.2.11"
CONFIGURATION = f"""
source: file
interfaces: ["eth.*"]
addresses: [{V4}]
announce: {{rounds: 1, refresh: 0s}}
"""


@pytest.fixture(name="lab")
def _lab():
    with Lab() as lab:
        yield lab


def second_wire(lab, node, client):
    lab.wire(node, client, "eth1", "eth1")
    lab.address(client, "192.0.2.3/24", interface="eth1")


class OwnBpffs:
    """A speaker that has a BPF file system to itself, which can be made read-only under it."""

    def __init__(self, lab, node, options=""):
        script = f"mount -t bpf bpf {BPFFS} && mount -o remount,bind{options} {BPFFS} && exec \"$@\""
        self.speaker = lab.speaker(node, CONFIGURATION, wrap=["unshare", "-m", "sh", "-c", script, "sh"])

    def remount(self, how):
        pid = self.speaker.daemon.pid()
        self.speaker.host.run("nsenter", f"--mount=/proc/{pid}/ns/mnt", "mount", "-o", f"remount,bind,{how}", BPFFS)


def test_unwritable_pins_at_start(lab):
    node, _ = lab.pair()
    speaker = OwnBpffs(lab, node, ",ro").speaker
    speaker.start(wait=False)
    wait_for(lambda: speaker.daemon.pid() is None, 5, "the end")
    assert speaker.log().splitlines()[-1].endswith(f"make pin directory {speaker.pin}: Read-only file system")


def test_unwritable_pins_later(lab):
    """Maps are open: what is announced, and on which address, needs no pin. A program on a new interface does."""
    node, client = lab.pair()
    bpffs = OwnBpffs(lab, node)
    speaker = bpffs.speaker.start()
    bpffs.remount("ro")
    second_wire(lab, node, client)
    wait_for(lambda: "Read-only file system; will be tried again" in speaker.log(), 5, "the line that says so")
    assert "eth1" in speaker.log() and client.asks(V4, "eth1") == []
    speaker.write(CONFIGURATION.replace(V4, f"{V4}, {SECOND}"))
    wait_for(lambda: client.asks(SECOND) == [node.mac()], 5, "an edit")
    assert client.asks(V4) == [node.mac()]
    bpffs.remount("rw")
    wait_for(lambda: client.asks(SECOND, "eth1") == [node.mac("eth1")], 10, "the new interface")
    assert client.asks(V4, "eth1") == [node.mac("eth1")]


def test_interface_vanishes_among_thousands(lab):
    """While everything on it is being announced: the other interface is none the worse, and it is served when back."""
    node, client = lab.pair()
    second_wire(lab, node, client)
    speaker = lab.speaker(node, CONFIGURATION.replace(V4, f"{V4}, 10.0.0.0/21")).start(wait=False)
    wait_for(lambda: client.asks("10.0.0.1", "eth1"), 10, "the first answer")
    node.ip("link delete eth1")
    wait_for(lambda: client.asks("10.0.7.255") == [node.mac()] and speaker.ready(), 10, "all on the other")
    second_wire(lab, node, client)
    wait_for(lambda: client.asks("10.0.7.255", "eth1") == [node.mac("eth1")], 10, "all on the new one")
    wait_for(lambda: len(speaker.status()["announcements"]) == 2 * (2048 + 1), 5, "no more and no less")
    assert {a["ifindex"] for a in speaker.status()["announcements"]} == {node.index(), node.index("eth1")}
