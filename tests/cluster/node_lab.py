# SPDX-License-Identifier: Apache-2.0
"""Several nodes and a client on one LAN, each node with `isat run`, all against one real API server.

            switch (br0)                     api (br0, 10.255.0.1)
          /     |      |    \\              /      |      \\
     client  node-a  node-b  node-c  ...  node-a  node-b  node-c
              eth0    eth0    eth0         mgmt0   mgmt0   mgmt0
"""

import contextlib
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), str(ROOT / "tests/cluster"), str(ROOT / "tests/e2e")]
import api_server  # noqa: E402
import manifests  # noqa: E402
from asker import Asker  # noqa: E402
from lab import Lab, wait_for  # noqa: E402
from node import LAN, MANAGEMENT, Node  # noqa: E402
from probe import Probe  # noqa: E402
from resources import Resources  # noqa: E402
from tests.requirement import require  # noqa: E402

API = "10.255.0.1"
# Short, so that tests are; what a deployment should have is in deploy/.
LEASE = "{duration: 2s, renew: 500ms, restart_grace: 20s}"


class NodeLab:
    """Use as a context manager. Without api: only the network, for speakers with a file as their source."""

    # Of the addresses that many tests ask for at once.
    networks = ("192.0.2.{}", "2001:db8::{}")

    def __init__(self, directory=None, nodes=3, *, api=True, interfaces=(LAN,), **server_options):
        self._directory, self._with_api, self._server_options = directory, api, server_options
        self._names = [f"node-{chr(ord('a') + number)}" for number in range(nodes)]
        self._interfaces = interfaces
        self._stack = contextlib.ExitStack()
        self.history, self._began = [], time.monotonic()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.network = stack.enter_context(Lab())
            self._lay_wires()
            if self._with_api:
                self._start_api(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def __getitem__(self, name):
        return self.nodes[name]

    def _lay_wires(self):
        self.switch, self.api_host = (self.network.switch(name) for name in ("switch", "api"))
        self.client = self.network.host("client")
        self.network.port(self.client, self.switch, LAN, "client")
        self.network.address(self.client, "192.0.2.1/24", "2001:db8::1/64")
        self.network.address(self.api_host, f"{API}/24", interface="br0")
        self.nodes = {name: Node(self, name, self._interfaces) for name in self._names}
        for number, node in enumerate(self.nodes.values()):
            node.connect()
            self.network.address(node.host, f"10.255.0.{11 + number}/24", interface=MANAGEMENT)

    def _start_api(self, stack):
        require(shutil.which("openssl"), "openssl is missing: run scripts/install")
        try:
            programs = api_server.binaries()
        except RuntimeError as error:
            require(False, str(error))
        self.api = stack.enter_context(api_server.ApiServer(
            self._directory, programs, address=API, netns=self.api_host.namespace, **self._server_options))
        self.resources = Resources(self.api)
        for name in self.nodes:
            self.resources.node(name)
        self._deploy()

    def _deploy(self):
        manifests.apply(self.api, "deploy/base")
        self.admit()

    def admit(self):
        """A token for the manifests' ServiceAccount, with which speakers run from now on."""
        self._token = self.api.issue_token(seconds=6 * 3600)

    # What a node runs with.

    def kubeconfig(self, node, server=None):
        """Of the manifests' ServiceAccount, by a token as the kubelet would project it. server: HOST:PORT instead."""
        made = self.api.kubeconfig("token-file", "speaker", token=self._token)
        own = made.with_name(f"kubeconfig-{node}")
        address = f"{API}:{self.api.port}"
        own.write_text(made.read_text().replace(address, server or address))
        return own

    def configuration(self, node, *, membership="lease", server=None, kubernetes="", top=""):
        """kubernetes: further fields of that map; top: further lines of the file."""
        interfaces = ", ".join(node.interfaces)
        return (f"source: kubernetes\ninterfaces: [{interfaces}]\n"
                f"kubernetes: {{kubeconfig: \"{self.kubeconfig(node, server)}\", membership: {membership},"
                f" lease: {LEASE}{kubernetes}}}\n{top}")

    def speaker(self, node, configuration, wrap):
        """A speaker for this node, not started yet."""
        text = configuration or self.configuration(node)
        return self.network.speaker(node.host, text, wrap=wrap, arguments=("--node", node.name))

    def start_all(self, wait=True):
        for node in self.nodes.values():
            node.start(wait=False)
        if wait:
            for node in self.nodes.values():
                wait_for(node.speaker.ready, 20, f"readiness of {node}: {node.speaker.log()[-2000:]}")

    def mend(self):
        """Wires, API and speakers are well again."""
        before = len(self.history)
        for node in self.nodes.values():
            for interface in node.interfaces:
                node.plug(interface)
                node.rejoin(interface)
            node.mend_api()
        self.api.start_api()
        for node in self.nodes.values():
            node.revive()
        del self.history[before:]
        self.note("everything mended")

    def restore(self):
        """All is well again, Nodes are as they were, and Services, pools and advertisements are gone."""
        self.mend()
        self.resources.clear()
        for node in self.nodes.values():
            self.resources.node(node)
            self.resources.restore_node(node)

    # What the client sees.

    def who(self, address):
        """The names of the nodes that answer one question for it."""
        return sorted({self.names.get(mac, mac) for mac in Probe(self.client, address).once()})

    @property
    def names(self):
        """{MAC: node's name, with the interface unless it is eth0}."""
        return {node.mac(interface): node.name if interface == LAN else f"{node}.{interface}"
                for node in self.nodes.values() for interface in node.interfaces}

    def wait_holder(self, address, *names, seconds=10):
        """Until exactly these answer; none given: until nobody does. Asks twice, since one frame may be lost."""
        seen = []

        def as_wanted():
            seen[:] = [self.who(address)]
            return seen == [sorted(map(str, names))] and self.who(address) == seen[0]

        self.wait(as_wanted, f"{address} answered by {list(map(str, names))}", seconds)

    def stays_with(self, address, *names, seconds=2):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.who(address) == sorted(map(str, names)), f"{address}\n{self.story()}"

    def wait_all_held(self, holders, seconds=20):
        """holders: {address: node's name}; until each is answered by that node, and by it alone."""
        def wrong():
            with self.asker(holders, rate=20) as asker:
                time.sleep(0.2)
            return [f"{address}: {spans[-1].holders}" for address, spans in asker.answers.spans.items()
                    if not spans or spans[-1].holders != (holders[address],)]

        end = time.monotonic() + seconds
        while found := wrong():
            assert time.monotonic() < end, f"not with their holders: {found}\n{self.story()}"

    def wait_one_holder(self, address, seconds=10):
        """The name of the one node that answers."""
        self.wait(lambda: len(self.who(address)) == 1, f"one holder of {address}", seconds)
        return self.who(address)[0]

    def wait(self, condition, what, seconds=10):
        return wait_for(condition, seconds, f"{what}\n{self.story()}\n")

    def wait_event(self, reason, message, seconds=10):
        self.wait(lambda: message in [each["message"] for each in self.resources.events(reason)],
                  f"{reason}: {message}", seconds)

    def asker(self, addresses, rate=200):
        return Asker(self.client, addresses, rate=rate, names=self.names)

    # What happened.

    def note(self, what):
        self.history.append((time.monotonic(), what))

    def story(self):
        return "\n".join(f"{when - self._began:9.3f} s ({when:.3f})  {what}" for when, what in self.history)
