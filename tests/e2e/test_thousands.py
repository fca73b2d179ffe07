# SPDX-License-Identifier: Apache-2.0
"""Thousands of addresses at once: all are answered at once, told at a pace, and listened for in their groups."""

import bisect
import ipaddress
import time

from lab import ISAT, wait_for
from packet_socket import PacketSocket

V4, V6 = 2048, 2100
# As GratuitousTiming has it: so many addresses in so many seconds.
BUDGET, WINDOW = 500, 0.1
CONFIGURATION = """
source: file
interfaces: [eth0]
addresses: [10.1.0.0/21, "2001:db8::1:0-2001:db8::1:833"]
announce: {rounds: 1, refresh: 0s}
"""


def addresses():
    ranges = (ipaddress.ip_address("10.1.0.0"), V4), (ipaddress.ip_address("2001:db8::1:0"), V6)
    return {str(first + offset) for first, count in ranges for offset in range(count)}


def told(frame, mac):
    """The address this frame tells everybody about, or None."""
    if frame[6:12] != mac:
        return None
    if frame[12:14] == b"\x08\x06" and frame[28:32] == frame[38:42]:
        return str(ipaddress.ip_address(frame[28:32]))
    if frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 136:
        return str(ipaddress.ip_address(frame[62:78]))
    return None


GROUPS = {f"ff02::1:ff01:{number:x}" for number in range(V6)}


def groups(node):
    """How many of them it is in: the interface's own address, made of a random MAC, may have a neighbouring one."""
    return len(GROUPS & set(node.ip("-6 maddr show dev eth0").split()))


def test_thousands(lab):
    node, client = lab.pair()
    lab.address(client, "10.1.255.1/16")
    mac = bytes.fromhex(node.mac().replace(":", ""))
    speaker = lab.speaker(node, CONFIGURATION)
    checked = node.run(ISAT, "check", "--config", speaker.configuration)
    assert f"IPv6 needs {V6} multicast groups" in checked.stderr

    with PacketSocket(client) as wire:
        speaker.start(wait=False)
        heard, untold = [], addresses()

        def listen():
            heard.extend((when, told(frame, mac)) for when, frame in wire.stamped() if told(frame, mac))
            return not untold.difference(address for _, address in heard)

        wait_for(listen, 20, "everything told")
        time.sleep(0.5)
        listen()
    assert len(heard) == 2 * V4 + V6, "and told once"
    times = [when for when, _ in heard]
    # Two windows touch any such span, and an IPv4 address takes two frames.
    busiest = max(bisect.bisect(times, when + WINDOW) - number for number, when in enumerate(times))
    assert busiest <= 2 * 2 * BUDGET, f"{busiest} frames within {WINDOW} s"

    for address in ("10.1.7.255", "2001:db8::1:833"):
        assert client.asks(address) == [node.mac()]
    wait_for(lambda: speaker.metric("isat_multicast_groups", state="joined") == V6, 20, "the groups")
    assert groups(node) == V6
    assert f"IPv6 needs {V6} multicast groups" in node.run(ISAT, "status", "--pin", speaker.pin).stdout

    speaker.write(CONFIGURATION.replace(", \"2001:db8::1:0-2001:db8::1:833\"", ""))
    wait_for(lambda: groups(node) == 0, 20, "the end of the groups")
    assert client.asks("2001:db8::1:833") == [] and client.asks("10.1.7.255") == [node.mac()]
