# SPDX-License-Identifier: Apache-2.0
"""What deploy/monitoring ships: the alerts, and what the dashboard's panels ask."""

import json
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "deploy/monitoring"
ALERTS, DASHBOARD = FOLDER / "alerts.yaml", FOLDER / "dashboard.json"


def alerts():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def panels():
    return json.loads(DASHBOARD.read_text())["panels"]


def questions():
    """(panel's title, expression) as Grafana sends them: its variables filled in."""
    return [(panel["title"], target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m"))
            for panel in panels() for target in panel["targets"]]
