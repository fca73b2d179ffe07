# SPDX-License-Identifier: Apache-2.0
"""A bond answers as one interface, with its own MAC, whichever port is active."""

import json

import pytest
from lab import Lab, wait_for

V4, V6 = "192.0.2.10", "2001:db8::10"
CONFIGURATION = f"""
source: file
interfaces: [bond0, "bond0[.]5"]
addresses: [{V4}, "{V6}"]
announce: {{rounds: 1, refresh: 0s}}
"""


@pytest.fixture(name="bonded")
def _bonded():
    """A node whose bond0 has two ports on a switch, and a client on the same switch."""
    with Lab() as lab:
        node, client = lab.host("node"), lab.host("client")
        switch = lab.bridge(client)
        node.ip("link add bond0 type bond mode active-backup miimon 50")
        for port in ("one", "two"):
            lab.wire(node, switch, port, port)
            switch.ip(f"link set {port} master br0")
            node.ip(f"link set {port} down")
            node.ip(f"link set {port} master bond0")
        node.ip("link set bond0 up")
        lab.address(client, "192.0.2.1/24", "2001:db8::1/64")
        wait_for(lambda: "LOWER_UP" in node.links()["bond0"]["flags"], 5, "carrier of the bond")
        yield lab, node, client, switch


def active(node):
    return json.loads(node.ip("-j -d link show bond0"))[0]["linkinfo"]["info_data"]["active_slave"]


def answered(node, client, interface="eth0", by="bond0"):
    return set(client.asks(V4, interface) + client.asks(V6, interface)) == {node.mac(by)}


def test_bond_answers_with_its_mac(bonded):
    lab, node, client, switch = bonded
    speaker = lab.speaker(node, CONFIGURATION).start()
    attachments = speaker.status()["attachments"]
    assert [(a["interface"], a["mode"]) for a in attachments] == [("bond0", "tc")]
    assert answered(node, client)
    before = active(node)
    switch.ip(f"link set {before} down")
    wait_for(lambda: active(node) not in (before, ""), 5, "the other port")
    wait_for(lambda: answered(node, client), 5, "answers over the other port")


def test_port_joins_and_leaves_a_bond_that_answers(bonded):
    """Our program on the bond keeps no port from joining: as native XDP it would, where a driver has none."""
    lab, node, client, switch = bonded
    lab.speaker(node, CONFIGURATION).start()
    lab.wire(node, switch, "three", "three")
    switch.ip("link set three master br0")
    node.ip("link set three down")
    node.ip("link set three master bond0")
    for port in ("one", "two"):
        node.ip(f"link set {port} nomaster")
    wait_for(lambda: active(node) == "three", 5, "the new port active")
    wait_for(lambda: answered(node, client), 5, "answers over the new port")


def test_vlan_on_a_bond(bonded):
    lab, node, client, _ = bonded
    for host, parent in ((node, "bond0"), (client, "eth0")):
        host.ip(f"link add link {parent} name {parent}.5 type vlan id 5")
        host.ip(f"link set {parent}.5 up")
    lab.address(client, "198.51.100.1/24", "2001:db8:5::1/64", interface="eth0.5")
    node.ip("link set bond0.5 address 02:00:00:00:05:05")
    lab.speaker(node, CONFIGURATION).start()
    assert answered(node, client, "eth0.5", by="bond0.5")
    assert answered(node, client)
