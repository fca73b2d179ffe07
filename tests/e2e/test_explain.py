# SPDX-License-Identifier: Apache-2.0
"""`isat explain`: each cause made for real, and exactly that one named."""

import contextlib
import fcntl
import json
import os
import struct

from explanation import broken, explain
from lab import ISAT, wait_for
from rival import Rival
from tcx import attach_first
from two_addresses import CONFIGURATION, V4, V6

_TUNSETIFF, _TAP, _NO_HEADER = 0x400454CA, 0x0002, 0x1000


@contextlib.contextmanager
def carrier_of_tap(host, interface="eth0"):
    """The other end of a tap is a process that has it open."""
    with host.inside():
        descriptor = os.open("/dev/net/tun", os.O_RDWR)
    try:
        with host.inside():
            fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("=16sH22x", interface.encode(), _TAP | _NO_HEADER))
        yield
    finally:
        os.close(descriptor)


def evidence(speaker, address=V4):
    """{link: what was seen}"""
    return {link["link"]: link["evidence"] for link in explain(speaker, address)[1]["links"]}


def test_a_whole_chain(lab, pair):
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    for address in (V4, V6):
        assert client.asks(address) == [node.mac()]
        status, explanation = explain(speaker, address)
        assert (status, explanation["answers"]) == (0, True), explanation
        assert {link["state"] for link in explanation["links"]} == {"holds"}, explanation
    text = node.run(ISAT, "explain", "--config", speaker.configuration, "--all").stdout
    assert f"{V4}: this node answers for it" in text and f"{V6}: this node answers for it" in text
    assert broken(speaker, "192.0.2.99") == ("assigned", f"{speaker.configuration} does not list it")
    assert node.run(ISAT, "explain", "192.0.2.300", check=False).returncode == 2


def test_no_speaker_has_run(lab, pair):
    speaker = lab.speaker(pair[0], CONFIGURATION)
    # The carrier of a new wire comes a moment later.
    wait_for(lambda: broken(speaker)[0] == "attached", 5, "the interface")
    assert "no speaker has run here" in broken(speaker)[1]


def test_the_interface(lab, pair):
    node, client = pair
    lab.wire(node, client, "eth1", "eth1")
    speaker = lab.speaker(node, CONFIGURATION.replace("[eth0]", "[\"eth.*\"]").replace(
        f"[{V4},", f"[{{address: {V4}, interfaces: [eth0]}}, {{address: 192.0.2.11, interfaces: [eth9]}},")).start()
    assert broken(speaker) == ("", "")
    link, cause = broken(speaker, "192.0.2.11")
    assert link == "interface" and "named eth9" in cause
    client.ip("link set eth0 down")
    wait_for(lambda: broken(speaker) == ("interface", "no interface can serve it: eth0 has no carrier"), 5, "the loss")
    node.ip("link set eth0 down")
    assert broken(speaker) == ("interface", "no interface can serve it: eth0 is down")
    node.ip("link set eth0 up")
    node.ip("link add br0 type bridge")
    node.ip("link set eth0 master br0")
    link, cause = broken(speaker)
    assert link == "interface" and "eth0 is enslaved" in cause
    node.ip("link set eth0 nomaster")
    client.ip("link set eth0 up")
    wait_for(lambda: broken(speaker) == ("", ""), 5, "the chain, mended")


def test_an_excluded_interface(lab, pair):
    speaker = lab.speaker(pair[0], CONFIGURATION.replace("interfaces: [eth0]", "exclude_interfaces: [\"eth.*\"]")).start()
    assert broken(speaker) == ("interface", "no interface can serve it: eth0 is excluded by 'eth.*'")


def test_a_strangers_xdp_program(lab, pair):
    """It holds the hook that was asked for; or it swallows what would come to tc."""
    node, client = pair
    node.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp_drop")
    speaker = lab.speaker(node, CONFIGURATION + "attach: native\n").start()
    link, cause = broken(speaker)
    assert link == "attached" and "the XDP hook of eth0 is taken by program" in cause
    speaker.stop()
    speaker.write(CONFIGURATION)
    speaker.start()
    assert client.asks(V4) == []
    link, cause = broken(speaker)
    assert link == "asked" and "comes first and may swallow" in cause
    node.ip("link set dev eth0 xdpdrv off")
    assert client.asks(V4) == [node.mac()]
    assert broken(speaker) == ("", "")


def test_the_driver_loses_what_is_sent_back(lab, pair):
    """XDP_TX on veth goes nowhere while the other end runs no program; only the driver's own counter knows."""
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION + "attach: native\n").start()
    assert client.asks(V4) == []
    link, cause = broken(speaker)
    assert link == "answered" and "eth0's driver lost" in cause and "xdp_tx_errors" in cause, cause
    speaker.stop()
    speaker.write(CONFIGURATION + "attach: tc\n")
    speaker.start()
    assert client.asks(V4) == [node.mac()]
    assert broken(speaker) == ("", "")


