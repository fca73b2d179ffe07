# SPDX-License-Identifier: Apache-2.0
"""On network cards: native XDP on virtio-net, and a card that hides VLAN tags (vmxnet3)."""

import json
import subprocess

import pytest
from lab import Lab, wait_for
from tests.requirement import require

V4, V6 = "192.0.2.10", "2001:db8::10"
# On one wire; scripts/test-kernel gives the machine these.
VIRTIO, CLIENT, VMXNET3 = "02:00:5e:00:00:a0", "02:00:5e:00:00:a1", "02:00:5e:00:00:a2"


def configuration(attach="auto", interfaces="[eth0]"):
    return (f"source: file\ninterfaces: {interfaces}\naddresses: [{V4}, \"{V6}\"]\nattach: {attach}\n"
            "announce: {rounds: 1, refresh: 0s}\n")


def card(mac):
    """The name of this machine's card of that MAC, None when it is in another namespace."""
    links = json.loads(subprocess.run(["ip", "-j", "link", "show"], capture_output=True, text=True, check=True).stdout)
    return next((link["ifname"] for link in links if link["address"] == mac), None)


def give(host, mac):
    # A card comes back by itself, a moment after the namespace of the last test is gone.
    wait_for(lambda: card(mac), 10, f"card {mac}")
    name = card(mac)
    subprocess.run(["ip", "link", "set", name, "down"], check=True)
    subprocess.run(["ip", "link", "set", name, "netns", host.namespace, "name", "eth0"], check=True)
    host.ip("link set eth0 up")
    wait_for(lambda: "LOWER_UP" in host.links()["eth0"]["flags"], 10, f"carrier of {mac}")


@pytest.fixture(name="hosts")
def _hosts(request):
    """A node with the card named by the test and a client with one of its own, both with VLAN 5 on it."""
    with Lab() as lab:
        require(card(CLIENT), "no network cards to give away: run scripts/test-kernel")
        node, client = lab.host("node"), lab.host("client")
        give(node, request.param)
        give(client, CLIENT)
        for host in (node, client):
            host.ip("link add link eth0 name eth0.5 type vlan id 5")
            host.ip("link set eth0.5 up")
        lab.address(client, "192.0.2.1/24", "2001:db8::1/64")
        lab.address(client, "198.51.100.1/24", "2001:db8:5::1/64", interface="eth0.5")
        yield lab, node, client


def asked(client, interface="eth0"):
    return client.asks(V4, interface) + client.asks(V6, interface)


def attached(speaker):
    return {a["interface"]: a for a in speaker.status()["attachments"]}


@pytest.mark.parametrize("hosts", [VIRTIO], indirect=True)
def test_native_xdp_beside_a_vlan(hosts):
    """virtio-net leaves tags where they are: native on the parent, tc on its VLAN, each answers for itself."""
    lab, node, client = hosts
    node.ip("link set eth0.5 address 02:00:00:00:05:05")
    speaker = lab.speaker(node, configuration(interfaces='[eth0, "eth0[.]5"]')).start()
    modes = {name: a["mode"] for name, a in attached(speaker).items()}
    assert modes == {"eth0": "native", "eth0.5": "tc"}, attached(speaker)
    assert node.links()["eth0"]["xdp"]["mode"] == 1, "in the driver"
    assert asked(client) == [VIRTIO] * 2
    assert asked(client, "eth0.5") == ["02:00:00:00:05:05"] * 2
    for family in ("arp", "ndp"):
        assert speaker.metric("isat_frames_total", interface="eth0", family=family, outcome="answered") >= 1
        assert speaker.metric("isat_frames_total", interface="eth0", family=family, outcome="unsupported") >= 1


@pytest.mark.parametrize("hosts", [VMXNET3], indirect=True)
def test_hidden_tags_mean_tc(hosts):
    """The card takes the tags out: at XDP a VLAN's question would look untagged, tc sees it is not."""
    lab, node, client = hosts
    assert "rx-vlan-offload: on" in node.run("ethtool", "-k", "eth0").stdout
    speaker = lab.speaker(node, configuration()).start()
    attachment = attached(speaker)["eth0"]
    assert attachment["mode"] == "tc" and "hides VLAN tags" in attachment["reason"], attachment
    assert asked(client) == [VMXNET3] * 2
    assert asked(client, "eth0.5") == []


@pytest.mark.parametrize("hosts", [VMXNET3], indirect=True)
def test_hidden_tags_refuse_generic_xdp_until_mended(hosts):
    lab, node, client = hosts
    speaker = lab.speaker(node, configuration("generic")).start()
    assert attached(speaker) == {}
    assert "ethtool -K eth0 rxvlan off" in speaker.log()
    node.run("ethtool", "-K", "eth0", "rxvlan", "off")
    wait_for(lambda: attached(speaker), 20, "our program, once mended")
    assert attached(speaker)["eth0"]["mode"] == "generic"
    assert asked(client) == [VMXNET3] * 2
    assert asked(client, "eth0.5") == []
