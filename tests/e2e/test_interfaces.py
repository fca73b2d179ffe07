# SPDX-License-Identifier: Apache-2.0
"""Interfaces come, go and change under a running speaker, and the segment is told."""

import time

import pytest
from lab import wait_for
from packet_socket import PacketSocket
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether
from two_addresses import V4, V6

BROADCAST, ALL_NODES = "ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01"


def configuration(interfaces="interfaces: [eth0]", announce="{rounds: 1, refresh: 0s}"):
    return f"source: file\n{interfaces}\naddresses: [{V4}, \"{V6}\"]\nannounce: {announce}\n"


def answered_by(client, mac, interface="eth0"):
    return client.asks(V4, interface) == [mac] and client.asks(V6, interface) == [mac]


def is_gratuitous(frame, mac):
    """"request", "reply" or "advertisement" when the frame tells everybody that mac has the address, else None."""
    ether = Ether(frame)
    if ether.src != mac:
        return None
    if ARP in ether and (ether[ARP].psrc, ether[ARP].pdst, ether[ARP].hwsrc) == (V4, V4, mac):
        assert ether.dst == BROADCAST and ether[ARP].hwdst == BROADCAST and len(frame) == 60
        return {1: "request", 2: "reply"}[ether[ARP].op]
    if ICMPv6ND_NA in ether and ether[ICMPv6ND_NA].tgt == V6 and ether.dst == ALL_NODES:
        advertisement = ether[ICMPv6ND_NA]
        assert (advertisement.R, advertisement.S, advertisement.O) == (0, 0, 1)
        assert (ether[IPv6].src, ether[IPv6].dst, ether[IPv6].hlim) == (V6, "ff02::1", 255)
        assert advertisement[ICMPv6NDOptDstLLAddr].lladdr == mac
        return "advertisement"
    return None


def gratuitous(heard, mac):
    """(seconds, kind) of each gratuitous frame."""
    kinds = [(when, is_gratuitous(frame, mac)) for when, frame in heard]
    return [(when, kind) for when, kind in kinds if kind]


def test_burst_on_start(lab):
    node, client = lab.pair()
    mac = node.mac()
    with PacketSocket(client) as wire:
        lab.speaker(node, configuration(announce="{rounds: 3, interval: 400ms, refresh: 0s}")).start(wait=False)
        wait_for(lambda: gratuitous([(0, f) for f in wire.waiting()], mac), 15, "the first round")
        heard = gratuitous(wire.heard(3), mac)
    # The first round ended in the wait above; perhaps it was cut in two there.
    kinds = [kind for _, kind in heard]
    assert kinds.count("request") in (2, 3) and kinds.count("advertisement") in (2, 3), heard
    arp = [(when, kind) for when, kind in heard if kind != "advertisement"][-4:]
    assert [kind for _, kind in arp] == ["request", "reply", "request", "reply"], heard
    assert 0.3 <= arp[2][0] - arp[0][0] <= 1.5, "one interval between rounds"


def test_no_round_after_the_last(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, configuration(announce="{rounds: 2, interval: 100ms, refresh: 0s}")).start()
    wait_for(lambda: speaker.metric("isat_gratuitous_sent_total") >= 4, 5, "two rounds of two addresses")
    with PacketSocket(client) as wire:
        assert gratuitous(wire.heard(1), node.mac()) == []


def test_refresh(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, configuration(announce="{rounds: 1, interval: 100ms, refresh: 1s}")).start()
    wait_for(lambda: speaker.metric("isat_gratuitous_sent_total") >= 2, 5, "the burst")
    with PacketSocket(client) as wire:
        kinds = {kind for _, kind in gratuitous(wire.heard(3), node.mac())}
    assert kinds == {"request", "reply", "advertisement"}


def test_recreated(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, configuration()).start()
    before = node.index()
    assert answered_by(client, node.mac())
    node.ip("link delete eth0")
    wait_for(lambda: speaker.status()["attachments"] == [], 2, "the interface gone from status")
    assert speaker.ready()
    lab.wire(node, client)
    lab.address(client, "192.0.2.1/24", "2001:db8::1/64")
    assert node.index() != before
    wait_for(lambda: answered_by(client, node.mac()), 2, "answers on the new interface")
    status = speaker.status()
    assert [a["ifindex"] for a in status["attachments"]] == [node.index()]
    assert {a["ifindex"] for a in status["announcements"]} == {node.index()}, "nothing of the old index stays"


def test_mac_changed(lab):
    node, client = lab.pair()
    lab.speaker(node, configuration()).start()
    mac = "02:00:00:00:12:34"
    assert answered_by(client, node.mac())
    with PacketSocket(client) as wire:
        node.ip(f"link set eth0 address {mac}")
        heard = wire.heard(2, lambda frame: is_gratuitous(frame, mac) == "advertisement")
    assert {kind for _, kind in gratuitous(heard, mac)} >= {"advertisement"}
    assert heard[-1][0] < 1
    wait_for(lambda: answered_by(client, mac), 1, "answers with the new MAC")
    assert client.asks(V4) == [mac], "and none with the old"


