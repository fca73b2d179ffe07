#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sends frames of one bad kind out of an interface for so many seconds, each at least once, as fast as it can, and
prints how many.

A process of its own: what it costs must not slow down whoever counts answers.
"""

import argparse
import contextlib
import ipaddress
import random
import socket
import struct
import time

BROADCAST = b"\xff" * 6
REQUEST, REPLY = 1, 2


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def arp(source, operation, sender_mac, sender, target):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + sender_mac + sender + bytes(6) + target
    return BROADCAST + source + b"\x08\x06" + body + bytes(18)


def nd(source, kind, sender, destination, target, option):
    """kind: 135 or 136; option: of kind 1 or 2, with the MAC in it."""
    flags = 0x20000000 if kind == 136 else 0
    body = struct.pack("!BBHI", kind, 0, 0, flags) + target + option
    check = checksum(sender + destination + struct.pack("!II", len(body), 58) + body)
    header = struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + sender + destination
    return (b"\x33\x33" + destination[12:] + source + b"\x86\xdd" + header + body[:2] + struct.pack("!H", check)
            + body[4:])


def solicitation(source, sender, target):
    group = bytes.fromhex("ff0200000000000000000001ff") + target[13:]
    return nd(source, 135, sender, group, target, b"\1\1" + source)


def random_mac():
    return bytes([2, *random.randbytes(5)])


def rival(own, targets, _):
    """Says of every address that it is ours, and asks whether it is free: conflicts and claims."""
    for target in targets:
        if len(target) == 4:
            yield arp(own, REPLY, own, target, target)
            yield arp(own, REQUEST, own, bytes(4), target)
        else:
            everybody = bytes.fromhex("ff020000000000000000000000000001")
            yield nd(own, 136, target, everybody, target, b"\2\1" + own)
            group = bytes.fromhex("ff0200000000000000000001ff") + target[13:]
            yield nd(own, 135, bytes(16), group, target, b"")


def spoofed(own, targets, node):
    """As many rivals as frames; senders that are the node itself, nobody, everybody, or at another MAC than they say."""
    for target in targets * 2:
        mac = random_mac()
        if len(target) == 4:
            yield arp(own, REPLY, mac, target, target)
            yield arp(own, REQUEST, node, target, target)
            yield arp(own, REQUEST, mac, b"\xff" * 4, target)
            yield arp(own, REQUEST, b"\xff" * 6, target, target)
        else:
            everybody = bytes.fromhex("ff020000000000000000000000000001")
            yield nd(own, 136, target, everybody, target, b"\2\1" + mac)
            yield solicitation(own, everybody, target)
            yield solicitation(own, bytes(16), target)


def malformed(own, targets, _):
    """Sound frames cut at every length, and with a byte or two changed anywhere."""
    for target in targets:
        sound = (arp(own, REQUEST, own, b"\x0a\xff\0\1", target) if len(target) == 4
                 else solicitation(own, b"\xfe\x80" + bytes(13) + b"\1", target))
        yield sound[:random.randrange(14, len(sound))]
        for _ in range(3):
            changed = bytearray(sound)
            for _ in range(random.randrange(1, 3)):
                changed[random.randrange(12, len(changed))] = random.randrange(256)
            yield bytes(changed)


def requesters(_, targets, __):
    """A hundred thousand hosts, each with a MAC and an address of its own, that ask one question each."""
    for number in range(100_000):
        mac, target = struct.pack("!HI", 0x0202, number), targets[number % len(targets)]
        if len(target) == 4:
            yield arp(mac, REQUEST, mac, struct.pack("!I", (10 << 24) + (128 << 16) + number), target)
        else:
            yield solicitation(mac, b"\xfe\x80" + bytes(10) + struct.pack("!I", number), target)


STORMS = {each.__name__: each for each in (rival, spoofed, malformed, requesters)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("storm", choices=STORMS)
    parser.add_argument("interface")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--node", help="MAC of the node", required=True)
    parser.add_argument("targets", nargs="+", help="networks")
    options = parser.parse_args()
    targets = [address.packed for text in options.targets for address in ipaddress.ip_network(text)]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as wire:
        wire.bind((options.interface, 0))
        own = wire.getsockname()[4]
        node = bytes.fromhex(options.node.replace(":", ""))
        frames = list(STORMS[options.storm](own, targets, node))
        sent, end = 0, time.monotonic() + options.seconds
        while sent < len(frames) or time.monotonic() < end:
            for frame in frames:
                with contextlib.suppress(OSError):  # longer than the wire takes
                    wire.send(frame)
                sent += 1
    print(sent)


if __name__ == "__main__":
    main()
