# SPDX-License-Identifier: Apache-2.0
"""Hosts in network namespaces, wires between them, and `isat run` on a host; everything goes with the Lab."""

import contextlib
import ipaddress
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), str(ROOT / "tests/cluster")]
from daemon import Daemon  # noqa: E402
from network_namespace import entered  # noqa: E402
from packet_socket import ETHERTYPE_IPV6, PacketSocket  # noqa: E402
from tests.requirement import require  # noqa: E402

BUILD = Path(os.environ.get("ISAT_BUILD", ROOT / "build"))
ISAT = BUILD / "isat"
BPFFS = Path("/sys/fs/bpf")
# An emulated machine takes its time: every wait is this many times longer there.
PATIENCE = float(os.environ.get("ISAT_PATIENCE", "1"))
SOLICITED = 0x40  # of an advertisement's flags
# What design and manifests promise to be enough.
CAPABILITIES = "-all,+bpf,+net_admin,+net_raw"


def wait_for(condition, seconds=5.0, what="the condition"):
    """Polls until condition() is true and returns its value; fails after that many seconds."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


class Host:
    def __init__(self, lab, name):
        self.lab, self.name, self.namespace = lab, name, f"isat-{os.getpid()}-{name}"

    def run(self, *command, check=True, timeout=30):
        """Runs in the host's network namespace. nsenter, not `ip netns exec`, so that /sys/fs/bpf stays."""
        result = subprocess.run(["nsenter", f"--net=/run/netns/{self.namespace}", "--", *map(str, command)],
                                capture_output=True, text=True, timeout=timeout)
        assert not check or result.returncode == 0, f"{command}: {result.returncode}\n{result.stdout}{result.stderr}"
        return result

    def ip(self, arguments, **options):
        return self.run("ip", *arguments.split(), **options).stdout

    def links(self):
        return {link["ifname"]: link for link in json.loads(self.ip("-j link show"))}

    def mac(self, interface="eth0"):
        return self.links()[interface]["address"]

    def index(self, interface="eth0"):
        return self.links()[interface]["ifindex"]

    def neighbour(self, address):
        """(state, MAC) in this host's own neighbour table; (None, None) without an entry."""
        for entry in json.loads(self.ip(f"-j neighbour show {address}")):
            return entry["state"][0], entry.get("lladdr")
        return None, None

    def asks(self, address, interface="eth0"):
        """The MACs that answered one question, by arping or ndisc6; several rivals may."""
        if ":" in address:
            return self._solicits(address, interface)
        out = self.run("arping", "-c", "1", "-w", "1", "-W", "0.3", "-r", "-i", interface, address, check=False).stdout
        return out.split()

    def _solicits(self, address, interface):
        """ndisc6 asks; what it takes for an answer may be an unsolicited advertisement, so the frames themselves count."""
        with PacketSocket(self, interface, ETHERTYPE_IPV6) as wire:
            self.run("ndisc6", "-m", "-r", "1", "-w", "400", address, interface, check=False)
            answers = [frame for frame in wire.waiting() if frame[:6] == wire.mac and frame[54:55] == b"\x88"
                       and frame[58] & SOLICITED and frame[62:78] == ipaddress.ip_address(address).packed]
        return list(dict.fromkeys(frame[80:86].hex(":") for frame in answers))

    @contextlib.contextmanager
    def inside(self):
        """This thread is in the host's namespace meanwhile: sockets made there stay there."""
        with entered(self.namespace):
            yield