def test_carrier_comes_back(lab):
    node, client = lab.pair()
    lab.speaker(node, configuration()).start()
    assert answered_by(client, node.mac())
    client.ip("link set eth0 down")
    # The kernel tells of a lost carrier at most once a second; a shorter outage is not told at all.
    time.sleep(1.5)
    assert "LOWER_UP" not in node.links()["eth0"]["flags"]
    with PacketSocket(client) as wire:
        with pytest.raises(OSError):
            wire.waiting()  # told once that the network is down
        client.ip("link set eth0 up")
        kinds = {kind for _, kind in gratuitous(wire.heard(3), node.mac())}
    assert kinds == {"request", "reply", "advertisement"}
    assert client.asks(V4) == [node.mac()]


def test_link_down_and_up(lab):
    node, client = lab.pair()
    lab.speaker(node, configuration()).start()
    assert answered_by(client, node.mac())
    with PacketSocket(client) as wire:
        node.ip("link set eth0 down")
        node.ip("link set eth0 up")
        kinds = {kind for _, kind in gratuitous(wire.heard(3), node.mac())}
    assert kinds == {"request", "reply", "advertisement"}
    assert answered_by(client, node.mac())


def test_renamed(lab):
    """A name that matches no more ends the service; one that matches again begins it, at the same index."""
    node, client = lab.pair()
    speaker = lab.speaker(node, configuration('interfaces: ["eth.*"]')).start()
    assert answered_by(client, node.mac())
    for command in ("down", "name lan0", "up"):
        node.ip(f"link set {'lan0' if command == 'up' else 'eth0'} {command}")
    wait_for(lambda: client.asks(V4) == [] and client.asks(V6) == [], 3, "silence as lan0")
    assert speaker.status()["announcements"] == []
    for command in ("down", "name eth7", "up"):
        node.ip(f"link set {'eth7' if command == 'up' else 'lan0'} {command}")
    wait_for(lambda: answered_by(client, node.mac("eth7")), 3, "answers as eth7")
    assert [a["interface"] for a in speaker.status()["attachments"]] == ["eth7"]
    assert speaker.metric("isat_frames_total", interface="eth7", outcome="answered") >= 2


def test_renamed_among_those_that_match(lab):
    """The service goes on, and status and metrics know the interface by its new name."""
    node, client = lab.pair()
    speaker = lab.speaker(node, configuration('interfaces: ["eth.*"]')).start()
    for command in ("down", "name eth7", "up"):
        node.ip(f"link set {'eth7' if command == 'up' else 'eth0'} {command}")
    wait_for(lambda: answered_by(client, node.mac("eth7")), 3, "answers as eth7")
    wait_for(lambda: [a["interface"] for a in speaker.status()["attachments"]] == ["eth7"], 3, "the new name in status")


def test_appears_later(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, configuration('interfaces: ["eth.*"]')).start()
    node.ip("link add eth1 type veth peer name eth1 netns " + client.namespace)
    client.ip("link set eth1 up")
    lab.address(client, "192.0.2.2/24", "2001:db8::2/64", interface="eth1")
    assert [a["interface"] for a in speaker.status()["attachments"]] == ["eth0"], "what is down is not served"
    node.ip("link set eth1 up")
    wait_for(lambda: client.asks(V4, "eth1") == [node.mac("eth1")], 2, "answers on eth1")
    assert client.asks(V6, "eth1") == [node.mac("eth1")]
    assert answered_by(client, node.mac())


def test_none_there_at_start(lab):
    node, client = lab.host("node"), lab.host("client")
    speaker = lab.speaker(node, configuration()).start()
    assert speaker.status()["attachments"] == []
    lab.wire(node, client)
    lab.address(client, "192.0.2.1/24", "2001:db8::1/64")
    wait_for(lambda: answered_by(client, node.mac()), 2, "answers on the late interface")


def test_default_choice(lab):
    """By name, as MetalLB's: veth… is a container's, lan0 is ours."""
    node, client = lab.host("node"), lab.host("client")
    lab.wire(node, client, "veth0", "eth0")
    lab.address(client, "192.0.2.1/24", "2001:db8::1/64")
    speaker = lab.speaker(node, configuration("")).start()
    assert speaker.status()["attachments"] == []
    assert client.asks(V4) == []
    for command in ("down", "name lan0", "up"):
        node.ip(f"link set {'lan0' if command == 'up' else 'veth0'} {command}")
    wait_for(lambda: answered_by(client, node.mac("lan0")), 3, "answers on lan0")


def test_ports_of_a_bridge_are_left_to_the_bridge(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, configuration('interfaces: ["eth0", "br0"]')).start()
    assert answered_by(client, node.mac())
    node.ip("link add br0 type bridge mcast_snooping 0")
    node.ip("link set br0 up")
    node.ip("link set eth0 master br0")
    wait_for(lambda: answered_by(client, node.mac("br0")), 5, "answers by the bridge")
    assert [a["interface"] for a in speaker.status()["attachments"]] == ["br0"]
    node.ip("link set eth0 nomaster")
    wait_for(lambda: answered_by(client, node.mac("eth0")), 5, "answers by the port, alone again")
