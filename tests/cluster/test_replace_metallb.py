# SPDX-License-Identifier: Apache-2.0
"""deploy/README.md, "Instead of MetalLB's speaker, and back": its very commands, and what a client sees meanwhile.

kubectl, the API server, MetalLB's speaker and isat are real. There are no kubelets and no controllers: kubelets.py runs on
each node what the DaemonSets and Jobs say, isat from ISAT_BUILD instead of an image, by the shipped ConfigMap with
credentials added. MetalLB's controller is stood in for by patches of a Service's status.
"""

import os
import re
import subprocess
import time

import kubelets
import pytest
import yaml
from election import holder
from metallb_lab import MetallbLab
from node_lab import ROOT
from resources import ISAT, METALLB

from lab import ISAT as PROGRAM

ADDRESSES = [f"192.0.2.{number}" for number in range(10, 20)]
DAEMON_SET = {"metadata": {"name": "speaker"}, "spec": {
    "selector": {"matchLabels": {"component": "speaker"}},
    "template": {"metadata": {"labels": {"component": "speaker"}},
                 "spec": {"nodeSelector": {"kubernetes.io/os": "linux"},
                          "containers": [{"name": "speaker", "image": "speaker"}]}}}}


class ReplacementLab(MetallbLab):
    """A cluster that has MetalLB, and nothing of isat's yet."""

    def _deploy(self):
        self.api.create("/api/v1/namespaces", {"metadata": {"name": METALLB}})
        self.prepare_metallb()
        for node in self.nodes.values():
            self.resources.label(node, **{"kubernetes.io/os": "linux"})
        self.api.create(f"/apis/apps/v1/namespaces/{METALLB}/daemonsets", DAEMON_SET)


