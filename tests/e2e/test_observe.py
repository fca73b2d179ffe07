# SPDX-License-Identifier: Apache-2.0
"""`mode: observe`: what would be answered is counted, and the wire hears nothing: judged by what a client hears."""

import ipaddress
import time

import pytest
from lab import wait_for
from packet_socket import PacketSocket
from probe import Probe
from two_addresses import CONFIGURATION, V4, V6

LOUD = CONFIGURATION.rpartition("announce:")[0] + "announce: {rounds: 3, interval: 200ms, refresh: 1s}\n"


def spoken(node, frames):
    """Those of the two that frames from the node speak for: as sender of ARP, as target of an advertisement."""
    own, spoken_for = bytes.fromhex(node.mac().replace(":", "")), set()
    for frame in frames:
        if frame[6:12] == own and frame[12:14] == b"\x08\x06":
            spoken_for.add(str(ipaddress.ip_address(frame[28:32])))
        elif frame[6:12] == own and frame[12:14] == b"\x86\xdd" and frame[54] == 136:
            spoken_for.add(str(ipaddress.ip_address(frame[62:78])))
    return spoken_for & {V4, V6}


@pytest.mark.parametrize("mode, heard", [("answer", {V4, V6}), ("observe", set())])
def test_announcements(lab, mode, heard):
    """In the other mode they are heard: else this silence would say nothing."""
    node, client = lab.pair()
    with PacketSocket(client) as wire:
        speaker = lab.speaker(node, LOUD + f"mode: {mode}\n").start()
        frames = [frame for _, frame in wire.heard(2.5)]
    assert spoken(node, frames) == heard
    assert (speaker.metric("isat_gratuitous_sent_total") > 0) == bool(heard)


def test_answers_are_counted_and_not_given(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION + "mode: observe\n").start()
    with PacketSocket(client) as wire, Probe(client, V4) as arp, Probe(client, V6) as ndp:
        time.sleep(0.3)
        assert spoken(node, wire.waiting()) == set()
    assert (arp.answered, ndp.answered) == (0, 0)
    for family, probe in (("arp", arp), ("ndp", ndp)):
        def counted(family=family):
            return speaker.metric("isat_frames_total", family=family, outcome="answered")

        wait_for(lambda c=counted, p=probe: c() == p.sent, 2, f"{probe.sent} of {family}")
