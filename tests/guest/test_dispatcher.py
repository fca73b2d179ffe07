# SPDX-License-Identifier: Apache-2.0
"""Beside libxdp's dispatcher, which shares one XDP hook among the programs that are loaded through it.

In the virtual machine, since not every kernel lets it attach its programs to one another.
"""

import shutil

import pytest
from lab import ISAT, Lab
from tests.requirement import require
from two_addresses import CONFIGURATION, V4, V6


@pytest.fixture(name="pair")
def _pair():
    require(shutil.which("xdp-loader"), "xdp-loader is missing: run scripts/install")
    with Lab() as lab:
        node, client = lab.pair()
        # The stack answers for this one: what isat and the dispatcher pass on must reach it.
        lab.address(node, "192.0.2.2/24", "2001:db8::2/64")
        # What veth's XDP sends is lost unless its peer runs a program as well.
        client.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
        yield lab, node, client
        node.run("xdp-loader", "unload", "eth0", "--all", check=False)


def load(lab, node, section="xdp", **options):
    return node.run("xdp-loader", "load", "-m", "native", "eth0", lab.stranger(), "-s", section, **options)


def dispatched(node):
    """The identity of the dispatcher on the hook, and the names of what it calls; None when there is none."""
    rows = [line.split() for line in node.run("xdp-loader", "status", "eth0").stdout.splitlines()]
    names = [row[2] for row in rows if row[:1] == ["=>"]]
    return (node.links()["eth0"]["xdp"]["prog"]["id"], names) if names else None


def answers(node, client):
    return client.asks(V4) == [node.mac()] and client.asks(V6) == [node.mac()]


def stack_answers(node, client):
    return client.asks("192.0.2.2") == [node.mac()] and client.asks("2001:db8::2") == [node.mac()]


def detach(speaker):
    speaker.stop()
    speaker.host.run(ISAT, "detach", "--pin", speaker.pin)


def test_dispatcher_before_us(pair):
    """It keeps the hook and what it calls, and takes more programs while we answer at tc."""
    lab, node, client = pair
    load(lab, node)
    before = dispatched(node)
    assert before and before[1] == ["stranger_xdp"]
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert answers(node, client) and stack_answers(node, client)
    assert speaker.status()["attachments"][0]["mode"] == "tc"
    assert dispatched(node) == before
    load(lab, node)
    assert dispatched(node)[1] == ["stranger_xdp"] * 2
    assert answers(node, client) and stack_answers(node, client)
    beside = dispatched(node)
    detach(speaker)
    assert dispatched(node) == beside
    assert client.asks(V4) == [] and stack_answers(node, client)


def test_dispatcher_after_us_at_tc(pair):
    lab, node, client = pair
    speaker = lab.speaker(node, CONFIGURATION + "attach: tc\n").start()
    load(lab, node)
    after = dispatched(node)
    assert after and answers(node, client) and stack_answers(node, client)
    detach(speaker)
    assert dispatched(node) == after
    assert client.asks(V4) == [] and stack_answers(node, client)


def test_dispatcher_after_us_on_the_hook_is_refused(pair):
    """Our link is not displaced: xdp-loader gets the error, and the hook once we are gone."""
    lab, node, client = pair
    speaker = lab.speaker(node, CONFIGURATION + "attach: native\n").start()
    ours = node.links()["eth0"]["xdp"]["prog"]["id"]
    assert load(lab, node, check=False).returncode != 0
    assert node.links()["eth0"]["xdp"]["prog"]["id"] == ours
    assert answers(node, client)
    detach(speaker)
    load(lab, node)
    assert dispatched(node)[1] == ["stranger_xdp"] and stack_answers(node, client)