class IsatPod:
    """The speaker as the DaemonSet describes it."""

    def __init__(self, lab, node, daemon_set):
        lab.admit()
        text = lab.api.request("GET", f"/api/v1/namespaces/{ISAT}/configmaps/isat")["data"]["isat.yaml"]
        configuration = yaml.safe_load(text)
        configuration["kubernetes"]["kubeconfig"] = str(lab.kubeconfig(node))
        self._node = node
        self._probe = daemon_set["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]
        self.speaker = lab.network.speaker(node.host, yaml.safe_dump(configuration), arguments=("--node", node.name))

    def start(self, wait):
        self.speaker.start(wait)

    def stop(self):
        self.speaker.stop()

    def ready(self):
        url = f"http://{self._probe['host']}:{self._probe['port']}{self._probe['path']}"
        return self._node.host.run("curl", "-s", "-f", "-m", "2", url, check=False).returncode == 0


def printed():
    """The commands of each block of the section."""
    section = (ROOT / "deploy/README.md").read_text().partition("## Instead of MetalLB's speaker, and back\n")[2]
    return re.findall(r"```sh\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)


class Walk:
    def __init__(self, lab, machinery, directory):
        self._lab, self._machinery = lab, machinery
        shim = directory / "kubectl"
        shim.write_text(f"#!/bin/sh\nexec nsenter --net=/run/netns/{lab.api.netns} -- {lab.api.binaries}/kubectl"
                        f" --kubeconfig={lab.api.kubeconfig()} \"$@\"\n")
        shim.chmod(0o755)
        self._environment = os.environ | {"PATH": f"{directory}:{os.environ['PATH']}"}

    def take(self, commands, running=None):
        """(what was printed, Answers from before the first command until a second after the last). running: {namespace:
        names of the nodes} that its speakers run on then."""
        self._lab.note(commands)
        with self._lab.asker(ADDRESSES) as asker:
            time.sleep(0.5)
            done = subprocess.run(["timeout", "90", "bash", "-euo", "pipefail", "-c", commands], cwd=ROOT, text=True,
                                  env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert done.returncode == 0, f"{done.stdout}\n{self._machinery.failure}\n{self._lab.story()}"
            for namespace, nodes in (running or {}).items():
                self._lab.wait(lambda: self._machinery.running(namespace) == nodes, f"{namespace} on {nodes}", 20)
            time.sleep(1)
        print(f"{commands}{done.stdout}{asker.answers}\n")
        return done.stdout, asker.answers

    def watch(self, seconds=1):
        with self._lab.asker(ADDRESSES) as asker:
            time.sleep(seconds)
        return asker.answers


@pytest.fixture(name="lab", scope="module")
def _lab(tmp_path_factory):
    with ReplacementLab(tmp_path_factory.mktemp("api")) as lab:
        yield lab


def only(answers, expected):
    """Nobody but the elected node ever answered for an address."""
    return {address: answers.holders(address) for address in ADDRESSES} == {each: {expected[each]} for each in ADDRESSES}


def silence(answers):
    """Seconds: the longest that nobody answered for an address. MetalLB's speaker needs the processor to answer."""
    longest = max((gap.seconds for gap in answers.gaps()), default=0)
    print(f"nobody answered for {longest * 1000:.0f} ms at most")
    return longest


def answered(machinery):
    """Questions, by isat's own count on every node."""
    return sum(each["answered"] for pod in machinery.containers(ISAT) for each in pod.speaker.status()["announcements"])


def nodes_shown(said):
    """{Service: its nodes}, of `kubectl get servicel2statuses -A`. MetalLB's speaker removes its own where isat has one; a
    row without a node is one just made."""
    shown = {}
    for row in map(str.split, said.splitlines()[1:]):
        if len(row) == 5:
            shown.setdefault(row[3], set()).add(row[2])
    return shown


def test_there_and_back(lab, tmp_path):
    expected = {address: holder(address, lab.nodes) for address in ADDRESSES}
    start, look, leave, back = printed()
    containers = {METALLB: lambda node, _: lab.metallb_speaker(node),
                  ISAT: lambda node, daemon_set: IsatPod(lab, node, daemon_set)}
    with kubelets.Kubelets(lab, containers, lambda node, arguments: detach(lab, node, arguments)) as machinery:
        lab.resources.pool()
        lab.resources.advertisement()
        for number, address in enumerate(ADDRESSES):
            lab.resources.service(f"web-{number}", address, endpoints=list(lab.nodes))
        lab.wait_all_held(expected, seconds=30)
        walk = Walk(lab, machinery, tmp_path)
        alone = walk.watch()
        assert only(alone, expected)

        # The first speakers know of no others yet: they answer for what will be those others', too.
        _, answers = walk.take(start)
        assert silence(answers) < 3
        before = answered(machinery)
        both = walk.watch()
        assert both.lost == 0 and only(both, expected)
        assert answered(machinery) - before >= both.asked  # MetalLB's speaker hears nothing of it any more

        nodes = {f"web-{number}": {expected[address]} for number, address in enumerate(ADDRESSES)}
        lab.wait(lambda: nodes_shown(walk.take(look)[0]) == nodes, "every Service at its node", 15)

        # The last of MetalLB's take over from the first to go.
        _, answers = walk.take(leave, {METALLB: [], ISAT: sorted(lab.nodes)})
        assert answers.lost == 0
        lab.wait(lambda: len(lab.resources.statuses()) == len(ADDRESSES), "isat's own statuses")
        ours = walk.watch()
        assert ours.lost == 0 and only(ours, expected)

        _, answers = walk.take(back, {METALLB: sorted(lab.nodes), ISAT: []})
        assert silence(answers) < 3
        lab.wait_all_held(expected)  # MetalLB's speakers have found each other again
        again = walk.watch()
        assert only(again, expected)


def detach(lab, node, arguments):
    """What the Job of scripts/uninstall runs, by the configuration that the node's speaker had."""
    assert arguments[:2] == ["detach", "--config"]
    configuration = lab.network.directory / node.host.name / "isat.yaml"
    node.host.run(PROGRAM, *arguments[:2], configuration)
