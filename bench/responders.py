# SPDX-License-Identifier: Apache-2.0
"""The responders that are ranked: each puts itself on a scene's near end, or says why it cannot."""

import ipaddress
import os
import subprocess
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from scene import FAR_MAC, FIRST, ROOT, missing
from tests.go_toolchain import build, go_command


class Missing(Exception):
    """This machine cannot run the responder, and why."""


def addresses_of(case):
    first = ipaddress.ip_address(FIRST[case.family])
    return [first + i for i in range(case.addresses)]


def hold(attach, *options):
    return lambda scene, stack: scene.hold(stack, attach, *options)


def kernel_stack(scene, stack):
    """The addresses on the interface: what a user without a responder does."""
    near, family = scene.near, "-4" if scene.case.family == "arp" else "-6"
    near.ip("address add 192.0.2.1/24 dev eth0")
    near.ip("address add 2001:db8::1/64 dev eth0 nodad")
    prefix = "32" if family == "-4" else "128 nodad"
    batch = "".join(f"address add {address}/{prefix.split()[0]} dev eth0 {' '.join(prefix.split()[1:])}\n"
                    for address in addresses_of(scene.case))
    subprocess.run(["nsenter", f"--net=/run/netns/{near.namespace}", "--", "ip", family, "-batch", "-"],
                   input=batch, text=True, check=True)


def metallb_program():
    """The responder of MetalLB's speaker, built from its published module once for each state of what goes into it."""
    source = ROOT / "bench/metallb"
    state = sha256(b"".join((source / name).read_bytes() for name in ("go.mod", "go.sum", "main.go"))).hexdigest()[:16]
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = Path(os.environ.get("ISAT_CACHE") or user / "isat")
    program = cache / f"metallb-responder-{state}"
    if program.exists():
        return program
    go = go_command()
    if go is None:
        raise Missing("go is missing: tests/cluster/build installs it")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as directory:
        built = Path(directory) / program.name
        if complaint := build(go, source, built):
            raise Missing("go build: " + complaint.splitlines()[-1])
        built.replace(program)
    return program


def metallb(scene, stack):
    """Without its Kubernetes half."""
    scene.daemon(stack, metallb_program(), FIRST[scene.case.family], scene.case.addresses)


def _background(scene, stack, *command):
    process = subprocess.Popen(["nsenter", f"--net=/run/netns/{scene.near.namespace}", "--", *map(str, command)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end():
        process.kill()
        process.wait()
    stack.callback(end)


def answers(scene, name):
    """Waits for a responder's first answer."""
    until = time.monotonic() + 10
    while scene.solicit(100, rate=100)["answers"] == 0:
        if time.monotonic() > until:
            raise Missing(f"{name} answered nothing within 10 s")


def farpd(scene, stack):
    if reason := missing("farpd"):
        raise Missing(reason)
    # It asks the wire with an address of its own whether a target is taken before it answers for it.
    scene.near.ip("address add 192.0.2.1/24 dev eth0")
    prefix = 32 - (scene.case.addresses - 1).bit_length()
    _background(scene, stack, "farpd", "-d", "-i", "eth0", f"{FIRST['arp']}/{prefix}")
    answers(scene, "farpd")


def ndppd(scene, stack):
    if reason := missing("ndppd"):
        raise Missing(reason)
    # It sends through the stack, which must know the asker: the sink answers nobody.
    scene.near.ip("address add 2001:db8::1/64 dev eth0 nodad")
    scene.near.ip(f"neighbour add 2001:db8::c lladdr {FAR_MAC} dev eth0 nud permanent")
    prefix = 128 - (scene.case.addresses - 1).bit_length()
    configuration = scene.lab.directory / f"{scene.near.name}.ndppd"
    configuration.write_text(f"proxy eth0 {{ router no\n rule {FIRST['ndp']}/{prefix} {{ static }} }}\n")
    _background(scene, stack, "ndppd", "-c", configuration)
    answers(scene, "ndppd")


START = {
    "swap": hold("swap"),
    "native": hold("native"),
    "generic": hold("generic"),
    "tc": hold("tc"),
    "native, trusted": hold("native", "--perfmon"),
    "tc, trusted": hold("tc", "--perfmon"),
    "kernel": kernel_stack,
    "metallb": metallb,
    "farpd": farpd,
    "ndppd": ndppd,
}
# What each is asked at most, in questions a second: those in user space lose all beyond their socket's buffer.
OFFERED = {"metallb": 300_000, "farpd": 100_000, "ndppd": 100_000}
LABEL = {
    "swap": "bare MAC swap, XDP_TX", "native": "isat, native XDP", "generic": "isat, generic XDP", "tc": "isat, tc",
    "native, trusted": "isat, native XDP, with CAP_PERFMON", "tc, trusted": "isat, tc, with CAP_PERFMON",
    "kernel": "kernel stack", "metallb": "MetalLB's responder", "farpd": "farpd", "ndppd": "ndppd",
}
