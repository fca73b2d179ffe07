# SPDX-License-Identifier: Apache-2.0
"""The same lab with MetalLB's own speaker on every node, to be measured by the same client."""

import itertools
import os
import subprocess
from pathlib import Path

import manifests
from daemon import Daemon
from lab import wait_for
from node_lab import ROOT, NodeLab
from resources import METALLB
from tests.requirement import require

_LABELS = {"app": "metallb", "component": "speaker"}


def programs():
    """The directory of what `tests/cluster/build --metallb` makes."""
    result = subprocess.run([ROOT / "tests/cluster/build", "--metallb"], stdout=subprocess.PIPE, text=True)
    require(result.returncode == 0, "MetalLB's speaker was not built: is the Go module proxy in reach?")
    return Path(result.stdout.splitlines()[-1])


class MetallbSpeaker:
    """Can be used where a node's isat speaker is."""

    _HEALTH = "http://127.0.0.1:17472/readyz"

    def __init__(self, node, program, address, kubeconfig):
        self._host = node.host
        self.directory = node.lab.network.directory / f"metallb-{node}"
        self.directory.mkdir(exist_ok=True)
        self.daemon = Daemon("speaker", self.directory)
        secret = self.directory / "secret"
        secret.mkdir(exist_ok=True)
        (secret / "secretkey").write_text("the same on every node")
        self._command = [
            "env", f"KUBECONFIG={kubeconfig}", program, "--namespace", METALLB, "--node-name", node.name,
            "--pod-name", f"speaker-{node}", "--port=7472", "--ml-bindaddr", address, "--ml-bindport=7946",
            "--ml-labels", ",".join(f"{name}={value}" for name, value in _LABELS.items()),
            "--ml-secret-key-path", secret]

    def start(self, wait=True):
        self.daemon.start(self._command, self._host.namespace)
        if wait:
            wait_for(lambda: self.ready() or self.daemon.pid() is None, 20, "readiness of MetalLB's speaker")
            assert self.daemon.pid() is not None, self.log()
        return self

    def stop(self, kill=False):
        self.daemon.stop(kill=kill)

    def signal(self, number):
        os.kill(self.daemon.pid(), number)

    def ready(self):
        return self._host.run("curl", "-s", "-f", "-m", "2", self._HEALTH, check=False).returncode == 0

    def log(self):
        return self.daemon.log.read_text(errors="replace")


class MetallbLab(NodeLab):
    """`drain` ends the speaker in good order, which is as near as MetalLB comes to it."""

    # No IPv6: its advertisements go out through the kernel, which first looks for the host behind the asker's address.
    # There is none behind a question's number.
    networks = ("192.0.2.{}",)

    def _deploy(self):
        super()._deploy()
        self.prepare_metallb()
        for node in self.nodes.values():
            node.drain, node.undrain = node.leave, node.start

    def prepare_metallb(self):
        """What its speakers need: its own definitions, and a pod on every node by which they find each other."""
        self._programs = programs()
        manifests.replace_definitions(self.api, self._programs / "definitions")
        self._addresses = {}
        for number, name in zip(itertools.count(11), self.nodes):
            self._addresses[name] = f"10.255.0.{number}"
            self._pod(name, self._addresses[name])

    def _pod(self, node, address):
        """Speakers look for each other among the pods; there is no kubelet here that would write them."""
        path = f"/api/v1/namespaces/{METALLB}/pods"
        self.api.create(path, {"metadata": {"name": f"speaker-{node}", "labels": _LABELS}, "spec": {
            "nodeName": node, "hostNetwork": True, "containers": [{"name": "speaker", "image": "speaker"}]}})
        status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "hostIP": address}
        self.api.request("PATCH", f"{path}/speaker-{node}/status", {"status": status}, "application/merge-patch+json")

    def speaker(self, node, configuration, wrap):
        return self.metallb_speaker(node)

    def metallb_speaker(self, node):
        speaker = MetallbSpeaker(node, self._programs / "speaker", self._addresses[node.name], self.api.kubeconfig())
        self.network.speakers.append(speaker)
        return speaker