def test_the_map_is_full(lab, pair):
    """Capacity counts announcements: the first address takes both places, one on each interface."""
    node, client = pair
    lab.wire(node, client, "eth1", "eth1")
    speaker = lab.speaker(node, f"interfaces: [\"eth.*\"]\ncapacity: 2\naddresses: [{V4}, 192.0.2.11]\n").start()
    assert broken(speaker) == ("", "")
    assert broken(speaker, "192.0.2.11") == ("programmed", "the map is full: 2 of 2 announcements")


def test_packet_filters(lab):
    """Bridge filters before us, and a filter on the way out after us."""
    node, client = lab.host("node"), lab.host("client")
    lab.wire(node, client, "port0", "eth0")
    lab.address(client, "192.0.2.1/24", "2001:db8::1/64")
    node.ip("link add br0 type bridge")
    node.ip("link set br0 up")
    node.ip("link set port0 master br0")
    speaker = lab.speaker(node, CONFIGURATION.replace("[eth0]", "[br0]")).start()
    node.run("nft", "add table bridge lan; add chain bridge lan guard { type filter hook prerouting priority 0; };"
             " add rule bridge lan guard ether type arp drop")
    assert client.asks(V4) == []
    link, cause = broken(speaker)
    assert link == "asked" and "table bridge lan, chain guard" in cause
    node.run("nft", "delete table bridge lan")
    assert client.asks(V4) == [node.mac("br0")]
    assert broken(speaker) == ("", "")
    node.run("nft", "add table bridge lan; add chain bridge lan out { type filter hook postrouting priority 0; };"
             " add rule bridge lan out ether type arp drop")
    assert client.asks(V4) == []
    link, cause = broken(speaker)
    assert link == "answered" and "table bridge lan, chain out" in cause


def test_a_strangers_filter_on_the_way_out(lab, pair):
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert client.asks(V4) == [node.mac()]
    node.run("tc", "qdisc", "replace", "dev", "eth0", "clsact")
    node.run("tc", "filter", "add", "dev", "eth0", "egress", "bpf", "da", "obj", lab.stranger(), "sec", "drop")
    assert client.asks(V4) == []
    link, cause = broken(speaker)
    assert link == "answered" and "filter 0x1 at priority" in cause
    node.run("tc", "filter", "delete", "dev", "eth0", "egress")
    assert client.asks(V4) == [node.mac()]
    assert broken(speaker) == ("", "")


def test_the_group_is_left_with_the_speaker(lab, pair):
    """After kill -9 the kernel answers on, but its sockets are gone, and with them the group."""
    speaker = lab.speaker(pair[0], CONFIGURATION).start()
    wait_for(lambda: broken(speaker, V6) == ("", ""), 5, "the group")
    speaker.stop(kill=True)
    link, cause = broken(speaker, V6)
    assert link == "group joined" and "ff02::1:ff00:10" in cause
    status, explanation = explain(speaker, V4)
    assert status == 0 and any("no speaker is running" in warning for warning in explanation["warnings"])


def test_kube_proxy_without_strict_arp(lab, pair):
    node, _ = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    node.ip("link add kube-ipvs0 type bridge")
    link, cause = broken(speaker)
    assert link == "answered" and "kube-proxy in IPVS mode" in cause
    node.run("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1")
    assert broken(speaker) == ("", "")


def test_outside_every_subnet(lab, pair):
    node, _ = pair
    lab.address(node, "198.51.100.2/24")
    speaker = lab.speaker(node, CONFIGURATION).start()
    status, explanation = explain(speaker, V4)
    assert status == 0
    assert any("lies in none of eth0's subnets (198.51.100.2/24" in warning for warning in explanation["warnings"])


def test_a_rival(lab):
    """The probe hears who else answers; from another interface it hears this node, too."""
    node, client, rival_host = lab.host("node"), lab.host("client"), lab.host("rival")
    switch = lab.bridge(node, client, rival_host)
    lab.wire(node, switch, "eth1", "second")
    switch.ip("link set second master br0")
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert broken(speaker, V4, "--probe") == ("", "")
    status, explanation = explain(speaker, V6, "--probe-from", "eth1")
    assert status == 0
    seen = {link["link"]: link["evidence"] for link in explanation["links"]}
    assert f"from eth1: {node.mac()} after" in seen["alone"]
    lab.address(rival_host, f"{V4}/24", f"{V6}/64")
    for address in (V4, V6):
        link, cause = broken(speaker, address, "--probe")
        assert link == "alone" and f"{rival_host.mac()} claims the address" in cause
    assert broken(speaker, V4, "--probe-from", "eth7")[0] == "", "an interface that is not there is said, not judged"


