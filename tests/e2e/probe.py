# SPDX-License-Identifier: Apache-2.0
"""Asks for one address a thousand times a second, and says how many questions got no answer."""

import contextlib
import errno
import ipaddress
import struct
import threading
import time

from packet_socket import ETHERTYPE_ARP, ETHERTYPE_IPV6, PacketSocket, checksum

PERIOD = 0.001
# A reply that is on its way when the last question went out.
GRACE = 0.5


@contextlib.contextmanager
def nothing_lost(client, *addresses):
    """Asks for the addresses meanwhile; every question must have got exactly one answer."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(Probe(client, address)) for address in addresses]
        time.sleep(0.3)
        yield
        time.sleep(0.5)
    for probe in probes:
        assert probe.sent >= 500, f"no load: {probe}"
        assert (probe.lost, probe.duplicates) == (0, 0), str(probe)


class Probe:
    """Use as a context manager; the counts are final after it. Every question has a sender address of its own,
    by which its answer is told from all others."""

    def __init__(self, host, address, interface="eth0"):
        self.address = ipaddress.ip_address(address)
        self.sent, self.duplicates = 0, 0
        self._answered = set()
        version = self.address.version
        self._question, self._asker = (self._arp, self._arp_asker) if version == 4 else (self._nd, self._nd_asker)
        self._socket = PacketSocket(host, interface, ETHERTYPE_ARP if version == 4 else ETHERTYPE_IPV6)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        with self._socket:
            deadline = time.monotonic() + GRACE
            while len(self._answered) < self.sent and time.monotonic() < deadline:
                self._collect()
                time.sleep(PERIOD)
            self._collect()

    def once(self, seconds=0.08):
        """Instead of `with`: the MACs that answer a single question within that time."""
        with self._socket as wire:
            wire.send(self._question(0))
            mac = 22 if self.address.version == 4 else 80  # sender's hardware, or target link-layer option
            answers = [frame for _, frame in wire.heard(seconds) if self._asker(frame) == 0]
        return [":".join(f"{byte:02x}" for byte in frame[mac:mac + 6]) for frame in answers]

    @property
    def answered(self):
        return len(self._answered)

    @property
    def lost(self):
        """Of the questions sent; while the probe runs, the last few may only be late."""
        return self.sent - len(self._answered)

    def __str__(self):
        missing = sorted(set(range(self.sent)) - self._answered)
        return (f"{self.address}: {self.sent} sent, {self.answered} answered, {self.lost} lost"
                f" ({missing[:1]} to {missing[-1:]}), {self.duplicates} duplicates")

    def _run(self):
        next_time = time.monotonic()
        while not self._ending.is_set():
            try:
                self._socket.send(self._question(self.sent))
                self.sent += 1
            except OSError as error:
                if error.errno != errno.ENOBUFS:  # a full queue right behind the socket: never asked
                    raise
            self._collect()
            next_time += PERIOD
            time.sleep(max(0.0, next_time - time.monotonic()))

    def _collect(self):
        for frame in self._socket.waiting():
            number = self._asker(frame)
            # Gratuitous frames and answers to others are no answers to us.
            if number is None or not 0 <= number < self.sent:
                continue
            if number in self._answered:
                self.duplicates += 1
            self._answered.add(number)

    def _arp(self, number):
        asker = struct.pack("!I", (10 << 24) + number)
        body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + self._socket.mac + asker + bytes(6) + self.address.packed
        return b"\xff" * 6 + self._socket.mac + struct.pack("!H", ETHERTYPE_ARP) + body + bytes(18)

    def _arp_asker(self, frame):
        if frame[20:22] != b"\0\2" or frame[28:32] != self.address.packed:
            return None
        return int.from_bytes(frame[38:42], "big") - (10 << 24)

    def _nd(self, number):
        target = self.address.packed
        asker = target[:8] + struct.pack("!Q", (1 << 56) + number)
        group = bytes.fromhex("ff0200000000000000000001ff") + target[13:]
        body = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\1\1" + self._socket.mac
        check = checksum(asker + group + struct.pack("!II", len(body), 58) + body)
        body = body[:2] + struct.pack("!H", check) + body[4:]
        header = struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + asker + group
        return b"\x33\x33" + group[12:] + self._socket.mac + struct.pack("!H", ETHERTYPE_IPV6) + header + body

    def _nd_asker(self, frame):
        if len(frame) < 86 or frame[54] != 136 or frame[62:78] != self.address.packed:
            return None
        return int.from_bytes(frame[46:54], "big") - (1 << 56)
