# SPDX-License-Identifier: Apache-2.0
"""Sockets in a named network namespace (`ip netns`) from a process that stays in its own."""

import contextlib
import ctypes
import os
import random
import socket

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)  # os.setns came with Python 3.12; Debian 12 has 3.11


def _set_namespace(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")


def enter(name):
    """The calling thread, for the rest of its life."""
    descriptor = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _set_namespace(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def entered(name):
    """The calling thread is in the namespace while this lasts; a socket made there stays there. None: no move."""
    if name is None:
        yield
        return
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(name)
        try:
            yield
        finally:
            _set_namespace(own)
    finally:
        os.close(own)


def free_ports(count, address, name=None):
    """TCP ports that nobody listens on at address (and at the loopback address, if that is another one).

    Below the ephemeral range, not chosen by the kernel (port 0): a server that is stopped and started again on its port
    must not find it taken by somebody's outgoing connection.
    """
    ports = set()
    with entered(name):
        while len(ports) < count:
            port = random.randrange(16384, 32768)
            with contextlib.suppress(OSError):
                for each in {address, "127.0.0.1"}:
                    family = socket.AF_INET6 if ":" in each else socket.AF_INET
                    with socket.socket(family, socket.SOCK_STREAM) as probe:
                        probe.bind((each, port))
                ports.add(port)
    return sorted(ports)
