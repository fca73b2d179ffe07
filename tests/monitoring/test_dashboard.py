# SPDX-License-Identifier: Apache-2.0
"""The dashboard, held against Grafana's schema (dashboard/main.go), and what no schema says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from deployed import DASHBOARD, panels
from tests.requirement import require


def go_command():
    """Where Debian's go is too old, the one that tests/cluster/build fetched."""
    go = shutil.which("go")
    require(go, "go is missing: it compiles Grafana's schema; tests/cluster/build installs it")
    cache = subprocess.run([go, "env", "GOMODCACHE"], capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    return max(Path(cache).glob("golang.org/toolchain@*/bin/go"), default=go)


@pytest.fixture(name="judge", scope="module")
def _judge(tmp_path_factory):
    program = tmp_path_factory.mktemp("dashboard") / "dashboard"
    built = subprocess.run([go_command(), "build", "-trimpath", "-o", program, "."], cwd=Path(__file__).parent / "dashboard",
                           capture_output=True, text=True, timeout=300, env=os.environ | {"CGO_ENABLED": "0"})
    require(built.returncode == 0, f"Grafana's schema does not compile here: {built.stderr.strip()[-300:]}")

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
