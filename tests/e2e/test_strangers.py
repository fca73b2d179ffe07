# SPDX-License-Identifier: Apache-2.0
"""Other people's programs on the same hooks, there before isat or after it: both sides keep working."""

import json

import pytest
from lab import ISAT, wait_for
from two_addresses import CONFIGURATION, V4, V6


@pytest.fixture(name="pair")
def _pair(pair, lab):
    node, client = pair
    # The stack answers for this one: what isat passes on must reach it.
    lab.address(node, "192.0.2.2/24", "2001:db8::2/64")
    return node, client


def answers(node, client):
    return client.asks(V4) == [node.mac()] and client.asks(V6) == [node.mac()]


def stack_answers(node, client):
    return client.asks("192.0.2.2") == [node.mac()] and client.asks("2001:db8::2") == [node.mac()]


def add_filter(lab, node, section="tc"):
    node.run("tc", "qdisc", "replace", "dev", "eth0", "clsact")
    node.run("tc", "filter", "add", "dev", "eth0", "ingress", "bpf", "da", "obj", lab.stranger(), "sec", section)


def filters(node):
    """(section, identity of the program) of each stranger's clsact filter on the way in."""
    listed = json.loads(node.run("tc", "-j", "filter", "show", "dev", "eth0", "ingress").stdout)
    return [(f["options"]["bpf_name"], f["options"]["prog"]["id"]) for f in listed
            if f.get("options", {}).get("bpf_name", "").startswith("stranger")]


def xdp_program(node):
    return node.links()["eth0"].get("xdp", {}).get("prog", {}).get("id")


def detach(speaker):
    speaker.stop()
    speaker.host.run(ISAT, "detach", "--pin", speaker.pin)


@pytest.mark.parametrize("section, passes", [("tc", True), ("drop", False)])
def test_filter_before_us(lab, pair, section, passes):
    """Even a stranger that swallows everything does not keep us from answering: at tcx we come before clsact, and on
    kernels without it before the older filters."""
    node, client = pair
    add_filter(lab, node, section)
    before = filters(node)
    assert len(before) == 1
    assert stack_answers(node, client) is passes, "the stranger is at work"
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert answers(node, client)
    assert filters(node) == before
    assert stack_answers(node, client) is passes, "still at work, behind us"
    detach(speaker)
    assert filters(node) == before, "the stranger stays when we go"
    assert stack_answers(node, client) is passes
    assert client.asks(V4) == []


@pytest.mark.parametrize("section, passes", [("tc", True), ("drop", False)])
def test_filter_after_us(lab, pair, section, passes):
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert answers(node, client)
    add_filter(lab, node, section)
    after = filters(node)
    assert len(after) == 1
    assert answers(node, client)
    assert stack_answers(node, client) is passes, "frames we pass come to the stranger"
    speaker.stop(kill=True)
    speaker.start()
    assert answers(node, client)
    detach(speaker)
    assert filters(node) == after
    assert stack_answers(node, client) is passes
    node.run("tc", "filter", "show", "dev", "eth0", "ingress")
    assert "clsact" in node.run("tc", "qdisc", "show", "dev", "eth0").stdout


def test_xdp_before_us(lab, pair):
    """auto on veth is tc in any case; asked for XDP, the occupant is named and stays."""
    node, client = pair
    node.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
    stranger = xdp_program(node)
    assert stranger
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert answers(node, client)
    assert speaker.status()["attachments"][0]["mode"] == "tc"
    assert xdp_program(node) == stranger
    detach(speaker)
    assert xdp_program(node) == stranger
    assert stack_answers(node, client)


@pytest.mark.parametrize("mode", ["native", "generic"])
def test_xdp_asked_for_where_a_stranger_is(lab, pair, mode):
    node, client = pair
    attach = {"native": "xdpdrv", "generic": "xdpgeneric"}[mode]
    node.ip(f"link set dev eth0 {attach} obj {lab.stranger()} sec xdp")
    stranger = xdp_program(node)
    speaker = lab.speaker(node, CONFIGURATION + f"attach: {mode}\n").start()
    wait_for(lambda: f"the XDP hook is held by program {stranger}" in speaker.log(), 3, "the occupant in the log")
    assert xdp_program(node) == stranger, "never displaced"
    assert speaker.status()["attachments"] == []
    assert client.asks(V4) == []
    # It goes: ours comes, without a restart.
    node.ip(f"link set dev eth0 {attach} off")
    wait_for(lambda: speaker.status()["attachments"], 20, "our program on the free hook")
    assert speaker.status()["attachments"][0]["mode"] == mode


def test_auto_yields_the_xdp_hook(lab):
    """A tap's driver has native XDP: there auto would take it, and with a stranger on it takes tc and says why."""
    node = lab.host("node")
    node.ip("tuntap add dev eth0 mode tap")
    node.ip("link set eth0 up")
    node.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
    stranger = xdp_program(node)
    speaker = lab.speaker(node, CONFIGURATION).start()
    attachment = speaker.status()["attachments"][0]
    assert attachment["mode"] == "tc"
    assert attachment["reason"].startswith(f"the XDP hook is held by program {stranger}"), attachment
    assert xdp_program(node) == stranger
    text = node.run(ISAT, "status", "--pin", speaker.pin).stdout
    assert f"held by program {stranger}" in text


def test_xdp_after_us(lab, pair):
    """A stranger's XDP program comes first in the path; what it passes is answered at tc."""
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    node.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
    stranger = xdp_program(node)
    assert answers(node, client) and stack_answers(node, client)
    detach(speaker)
    assert xdp_program(node) == stranger
    assert client.asks(V4) == [] and stack_answers(node, client)


def test_xdp_after_ours_is_refused_by_the_kernel(lab, pair):
    """Our XDP link is not displaced by a careless `ip link set xdp`: the stranger gets the error."""
    node, client = pair
    client.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
    lab.speaker(node, CONFIGURATION + "attach: native\n").start()
    ours = xdp_program(node)
    assert node.run("ip", "link", "set", "dev", "eth0", "xdpdrv", "obj", lab.stranger(), "sec", "xdp",
                    check=False).returncode != 0
    assert xdp_program(node) == ours
    assert answers(node, client)
