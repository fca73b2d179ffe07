# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that can stop passing bytes without closing anything: what a hung middlebox looks like."""

import contextlib
import select
import socket
import threading

import network_namespace


class StallingProxy:
    """Use as a context manager. Listens on 127.0.0.1:port and connects to 127.0.0.1:target, both in the namespace."""

    def __init__(self, target, namespace):
        self._target, self._namespace = target, namespace
        self._passing, self._ended = threading.Event(), threading.Event()
        self._passing.set()
        self._peer = {}
        (self.port,) = network_namespace.free_ports(1, "127.0.0.1", namespace)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        with network_namespace.entered(self._namespace):
            self._listener = socket.create_server(("127.0.0.1", self.port))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._passing.set()
        self._thread.join()
        for each in [self._listener, *self._peer]:
            each.close()

    def stall(self):
        """New connections are still taken by the kernel, and never answered."""
        self._passing.clear()

    def resume(self):
        """What was held back is passed now."""
        self._passing.set()

    def drop(self):
        """While stalled: what was held back is lost with its connections."""
        for each in list(self._peer):
            # shutdown, not close: the other thread still selects on it.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _run(self):
        with network_namespace.entered(self._namespace):
            while not self._ended.is_set():
                self._passing.wait()
                readable, _, _ = select.select([self._listener, *self._peer], [], [], 0.05)
                for each in readable if self._passing.is_set() else ():
                    self._accept() if each is self._listener else self._pass(each)

    def _accept(self):
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._target), 5)
        except OSError:
            near.close()
            return
        self._peer[near], self._peer[far] = far, near

    def _pass(self, source):
        if source not in self._peer:
            return  # closed with its peer a moment ago
        data = b""
        with contextlib.suppress(OSError):
            data = source.recv(65536)
            self._peer[source].sendall(data)
        if not data:
            for each in (source, self._peer.pop(source)):
                self._peer.pop(each, None)
                each.close()
