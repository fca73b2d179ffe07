# SPDX-License-Identifier: Apache-2.0
"""VLAN interfaces answer in their own VLAN, and their parents never for them; a priority tag comes back."""

import pytest
from lab import Lab, wait_for
from packet_socket import PacketSocket
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether

V4, V6 = "192.0.2.10", "2001:db8::10"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def configuration(interfaces, attach="auto"):
    return (f"source: file\ninterfaces: {interfaces}\naddresses: [{V4}, \"{V6}\"]\nattach: {attach}\n"
            "announce: {rounds: 1, refresh: 0s}\n")


@pytest.fixture(name="lab")
def _lab():
    with Lab() as lab:
        yield lab


def add_vlan(host, number, *addresses, protocol="802.1Q"):
    host.ip(f"link add link eth0 name eth0.{number} type vlan protocol {protocol} id {number}")
    host.ip(f"link set eth0.{number} up")
    Lab.address(host, *addresses, interface=f"eth0.{number}")


@pytest.fixture(name="trunk")
def _trunk(lab):
    """A node and a client on one wire, with VLAN 5 beside the untagged network on both."""
    node, client = lab.pair()
    add_vlan(node, 5)
    add_vlan(client, 5, "198.51.100.1/24", "2001:db8:5::1/64")
    return node, client


def asked(client, interface):
    return client.asks(V4, interface) + client.asks(V6, interface)


def answers_on_the_wire(wire, seconds=1.0):
    """The answers that come, as scapy reads them, by family."""
    found = {}
    for _, frame in wire.heard(seconds):
        ether = Ether(frame)
        if ARP in ether and (ether[ARP].op, ether[ARP].psrc) == (2, V4):
            found["arp"] = ether
        if ICMPv6ND_NA in ether and ether[ICMPv6ND_NA].tgt == V6:
            found["ndp"] = ether
    return found


def test_vlan_interface_answers_in_its_vlan(lab, trunk):
    node, client = trunk
    speaker = lab.speaker(node, configuration("[eth0.5]")).start()
    attachment = speaker.status()["attachments"][0]
    assert (attachment["interface"], attachment["mode"]) == ("eth0.5", "tc")
    with PacketSocket(client) as wire:
        assert asked(client, "eth0.5") == [node.mac("eth0.5")] * 2
        found = answers_on_the_wire(wire, 0.3)
    for family in ("arp", "ndp"):
        assert found[family][Dot1Q].vlan == 5, "tag intact"
    assert asked(client, "eth0") == [], "the untagged network is another one"


def test_parent_does_not_answer_for_its_vlan(lab, trunk):
    """A13."""
    node, client = trunk
    speaker = lab.speaker(node, configuration("[eth0]")).start()
    assert asked(client, "eth0.5") == []
    assert asked(client, "eth0") == [node.mac()] * 2
    for family in ("arp", "ndp"):
        assert speaker.metric("isat_frames_total", interface="eth0", family=family, outcome="unsupported") >= 1


def test_parent_and_vlan_answer_each_for_itself(lab, trunk):
    node, client = trunk
    node.ip("link set eth0.5 address 02:00:00:00:05:05")
    speaker = lab.speaker(node, configuration('[eth0, "eth0[.]5"]')).start()
    assert {a["interface"] for a in speaker.status()["attachments"]} == {"eth0", "eth0.5"}
    assert asked(client, "eth0") == [node.mac()] * 2
    assert asked(client, "eth0.5") == ["02:00:00:00:05:05"] * 2


def test_service_tag_over_a_vlan(lab):
    """802.1ad outside, 802.1Q inside: the innermost interface answers, and both tags come back."""
    node, client = lab.pair()
    for host in (node, client):
        add_vlan(host, 7, protocol="802.1ad")
        host.ip("link add link eth0.7 name inner type vlan id 9")
        host.ip("link set inner up")
    lab.address(client, "198.51.100.1/24", "2001:db8:5::1/64", interface="inner")
    lab.speaker(node, configuration("[inner]")).start()
    assert asked(client, "inner") == [node.mac("inner")] * 2


def test_vlan_interface_comes_later(lab):
    node, client = lab.pair()
    lab.speaker(node, configuration('[eth0, "eth0[.]5"]')).start()
    add_vlan(client, 5, "198.51.100.1/24", "2001:db8:5::1/64")
    add_vlan(node, 5)
    wait_for(lambda: asked(client, "eth0.5") == [node.mac("eth0.5")] * 2, 5, "answers in the late VLAN")
    assert asked(client, "eth0") == [node.mac()] * 2


def test_priority_tag_is_answered_and_comes_back(lab):
    """A14, N14: priority 3 in VLAN 0, as some fabrics tag every frame."""
    node, client = lab.pair()
    lab.speaker(node, configuration("[eth0]")).start()
    ours, tag = client.mac(), Dot1Q(prio=3, vlan=0)
    question = ARP(hwsrc=ours, psrc="192.0.2.1", pdst=V4)
    solicitation = IPv6(src="2001:db8::1", dst="ff02::1:ff00:10") / ICMPv6ND_NS(tgt=V6) / ICMPv6NDOptSrcLLAddr(lladdr=ours)
    with PacketSocket(client) as wire:
        wire.send(Ether(dst=BROADCAST, src=ours) / tag / question)
        wire.send(Ether(dst="33:33:ff:00:00:10", src=ours) / tag / solicitation)
        found = answers_on_the_wire(wire)
    for family in ("arp", "ndp"):
        assert (found[family][Dot1Q].prio, found[family][Dot1Q].vlan) == (3, 0)
        assert found[family].src == node.mac()
