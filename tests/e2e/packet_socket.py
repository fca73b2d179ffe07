# SPDX-License-Identifier: Apache-2.0
"""Whole frames on a host's interface, sent and heard, whatever its stack thinks of them."""

import socket
import struct
import time

ETHERTYPE_ALL, ETHERTYPE_ARP, ETHERTYPE_IPV6 = 0x0003, 0x0806, 0x86DD
_SOL_PACKET, _PACKET_AUXDATA, _PACKET_IGNORE_OUTGOING, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 263, 8, 23, 33, 35
_AUXDATA, _TAG_VALID = struct.Struct("=IIIHHHH"), 1 << 4  # struct tpacket_auxdata, TP_STATUS_VLAN_VALID


class PacketSocket:
    """Use as a context manager. Hears everything that comes in for the ethertype, nothing that goes out."""

    def __init__(self, host, interface="eth0", ethertype=ETHERTYPE_ALL):
        with host.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        # A reader that gets no CPU for a while must not lose what it counts.
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        with host.inside():
            self._socket.bind((interface, ethertype))
        self._socket.setblocking(False)
        self.mac = bytes.fromhex(host.mac(interface).replace(":", ""))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, frame):
        self._socket.send(bytes(frame))

    def waiting(self):
        """The frames that have come since the last call, as they were on the wire; does not wait."""
        return [frame for _, frame in self.stamped()]

    def stamped(self):
        """(when the kernel got it, in seconds, frame) of the frames that have come; does not wait."""
        frames = []
        while True:
            try:
                frame, beside, _, _ = self._socket.recvmsg(65536, 128)
            except BlockingIOError:
                return frames
            beside = {(level, kind): data for level, kind, data in beside}
            seconds, nanoseconds = struct.unpack("qq", beside[socket.SOL_SOCKET, _SO_TIMESTAMPNS])
            frames.append((seconds + nanoseconds / 1e9, _with_tag(frame, beside[_SOL_PACKET, _PACKET_AUXDATA])))

    def heard(self, seconds, enough=lambda frame: False):
        """(seconds since the call, frame) of what comes within that time, or until a frame is enough."""
        started, frames = time.monotonic(), []
        while (passed := time.monotonic() - started) < seconds:
            for frame in self.waiting():
                frames.append((passed, frame))
                if enough(frame):
                    return frames
            time.sleep(0.005)
        return frames


def _with_tag(frame, auxdata):
    """The stack takes a VLAN tag out before any socket sees the frame, and tells it beside."""
    status, _, _, _, _, tag, protocol = _AUXDATA.unpack(auxdata)
    return frame[:12] + struct.pack("!HH", protocol, tag) + frame[12:] if status & _TAG_VALID else frame


def checksum(data):
    """RFC 1071, over an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