class Speaker:
    """`isat run` on a host, with only the capabilities it should need."""

    def __init__(self, host, configuration, *, name="", program=ISAT, pin=None, wrap=(), arguments=()):
        """wrap: a command that is to run the speaker, in other mounts perhaps; arguments: more for `isat run`."""
        label = f"{host.name}{name}"
        self.host, self.program, self.wrap, self.arguments = host, program, wrap, arguments
        self.directory = host.lab.directory / label
        self.directory.mkdir(exist_ok=True)
        self.pin = Path(pin) if pin else BPFFS / f"isat-{os.getpid()}-{label}"
        host.lab.pins.add(self.pin)
        self.configuration = self.directory / "isat.yaml"
        self.write(configuration)
        self.daemon = Daemon("isat", self.directory)

    def write(self, configuration):
        """Replaces the file in one step, as an editor does. `pin` and a free `metrics` listener are filled in."""
        text = f"pin: {self.pin}\n" + configuration
        if "metrics:" not in text:
            text += "\nmetrics: {listen: \"127.0.0.1:7472\"}\n"
        temporary = self.configuration.with_suffix(".next")
        temporary.write_text(text)
        temporary.replace(self.configuration)

    def start(self, wait=True):
        command = [*self.wrap, "setpriv", f"--bounding-set={CAPABILITIES}", f"--inh-caps={CAPABILITIES}", "--",
                   self.program, "run", "--config", self.configuration, *self.arguments]
        self.daemon.start(command, self.host.namespace)
        if wait:
            wait_for(lambda: self.ready() or self.daemon.pid() is None, 15, f"readiness of {self.host.name}")
            assert self.daemon.pid() is not None, self.log()
        return self

    def stop(self, kill=False):
        """SIGTERM (or SIGKILL); the pins stay."""
        self.daemon.stop(kill=kill)

    def signal(self, number):
        os.kill(self.daemon.pid(), number)

    def http(self, path):
        """(status, text) of the speaker's own endpoint."""
        result = self.host.run("curl", "-s", "-m", "2", "-w", "\n%{http_code}", f"http://127.0.0.1:7472{path}", check=False)
        text, _, status = result.stdout.rpartition("\n")
        return int(status or 0), text

    def ready(self):
        return self.http("/readyz")[0] == 200

    def metric(self, name, **labels):
        """The sum over the series of this name that carry these labels."""
        total = 0.0
        for line in self.http("/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            if series.partition("{")[0] == name and all(f'{k}="{v}"' in series for k, v in labels.items()):
                total += float(value)
        return total

    def status(self):
        return json.loads(self.host.run(self.program, "status", "--pin", self.pin, "-o", "json").stdout)

    def pass_deadline(self):
        """As if nobody had vouched for the announcements any more since a second ago."""
        until = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - 10**9
        subprocess.run(["bpftool", "map", "update", "pinned", self.pin / "deadline", "key", "0", "0", "0", "0",
                        "value", *map(str, struct.pack("=Q", until))], check=True)

    def log(self):
        return self.daemon.log.read_text(errors="replace")


class Lab:
    """Use as a context manager. Two hosts "node" and "client" with eth0 wired together, unless wired otherwise."""

    def __init__(self):
        require(os.geteuid() == 0, "network namespaces and BPF need root")
        require(ISAT.exists(), f"{ISAT} is missing: run scripts/build")
        for tool in ("ip", "nsenter", "setpriv", "arping", "ndisc6", "curl"):
            require(shutil.which(tool), f"{tool} is missing: run scripts/install")
        require(subprocess.run(["mountpoint", "-q", BPFFS]).returncode == 0
                or subprocess.run(["mount", "-t", "bpf", "bpf", BPFFS]).returncode == 0, f"no BPF file system at {BPFFS}")
        self.directory = Path(tempfile.mkdtemp(prefix="isat-lab-"))
        self.hosts, self.speakers, self.pins = {}, [], set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for speaker in self.speakers:
            with contextlib.suppress(Exception):
                speaker.stop(kill=True)
        for host in self.hosts.values():
            subprocess.run(["ip", "netns", "delete", host.namespace], stderr=subprocess.DEVNULL)
        for pin in self.pins:
            shutil.rmtree(pin, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def host(self, name):
        host = self.hosts[name] = Host(self, name)
        subprocess.run(["ip", "netns", "add", host.namespace], check=True)
        host.ip("link set lo up")
        return host

    def wire(self, one, other, interface="eth0", other_interface="eth0"):
        one.ip(f"link add {interface} type veth peer name {other_interface} netns {other.namespace}")
        one.ip(f"link set {interface} up")
        other.ip(f"link set {other_interface} up")

    def pair(self):
        """A node and a client on one wire; the client has 192.0.2.1 and 2001:db8::1."""
        node, client = self.host("node"), self.host("client")
        self.wire(node, client)
        self.address(client, "192.0.2.1/24", "2001:db8::1/64")
        return node, client

    @staticmethod
    def address(host, *addresses, interface="eth0"):
        for address in addresses:
            host.ip(f"address add {address} dev {interface}" + (" nodad" if ":" in address else ""))

    def bridge(self, *hosts):
        """A switch host; each host's eth0 is a port of its bridge br0. Returns the switch."""
        switch = self.switch("switch")
        for host in hosts:
            self.port(host, switch, "eth0", host.name)
        return switch

    def switch(self, name):
        """A host with a bridge br0, without ports yet."""
        switch = self.host(name)
        switch.ip("link add br0 type bridge")
        # Said aloud, it stays. Otherwise it is the lowest of its ports', and changes when that one is taken out: every
        # other host then talks to a MAC that is gone, until its neighbour table finds out.
        switch.ip(f"link set br0 address {switch.mac('br0')} up")
        return switch

    def port(self, host, switch, interface, port):
        """The host's interface, wired to a port of that name of the switch."""
        self.wire(host, switch, interface, port)
        switch.ip(f"link set {port} master br0")

    @staticmethod
    def stranger():
        """An object with a stranger's programs: sections xdp (passes), tc (passes), drop (tc, swallows)."""
        return BUILD / "tests/stranger.bpf.o"

    def speaker(self, host, configuration, **options):
        speaker = Speaker(host, configuration, **options)
        self.speakers.append(speaker)
        return speaker
