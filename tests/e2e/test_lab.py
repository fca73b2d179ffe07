# SPDX-License-Identifier: Apache-2.0
"""What the tests' own network must keep apart: a fault is meant for one host, and no other may feel it; an answer is one
to the question that was asked."""

import threading

from rival import Rival
from two_addresses import V6


def test_a_bridge_keeps_its_mac_when_a_port_is_taken_out(lab):
    hosts = [lab.host(name) for name in ("first", "second", "third")]
    switch = lab.bridge(*hosts)
    before = switch.mac("br0")
    for host in hosts:
        switch.ip(f"link set {host.name} nomaster")
        assert switch.mac("br0") == before


def test_an_unsolicited_advertisement_is_no_answer(lab, pair):
    other, client = pair
    rival, over = Rival(other), threading.Event()

    def announce():
        while not over.wait(0.05):
            rival.announces(V6)
    announcing = threading.Thread(target=announce)
    announcing.start()
    try:
        # More than once: the first question waits until the client's own address is no longer tentative.
        assert [client.asks(V6) for _ in range(3)] == [[], [], []]
        lab.address(other, f"{V6}/64")
        assert client.asks(V6) == [other.mac()]
    finally:
        over.set()
        announcing.join()