def test_a_passed_deadline(lab, pair):
    """`silent` says nothing after it; `yield` gives way to the first who announces."""
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    rival = Rival(client)
    speaker.stop(kill=True)
    speaker.pass_deadline()
    assert broken(speaker) == ("", "")
    rival.announces(V4)
    link, cause = broken(speaker)
    assert link == "vouched" and "this node gave way" in cause
    speaker.write(CONFIGURATION + "after_deadline: silent\n")
    link, cause = broken(speaker, V6)
    assert link == "vouched" and "the policy is to be silent" in cause


def test_what_was_done_about_a_taken_xdp_hook(lab):
    """A tap's driver has native XDP, which auto would take: with a stranger there it took tc, and the link says why."""
    node = lab.host("node")
    node.ip("tuntap add dev eth0 mode tap")
    node.ip("link set eth0 up")
    node.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
    stranger = node.links()["eth0"]["xdp"]["prog"]["id"]
    speaker = lab.speaker(node, CONFIGURATION).start()
    with carrier_of_tap(node):
        wait_for(lambda: broken(speaker)[0] != "interface", 5, "the carrier")
        assert evidence(speaker)["attached"] == f"tc: the XDP hook is held by program {stranger} on eth0"
        link, cause = broken(speaker)
        assert link == "asked" and f"where program {stranger} (stranger_xdp) comes first" in cause


def test_a_program_ahead_of_us_at_tcx(lab, pair):
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    node.run("tc", "qdisc", "replace", "dev", "eth0", "clsact")
    node.run("tc", "filter", "add", "dev", "eth0", "ingress", "bpf", "da", "obj", lab.stranger(), "sec", "drop")
    assert client.asks(V4) == [node.mac()], "clsact comes after us"
    assert broken(speaker) == ("", "")
    program = next(each["options"]["prog"]["id"] for each in json.loads(
        node.run("tc", "-j", "filter", "show", "dev", "eth0", "ingress").stdout) if "prog" in each.get("options", {}))
    attach_first(node, program)
    assert client.asks(V4) == client.asks(V6) == []
    assert evidence(speaker)["asked"] == f"1 times; program {program} (stranger_drop) comes first on eth0"


def test_arptables_is_passed_by(lab, pair):
    """Its chains see what the stack receives and sends; isat answers before the one and beside the other."""
    node, client = pair
    lab.address(node, "192.0.2.2/24")
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert client.asks("192.0.2.2") == [node.mac()]
    for chain in ("INPUT", "OUTPUT"):
        node.run("arptables-nft", "-P", chain, "DROP")
    assert client.asks("192.0.2.2") == [], "the stack's own answers are dropped"
    assert client.asks(V4) == [node.mac()]
    assert broken(speaker) == ("", "")


def test_a_netdev_chain_on_the_way_out(lab, pair):
    """What tc sends back passes it by; what the speaker tells the neighbours does not, and that is said."""
    node, client = pair
    node.run("nft", "add table netdev lan;"
             " add chain netdev lan out { type filter hook egress device eth0 priority 0; };"
             " add rule netdev lan out ether type arp drop")
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert client.asks(V4) == [node.mac()]
    wait_for(lambda: speaker.metric("isat_gratuitous_failed_total") == 1, 5, "the round")
    status, explanation = explain(speaker, V4)
    assert status == 0
    link = next(each for each in explanation["links"] if each["link"] == "announced")
    assert link["state"] == "lacking" and f"send gratuitous {V4} on interface" in link["evidence"]
    assert any("neighbours that know another MAC are not told" in each for each in explanation["warnings"])
    assert evidence(speaker, V6)["announced"] == "a speaker runs and repeats it", "only ARP is dropped"
    text = node.run(ISAT, "status", "--pin", speaker.pin).stdout
    assert f"error     telling of {V4} on eth0: send gratuitous" in text
    node.run("nft", "delete table netdev lan")
    node.ip("link set eth0 address 02:00:00:00:00:99")
    wait_for(lambda: evidence(speaker)["announced"] == "a speaker runs and repeats it", 5, "the next round, sent")


def test_without_the_rights_it_says_what_it_did_not_see(lab, pair):
    """The maps can be read without CAP_NET_ADMIN, the rules cannot; without any right nothing is believed."""
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert client.asks(V4) == [node.mac()]

    def explains(*rights):
        result = node.run("setpriv", *rights, ISAT, "explain", "--pin", speaker.pin, "-o", "json", V4, check=False)
        assert result.stderr == "", "nothing beside the document"
        return json.loads(result.stdout)
    seen = explains("--inh-caps=-net_admin", "--bounding-set=-net_admin")
    assert seen["answers"]
    unseen = "not seen: list packet filters: no CAP_NET_ADMIN"
    assert [each for each in seen["warnings"] if each.startswith(unseen)], seen
    seen = explains("--reuid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")
    assert seen["links"][-1]["link"] == "attached" and "Permission denied; run as root" in seen["cause"]
    assert seen["mend"] == "isat explain as root"
