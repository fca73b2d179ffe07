# SPDX-License-Identifier: Apache-2.0
"""Alerts and dashboard ask for metrics that the speaker has, with labels it gives them; and a Prometheus beside it
sees a rival, and alarms."""

import json
import re
import urllib.parse

import pytest
from daemon import Daemon
from debian_prometheus import programs
from deployed import ALERTS, alerts, questions
from lab import ROOT, Lab, wait_for
from rival import Rival

V4 = "192.0.2.10"
CONFIGURATION = f"source: file\ninterfaces: [eth0]\naddresses: [{V4}, \"2001:db8::10\"]\nannounce: {{rounds: 1, refresh: 0s}}\n"
# Only with a cluster; their names stand in the code that makes them.
_CLUSTER_ONLY = re.compile(r"isat_(members|lease_\w+|watch_\w+)|metallb_\w+")
_WORDS = re.compile(r"\b((?:isat|metallb)_\w+)(?:\{([^}]*)\})?")
# Evaluates each second what a real one does each quarter of a minute.
_SETTINGS = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%s]
scrape_configs: [{job_name: isat, static_configs: [{targets: ["127.0.0.1:7472"]}]}]
"""


class Prometheus:
    """On a speaker's host, which it scrapes by deploy's rules."""

    def __init__(self, host, directory):
        self._host = host
        self.daemon = Daemon("prometheus", directory)
        (directory / "prometheus.yaml").write_text(_SETTINGS % ALERTS)

    def start(self):
        directory = self.daemon.directory
        self.daemon.start([programs() / "prometheus", f"--config.file={directory}/prometheus.yaml",
                           f"--storage.tsdb.path={directory}/data", "--web.listen-address=127.0.0.1:9090"],
                          self._host.namespace)
        wait_for(lambda: self.asks("isat_build_info"), 20, "the first scrape")

    def asks(self, expression):
        found = self._get("query?query=" + urllib.parse.quote(expression))
        return found["data"]["result"] if found["status"] == "success" else []

    def fires(self):
        return [alert for alert in self._get("alerts")["data"]["alerts"] if alert["state"] == "firing"]

    def _get(self, path):
        assert self.daemon.pid() is not None, self.daemon.tail()
        result = self._host.run("curl", "-sf", "-m", "2", f"http://127.0.0.1:9090/api/v1/{path}", check=False)
        return json.loads(result.stdout or '{"status": "", "data": {"alerts": []}}')


@pytest.fixture(name="scene", scope="module")
def _scene():
    """A speaker, a rival on its wire, a Prometheus beside it."""
    with Lab() as lab:
        node, client = lab.pair()
        speaker = lab.speaker(node, CONFIGURATION).start()
        prometheus = Prometheus(node, speaker.directory)
        try:
            prometheus.start()
            yield speaker, Rival(client), prometheus
        finally:
            prometheus.daemon.stop()


def test_every_metric_exists(scene):
    exposed = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", scene[0].http("/metrics")[1], re.MULTILINE):
        exposed.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    sources = "".join(path.read_text() for path in (ROOT / "control").glob("*metrics*.cpp"))
    expressions = [rule["expr"] for rule in alerts()] + [expression for _, expression in questions()]
    asked = {match for expression in expressions for match in _WORDS.findall(expression)}
    assert len(asked) > 10
    for name, labels in asked:
        base = re.sub(r"_bucket$", "", name)
        if _CLUSTER_ONLY.fullmatch(base):
            assert f'"{base}"' in sources, name
            continue
        assert name in exposed, f"{name} is no metric of the speaker's"
        for label in re.findall(r"(\w+)\s*[=!]", labels):
            assert label == "instance" or label in exposed[name], f"{name} has no label {label}"


def test_every_panel_shows_something(scene):
    _, _, prometheus = scene
    for title, expression in questions():
        if not _CLUSTER_ONLY.search(expression):
            wait_for(lambda e=expression: prometheus.asks(e), 5, f"something in the panel {title}: {expression}")


def test_a_rival_sets_off_an_alarm_that_names_the_node(scene):
    _, rival, prometheus = scene
    assert prometheus.fires() == []
    rival.announces(V4)
    alarm = wait_for(prometheus.fires, 10, "an alarm")
    assert [each["labels"]["alertname"] for each in alarm] == ["IsatConflict"]
    assert "127.0.0.1:7472 announces" in alarm[0]["annotations"]["summary"]
