# SPDX-License-Identifier: Apache-2.0
"""A node with an API server in its namespace, a client on the same wire, and `isat run` between them."""

import contextlib
import itertools
import shutil
import socket
import struct
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), str(ROOT / "tests/cluster"), str(ROOT / "tests/e2e")]
import api_server  # noqa: E402
import manifests  # noqa: E402
from lab import ISAT, Lab, wait_for  # noqa: E402
from resources import METALLB  # noqa: E402
from tests.requirement import require  # noqa: E402

SERVICES = "/api/v1/namespaces/default/services"
_ARP = 0x0806


class Cluster:
    """Use as a context manager: one API server for many speakers, each with pins of its own."""

    def __init__(self, directory, **server_options):
        require(shutil.which("openssl"), "openssl is missing: run scripts/install")
        try:
            self._binaries = api_server.binaries()
        except RuntimeError as error:
            require(False, str(error))
        self._directory, self._server_options = directory, server_options
        self._stack = contextlib.ExitStack()
        self._numbers = itertools.count()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.lab = stack.enter_context(Lab())
            self.node, self.client = self.lab.pair()
            self.mac = self.node.mac()
            self.api = stack.enter_context(api_server.ApiServer(
                self._directory, self._binaries, netns=self.node.namespace, **self._server_options))
            # Without CRDs: a cluster without MetalLB, where every assigned address is announced.
            self.api.create("/api/v1/namespaces", {"metadata": {"name": METALLB}})
            manifests.apply(self.api, "deploy/speaker")
            self.api.create("/api/v1/nodes", {"metadata": {"name": socket.gethostname()}})
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def configuration(self, kubeconfig=None, more="", top="", membership="none"):
        """more: further fields of `kubernetes`; top: further lines of the file."""
        kubeconfig = kubeconfig or self.api.kubeconfig("token", "speaker")
        return (f"source: kubernetes\ninterfaces: [eth0]\n"
                f"kubernetes: {{kubeconfig: \"{kubeconfig}\", membership: {membership}{more}}}\n{top}")

    @contextlib.contextmanager
    def speaker(self, configuration=None, wait=True, **options):
        """A fresh speaker; afterwards it and what it pinned and attached are gone, and so are all Services."""
        speaker = self.lab.speaker(self.node, configuration or self.configuration(), name=f"-{next(self._numbers)}",
                                   **options)
        try:
            yield speaker.start(wait)
        finally:
            speaker.stop(kill=True)
            self.node.run(ISAT, "detach", "--pin", speaker.pin, check=False)
            self.clear()

    def clear(self):
        """The API server keeps no Service but its own."""
        self.api.start_api()
        self.api.request("DELETE", f"{SERVICES}?fieldSelector=metadata.name!=kubernetes")

    def service(self, name, *addresses, **options):
        self.api.create_service(name, **options)
        self.api.create_endpoints(name)
        if addresses:
            self.api.patch_ingress(name, addresses)

    def patch(self, name, body, subresource=""):
        self.api.request("PATCH", f"{SERVICES}/{name}{subresource}", body, "application/merge-patch+json")

    def answers(self, address):
        macs = self.client.asks(address)
        assert set(macs) <= {self.mac}, f"{address}: answered by {macs}"
        return macs != []

    def wait_answer(self, address, seconds=8):
        wait_for(lambda: self.answers(address), seconds, f"an answer for {address}")

    def wait_silence(self, address, seconds=8):
        # Two questions: one lost frame is no withdrawal.
        wait_for(lambda: not self.answers(address) and not self.answers(address), seconds, f"silence for {address}")

    def until_answer(self, address, begin, seconds=8):
        """Milliseconds from begin (time.monotonic) until an ARP request, one a millisecond, has its first reply."""
        hardware = bytes.fromhex(self.client.mac().replace(":", ""))
        question = (b"\xff" * 6 + hardware + struct.pack("!HHHBBH", _ARP, 1, 0x0800, 6, 4, 1) + hardware
                    + socket.inet_aton("192.0.2.1") + bytes(6) + socket.inet_aton(address))
        with self.client.inside():
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP))
        with wire:
            wire.bind(("eth0", _ARP))
            wire.settimeout(0.001)
            while time.monotonic() < begin + seconds:
                wire.send(question)
                with contextlib.suppress(TimeoutError):
                    frame = wire.recv(2048)
                    # A reply to us: an announcement on the side would be for everyone.
                    if frame[:6] == hardware and frame[20:22] == b"\0\2" and frame[28:32] == question[38:42]:
                        return (time.monotonic() - begin) * 1000
        raise AssertionError(f"{address}: no answer within {seconds} s")
