# SPDX-License-Identifier: Apache-2.0
"""Bears witness, on the node, of one client's questions that reached the hook and of the answers that left it.

At tc a packet socket sees every frame that comes in just before the responder does, and every one that leaves just
after: what a queue on the way dropped is neither's fault, and is not counted.
"""

import ctypes
import ipaddress
import socket
import struct
import threading
from collections import Counter

_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SOL_PACKET, _PACKET_STATISTICS = 26, 33, 263, 6
_OUTGOING = 4


def _of(mac):
    """A filter: the last four bytes of source or destination are the MAC's."""
    low = int.from_bytes(mac[2:], "big")
    program = [(0x20, 0, 0, 2), (0x15, 2, 0, low), (0x20, 0, 0, 8), (0x15, 0, 1, low), (0x06, 0, 0, 128), (0x06, 0, 0, 0)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


class Witness:
    """Use as a context manager; the counts are final after it."""

    def __init__(self, node, client, addresses, interface="eth0", *, beyond=False):
        """addresses: what the questions are about; the client's stack has some of its own.

        beyond: node is the switch before it and interface the port to it, where questions go out and answers come in.
        """
        self._beyond = beyond
        self._client = bytes.fromhex(client.mac().replace(":", ""))
        self._targets = {ipaddress.ip_address(address).packed for address in addresses}
        self.asked, self.answered, self.dropped = set(), Counter(), 0
        with node.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        program = ctypes.create_string_buffer(_of(self._client))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER,
                                struct.pack("HP", len(program) // 8, ctypes.addressof(program)))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        with node.inside():
            self._socket.bind((interface, 0x0003))
        self._socket.settimeout(0.05)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        _, self.dropped = struct.unpack("II", self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        self._socket.close()

    @property
    def lost(self):
        """Questions that came and were not answered."""
        return len(self.asked - self.answered.keys())

    @property
    def duplicates(self):
        return sum(self.answered.values()) - len(self.answered)

    def _run(self):
        while True:
            try:
                frame, (_, _, direction, _, _) = self._socket.recvfrom(128)
            except TimeoutError:
                if self._ending.is_set():
                    return
                continue
            if (direction == _OUTGOING) != self._beyond:
                self._note_answer(frame)
            elif frame[6:12] == self._client:
                self._note_question(frame)

    def _note_question(self, frame):
        if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1" and frame[38:42] in self._targets:
            self.asked.add(frame[28:32])
        elif frame[12:14] == b"\x86\xdd" and frame[54] == 135 and frame[62:78] in self._targets:
            self.asked.add(frame[22:38])

    def _note_answer(self, frame):
        if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2" and frame[28:32] in self._targets:
            self.answered[frame[38:42]] += 1
        elif frame[12:14] == b"\x86\xdd" and frame[54] == 136 and frame[62:78] in self._targets:
            self.answered[frame[38:54]] += 1
