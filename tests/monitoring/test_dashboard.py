# SPDX-License-Identifier: Apache-2.0
"""The dashboard, held against Grafana's schema (dashboard/main.go), and what no schema says."""

import subprocess
from pathlib import Path

import pytest
from deployed import DASHBOARD, panels
from tests.go_toolchain import build, go_command
from tests.requirement import require


@pytest.fixture(name="judge", scope="module")
def _judge(tmp_path_factory):
    go = go_command()
    require(go, "go is missing: it compiles Grafana's schema; tests/cluster/build installs it")
    program = tmp_path_factory.mktemp("dashboard") / "dashboard"
    complaint = build(go, Path(__file__).parent / "dashboard", program)
    require(not complaint, f"Grafana's schema does not compile here: {complaint[-300:]}")

    def judge(text):
        result = subprocess.run([program], input=text, capture_output=True, text=True, timeout=30)
        assert (result.returncode == 0) == (result.stderr == "")
        return result.stderr
    return judge


def test_grafana_knows_all_of_it(judge):
    assert judge(DASHBOARD.read_text()) == ""


@pytest.mark.parametrize("right, wrong, complaint", [
    ('"refresh":', '"refreshed":', "unexpected field 'refreshed'"),
    ('"schemaVersion": 39', '"schemaVersion": "39"', "schemaVersion: json: cannot unmarshal string"),
    ('"includeAll":', '"includeEvery":', "unexpected field 'includeEvery'"),
    ('"w": 24', '"w": 25', "gridPos.w: must be <= 24"),
    ('"unit":', '"units":', "unexpected field 'units'"),
    ('"showLegend":', '"legendShown":', "unexpected field 'legendShown'"),
    ('"legendFormat":', '"legend":', "unexpected field 'legend'"),
    ('"type": "timeseries"', '"type": "timeserie"', 'its type "timeserie" is misspelt'),
])
def test_the_judge_is_one(judge, right, wrong, complaint):
    text = DASHBOARD.read_text()
    assert right in text
    assert complaint in judge(text.replace(right, wrong))


def test_every_panel_has_its_place_and_its_source():
    """What Grafana shows wrongly: ids and places twice, panels beyond 24 columns, a source that nobody chose."""
    assert len({panel["id"] for panel in panels()}) == len(panels())
    taken = set()
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["description"] and panel["targets"]
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
