# SPDX-License-Identifier: Apache-2.0
"""Another host's claims on an address: frames made by scapy, sent past that host's stack."""

import socket

from packet_socket import PacketSocket
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.pton_ntop import inet_ntop, inet_pton
from scapy.utils6 import in6_getnsma

BROADCAST = "ff:ff:ff:ff:ff:ff"


class Rival:
    def __init__(self, host, interface="eth0"):
        self.host, self.interface, self.mac = host, interface, host.mac(interface)

    def announces(self, address):
        """Gratuitous ARP, or an unsolicited advertisement: the address is mine from now on."""
        if ":" in address:
            frame = (Ether(src=self.mac, dst="33:33:00:00:00:01") / IPv6(src=address, dst="ff02::1", hlim=255)
                     / ICMPv6ND_NA(tgt=address, R=0, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=self.mac))
        else:
            frame = Ether(src=self.mac, dst=BROADCAST) / ARP(op=1, hwsrc=self.mac, psrc=address, pdst=address,
                                                              hwdst="00:00:00:00:00:00")
        self._send(frame)

    def asks_from(self, address, target):
        """Uses the address as its own in a question about another; that is no announcement."""
        if ":" in address:
            group = inet_ntop(socket.AF_INET6, in6_getnsma(inet_pton(socket.AF_INET6, target)))
            frame = (Ether(src=self.mac, dst="33:33:ff" + "".join(f":{b:02x}" for b in inet_pton(
                socket.AF_INET6, group)[13:])) / IPv6(src=address, dst=group, hlim=255)
                     / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=self.mac))
        else:
            frame = Ether(src=self.mac, dst=BROADCAST) / ARP(op=1, hwsrc=self.mac, psrc=address, pdst=target,
                                                              hwdst="00:00:00:00:00:00")
        self._send(frame)

    def _send(self, frame):
        with PacketSocket(self.host, self.interface) as wire:
            wire.send(bytes(frame).ljust(60, b"\0"))
