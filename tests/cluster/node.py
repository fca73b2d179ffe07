# SPDX-License-Identifier: Apache-2.0
"""One node of the multi-node lab, and all that can happen to it; whatever happens is noted in the lab's history."""

import signal

from lab import ISAT

LAN, MANAGEMENT = "eth0", "mgmt0"


class Node:
    """Its host has eth0 (and, if asked for, eth1) on the LAN and mgmt0 towards the API server."""

    def __init__(self, lab, name, interfaces=(LAN,)):
        self.lab, self.name, self.interfaces = lab, name, interfaces
        self.host = lab.network.host(name)
        self.speaker, self.drained = None, False

    def __str__(self):
        return self.name

    def mac(self, interface=LAN):
        return self.host.mac(interface)

    # The speaker.

    def start(self, configuration=None, wait=True, wrap=()):
        """configuration: else the lab's own for this node; or, of a speaker that ran before, the one it had.

        wrap: a command that is to run the speaker, from its first start on.
        """
        if self.speaker is None:
            self.speaker = self.lab.speaker(self, configuration, wrap)
        elif configuration:
            self.speaker.write(configuration)
        self.lab.note(f"{self} started")
        self.speaker.start(wait)

    def kill(self):
        self.lab.note(f"{self} killed")
        self.speaker.stop(kill=True)

    def leave(self):
        """SIGTERM, as the kubelet ends a pod."""
        self.lab.note(f"{self} asked to leave")
        self.speaker.stop()

    def freeze(self):
        self.lab.note(f"{self} frozen")
        self.speaker.signal(signal.SIGSTOP)

    def thaw(self):
        self.lab.note(f"{self} thawed")
        self.speaker.signal(signal.SIGCONT)

    def drain(self):
        self.lab.note(f"{self} drained")
        self.drained = True
        self._command("drain")

    def undrain(self):
        self.lab.note(f"{self} undrained")
        self.drained = False
        self._command("undrain")

    def status(self):
        """What `isat status` prints there."""
        return self._command("status").stdout

    def revive(self):
        """Whatever became of its speaker, it runs; one that never did is left alone."""
        if self.speaker is None:
            return
        if self.speaker.daemon.pid() is None:
            self.start()
        else:
            self.speaker.signal(signal.SIGCONT)
        if self.drained:
            self.undrain()

    def reboot(self):
        """Nothing of isat's stays on the node, and no speaker runs: what a reboot does."""
        self.lab.note(f"{self} rebooted")
        self.speaker.stop(kill=True)
        self.host.run(ISAT, "detach", "--pin", self.speaker.pin)

    # Its wires.

    def cut_api(self):
        """Frames to the API server and back vanish, and nobody is told: worse than a link that is down."""
        self.lab.note(f"{self} cut off from the API")
        self.lab.api_host.ip(f"link set {self.name} nomaster")

    def mend_api(self):
        self.lab.note(f"{self} back at the API")
        self.lab.api_host.ip(f"link set {self.name} master br0")

    def unplug(self, interface=LAN):
        """The carrier goes."""
        self.lab.note(f"{self} unplugged from the LAN")
        self.lab.switch.ip(f"link set {self._port(interface)} down")

    def plug(self, interface=LAN):
        self.lab.note(f"{self} plugged in again")
        self.lab.switch.ip(f"link set {self._port(interface)} up")

    def isolate(self, interface=LAN):
        """The carrier stays, and no frame passes: a switch that died further on."""
        self.lab.note(f"{self} isolated from the LAN")
        self.lab.switch.ip(f"link set {self._port(interface)} nomaster")

    def rejoin(self, interface=LAN):
        self.lab.note(f"{self} back on the LAN")
        self.lab.switch.ip(f"link set {self._port(interface)} master br0")

    def connect(self):
        """The wires: to the LAN's switch and to the API server's bridge."""
        for interface in self.interfaces:
            self.lab.network.port(self.host, self.lab.switch, interface, self._port(interface))
        self.lab.network.port(self.host, self.lab.api_host, MANAGEMENT, self.name)

    def _port(self, interface):
        return self.name if interface == LAN else f"{self.name}.{interface}"

    def _command(self, verb):
        return self.host.run(ISAT, verb, "--pin", self.speaker.pin)
