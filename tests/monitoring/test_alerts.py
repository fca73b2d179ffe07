# SPDX-License-Identifier: Apache-2.0
"""The alerts, as Prometheus's own promtool judges them: their form, and when each fires (alerts_test.yaml)."""

import subprocess
from pathlib import Path

import pytest
import yaml
from debian_prometheus import programs
from deployed import ALERTS, alerts, questions

CASES = Path(__file__).with_name("alerts_test.yaml")


@pytest.fixture(name="promtool", scope="module")
def _promtool():
    def run(*arguments):
        result = subprocess.run([programs() / "promtool", *arguments], capture_output=True, text=True, timeout=60)
        return result.returncode, result.stdout + result.stderr
    return run


def test_promtool_takes_the_rules(promtool):
    status, said = promtool("check", "rules", ALERTS)
    assert status == 0 and f"{len(alerts())} rules found" in said, said


def test_promtool_takes_what_the_dashboard_asks(promtool, tmp_path):
    rules = [{"record": f"panel_{number}", "expr": expression} for number, (_, expression) in enumerate(questions())]
    assert len(rules) > 15
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    status, said = promtool("check", "rules", tmp_path / "rules.yaml")
    assert status == 0, said


def test_each_fires_when_it_should_and_only_then(promtool):
    status, said = promtool("test", "rules", CASES)
    assert status == 0, said


def test_each_has_a_case_in_which_it_fires_and_one_in_which_it_does_not():
    cases = yaml.safe_load(CASES.read_text())["tests"]
    moments = [(case["name"].split()[0], "exp_samples" in moment) for case in cases for moment in case["promql_expr_test"]]
    assert set(moments) == {(rule["alert"], fires) for rule in alerts() for fires in (True, False)}


def test_each_says_what_and_how_to_mend_it():
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names)) > 5
    for rule in alerts():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"].endswith(".") and rule["annotations"]["mend"]
