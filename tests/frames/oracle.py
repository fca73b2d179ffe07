#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Asks scapy, which nobody here wrote, whether every answer is one, and was an answer to a question.

Usage: oracle.py COMMAND [ARGUMENT…]    the command prints what print_solicitations prints
"""

import json
import socket
import subprocess
import sys

from scapy.layers.inet6 import (
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import NoPayload, Padding, Raw
from scapy.utils6 import in6_getnsma, in6_ismaddr

OURS = "02:00:5e:00:00:01"
OURS4 = "192.0.2.10"
OURS6 = "2001:db8::10"
ALL_NODES = "ff02::1"
ALL_NODES_MAC = "33:33:00:00:00:01"


def expect(what, actual, expected):
    if actual != expected:
        raise AssertionError(f"{what} is {actual!r}, not {expected!r}")


def is_group(mac):
    return int(mac[:2], 16) & 1 == 1


def link_layer(frame):
    """The frame's Ethernet header and priority tag alone, addressed the other way by the caller."""
    header = Ether(src=OURS, type=frame.type)
    if Dot1Q in frame:
        tag = frame[Dot1Q]
        return header / Dot1Q(vlan=0, prio=tag.prio, id=tag.id, type=tag.type)
    return header


def expect_bytes(what, actual, expected):
    expect(what, bytes(actual).hex(), bytes(expected).hex())


def solicited_node_group(address):
    return socket.inet_ntop(socket.AF_INET6, in6_getnsma(socket.inet_pton(socket.AF_INET6, address)))


def with_checksum_of_scapy(frame):
    """The same frame, its ICMPv6 checksum and IPv6 payload length left to scapy."""
    copy = frame.copy()
    padding = bytes(copy[Padding]) if Padding in copy else b""
    if padding:
        copy[Padding].underlayer.remove_payload()
    del copy[IPv6].plen
    del copy[IPv6].payload.cksum
    return bytes(copy) + padding


def askers_link_layer(message):
    """The first source link-layer option's address, or None. scapy stops at an option it does not know."""
    rest = bytes(message.payload)[: message.underlayer.plen - 24]
    while rest:
        if rest[0] == 1:
            return ICMPv6NDOptSrcLLAddr(rest[:8]).lladdr
        rest = rest[8 * rest[1] :]
    return None


def check_arp_request(frame):
    arp = frame[ARP]
    expect("operation", arp.op, 1)
    expect("hardware, protocol and lengths", (arp.hwtype, arp.ptype, arp.hwlen, arp.plen), (1, 0x0800, 6, 4))
    expect("asked address", arp.pdst, OURS4)
    expect("the asker is a group", is_group(arp.hwsrc) or arp.hwsrc == "00:00:00:00:00:00", False)
    expect("destination is all or us", frame.dst in ("ff:ff:ff:ff:ff:ff", OURS), True)


def check_arp_reply(request, reply):
    asked, arp = request[ARP], reply[ARP]
    expect("Ethernet", (reply.dst, reply.src), (asked.hwsrc, OURS))
    expect("operation", arp.op, 2)
    expect("sender", (arp.hwsrc, arp.psrc), (OURS, OURS4))
    expect("target", (arp.hwdst, arp.pdst), (asked.hwsrc, asked.psrc))
    trailer = bytes(reply[Padding]) if Padding in reply else b""
    expect("trailer", trailer.strip(b"\0"), b"")
    rebuilt = link_layer(request)
    rebuilt.dst = asked.hwsrc
    rebuilt /= ARP(op="is-at", hwsrc=OURS, psrc=OURS4, hwdst=asked.hwsrc, pdst=asked.psrc)
    expect_bytes("reply as scapy builds it", reply, bytes(rebuilt).ljust(len(reply), b"\0"))


def check_solicitation(frame):
    ip, asked = frame[IPv6], frame[ICMPv6ND_NS]
    expect("hop limit, code and version", (ip.hlim, asked.code, ip.version), (255, 0, 6))
    expect("asked address", asked.tgt, OURS6)
    expect("checksum", bytes(frame).hex(), with_checksum_of_scapy(frame).hex())
    if in6_ismaddr(ip.dst):
        expect("the group is the target's", ip.dst in (solicited_node_group(asked.tgt), ALL_NODES), True)
    if ip.src == "::":
        expect("destination of a probe", ip.dst, solicited_node_group(asked.tgt))
        expect("a probe has a link-layer option", askers_link_layer(asked) is not None, False)


def check_advertisement(request, reply):
    asked, ip, told = request[IPv6], reply[IPv6], reply[ICMPv6ND_NA]
    probe = asked.src == "::"
    if probe:
        asker, to = ALL_NODES_MAC, ALL_NODES
    else:
        asker, to = askers_link_layer(request[ICMPv6ND_NS]) or request.src, asked.src
    expect("Ethernet", (reply.dst, reply.src), (asker, OURS))
    expect("addresses", (ip.src, ip.dst), (OURS6, to))
    expect("class, flow, hop limit", (ip.tc, ip.fl, ip.hlim), (0, 0, 255))
    expect("payload length", ip.plen, 32)
    expect("router, solicited, override", (told.R, told.S, told.O), (0, 0 if probe else 1, 1))
    expect("reserved bits and code", (told.res, told.code), (0, 0))
    expect("target", told.tgt, OURS6)
    expect("target link-layer option", reply[ICMPv6NDOptDstLLAddr].lladdr, OURS)
    expect("what follows the option", type(reply[ICMPv6NDOptDstLLAddr].payload), NoPayload)
    expect("checksum", bytes(reply).hex(), with_checksum_of_scapy(reply).hex())
    rebuilt = link_layer(request)
    rebuilt.dst = asker
    rebuilt /= IPv6(src=OURS6, dst=to, hlim=255)
    rebuilt /= ICMPv6ND_NA(R=0, S=0 if probe else 1, O=1, tgt=OURS6) / ICMPv6NDOptDstLLAddr(lladdr=OURS)
    expect_bytes("advertisement as scapy builds it", reply, rebuilt)


def check(row):
    """Judges one line; returns the layer that was answered, or None."""
    if row["outcome"] != "answered":
        expect("what was sent", row["out"], None)
        return None
    request = Ether(bytes.fromhex(row["in"]))
    layer, check_request, check_reply = (
        (ARP, check_arp_request, check_arp_reply)
        if ARP in request
        else (ICMPv6ND_NS, check_solicitation, check_advertisement)
    )
    check_request(request)
    if row["out"] is None:  # only observed
        return None
    reply = Ether(bytes.fromhex(row["out"]))
    expect("bytes nobody can read", Raw in reply, False)
    check_reply(request, reply)
    return layer


def main(command):
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if printed.returncode != 0:
        return printed.returncode
    answered, failed = {ARP: 0, ICMPv6ND_NS: 0, None: 0}, 0
    for row in map(json.loads, printed.stdout.splitlines()):
        try:
            answered[check(row)] += 1
        except (AssertionError, IndexError, AttributeError) as error:
            failed += 1
            print(f"{row['rule']} {row['name']}: {error}\n  in  {row['in']}\n  out {row['out']}")
    print(f"{answered[ARP]} ARP replies, {answered[ICMPv6ND_NS]} advertisements, {answered[None]} passed, {failed} wrong")
    enough = answered[ARP] >= 15 and answered[ICMPv6ND_NS] >= 25 and answered[None] >= 200
    return 0 if enough and not failed else 1


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
