# SPDX-License-Identifier: Apache-2.0
"""Real clients get real answers: arping, ndisc6, a Linux neighbour table, duplicate address detection."""

import json

import pytest
from lab import wait_for
from packet_socket import PacketSocket
from two_addresses import CONFIGURATION


@pytest.fixture(name="pair")
def _pair(lab):
    node, client = lab.pair()
    return node, client, lab.speaker(node, CONFIGURATION).start()


def test_arping_and_ndisc6(pair):
    node, client, speaker = pair
    assert client.asks("192.0.2.10") == [node.mac()]
    assert client.asks("2001:db8::10") == [node.mac()]
    assert client.asks("192.0.2.11") == []
    assert client.asks("2001:db8::11") == []
    outcomes = {i["interface"]: i for i in speaker.status()["outcomes"]}["eth0"]
    assert outcomes["arp"]["answered"] >= 1 and outcomes["ndp"]["answered"] >= 1
    assert speaker.metric("isat_frames_total", interface="eth0", family="arp", outcome="answered") >= 1


def test_linux_neighbour_becomes_reachable(pair):
    node, client, _ = pair
    for address in ("192.0.2.10", "2001:db8::10"):
        client.run("bash", "-c", f"echo >/dev/udp/{address}/9", check=False)
        wait_for(lambda a=address: client.neighbour(a) == ("REACHABLE", node.mac()), 3, f"REACHABLE for {address}")


def test_linux_neighbour_stays_reachable_by_unicast_probes(pair):
    """Neighbour unreachability detection asks by unicast: an answer that only broadcasts get lets entries die."""
    node, client, _ = pair
    for family, address in (("ipv4", "192.0.2.10"), ("ipv6", "2001:db8::10")):
        client.run("bash", "-c", f"echo 300 >/proc/sys/net/{family}/neigh/eth0/base_reachable_time_ms;"
                                 f"echo 1 >/proc/sys/net/{family}/neigh/eth0/delay_first_probe_time")
        client.run("bash", "-c", f"echo >/dev/udp/{address}/9", check=False)
        wait_for(lambda a=address: client.neighbour(a)[0] == "REACHABLE", 3)
        for _ in range(2):
            # From DELAY a Linux neighbour asks by unicast, and without an answer goes on to PROBE and FAILED.
            wait_for(lambda a=address: client.neighbour(a)[0] == "DELAY", 5, f"DELAY of {address}")
            wait_for(lambda a=address: client.neighbour(a) == ("REACHABLE", node.mac()), 5, f"{address} confirmed")


def test_duplicate_address_detection_defends_the_address(pair):
    _, client, speaker = pair
    client.ip("address add 2001:db8::10/64 dev eth0")

    def failed():
        addresses = json.loads(client.ip("-j address show dev eth0"))[0]["addr_info"]
        return any(a["local"] == "2001:db8::10" and a.get("dadfailed") for a in addresses)

    wait_for(failed, 5, "DAD failure on the client")
    wait_for(lambda: speaker.metric("isat_events_total", kind="claim") >= 1, 3, "the claim event")


def test_arp_probe_defends_the_address(pair):
    """arping -d style detection (RFC 5227): a probe from 0.0.0.0 gets its answer."""
    node, client, _ = pair
    out = client.run("arping", "-0", "-c", "1", "-w", "1", "-r", "-i", "eth0", "192.0.2.10", check=False).stdout
    assert out.split() == [node.mac()]


def test_two_nodes_never_loop(lab):
    """Both announce the same address: each client question gets two answers, and then the wire is quiet."""
    one, other, client = lab.host("one"), lab.host("other"), lab.host("client")
    lab.bridge(one, other, client)
    lab.address(client, "192.0.2.1/24", "2001:db8::1/64")
    speakers = [lab.speaker(host, CONFIGURATION).start() for host in (one, other)]
    wait_for(lambda: len(client.asks("192.0.2.10")) >= 1)

    def answered():
        return sum(s.metric("isat_frames_total", outcome="answered") for s in speakers)

    before = answered()
    for _ in range(5):
        client.asks("192.0.2.10")
        client.asks("2001:db8::10")
    wait_for(lambda: answered() >= before + 20, 5)
    after = answered()
    assert after - before <= 30, "answers must not beget answers"
    client.run("sleep", "1")
    assert answered() - after <= 4


def test_bridge_with_multicast_snooping(lab):
    """A snooping switch forwards solicitations only where MLD reports joined: the speaker must really join."""
    node, client = lab.host("node"), lab.host("client")
    switch = lab.bridge(node, client)
    # It goes by reports once it has asked for some and waited for them. In hundredths of a second; set before it begins.
    switch.ip("link set br0 type bridge mcast_query_interval 100 mcast_startup_query_interval 100"
              " mcast_query_response_interval 100")
    switch.ip("link set br0 type bridge mcast_snooping 1 mcast_querier 1")
    # A Linux bridge floods a group that nobody joined; switches need not.
    switch.run("bridge", "link", "set", "dev", "node", "mcast_flood", "off")
    lab.address(client, "2001:db8::1/64")
    group = bytes.fromhex("3333ff000010")
    with PacketSocket(node) as wire:
        client.asks("2001:db8::10")
        assert not [frame for frame in wire.waiting() if frame[:6] == group], "the switch filters"
    lab.speaker(node, CONFIGURATION).start()

    def joined():
        groups = switch.run("bridge", "mdb", "show").stdout
        return any("ff02::1:ff00:10" in line and "port node" in line for line in groups.splitlines())

    wait_for(joined, 10, "the MLD report at the switch")
    wait_for(lambda: client.asks("2001:db8::10") == [node.mac()], 10, "an answer through the switch")


@pytest.mark.parametrize("mode", ["native", "generic", "tc"])
def test_every_mode(lab, mode):
    node, client = lab.pair()
    if mode == "native":
        # What veth's XDP sends is lost unless its peer runs a program as well.
        client.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
    speaker = lab.speaker(node, CONFIGURATION + f"attach: {mode}\n").start()
    assert client.asks("192.0.2.10") == [node.mac()]
    assert client.asks("2001:db8::10") == [node.mac()]
    assert speaker.status()["attachments"][0]["mode"] == mode
